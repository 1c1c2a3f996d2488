/**
 * Many clients in a process of their own: `bun crowd-process.ts PORT CLIENTS EVERY_MS`.
 *
 * Each keeps one connection, and opens a session over it so long after the last answer. Says how it goes four times a
 * second, one JSON line of {@link CrowdReport} each, until it is killed or its standard input ends.
 */

import type { Socket } from "bun";
import { sessionStart } from "../../support/requests.ts";

export interface CrowdReport {
  /** Connections that are open now. */
  readonly connected: number;
  /** Connections that ended, or could not be made. */
  readonly gone: number;
  /** Clients that have been answered at least once. */
  readonly answered: number;
  /** How many answers there were of each status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The longest that an answer took since the last report. */
  readonly slowestMs: number;
}

interface Client {
  sinceMs: number;
  isAnswered: boolean;
}

const REPORT_MS = 250;
const AT_ONCE = 200;

const [port = 0, clients = 0, everyMs = 0] = process.argv.slice(2).map(Number);
const body = JSON.stringify(sessionStart());
const request = `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const statuses: Record<string, number> = {};
let connected = 0;
let gone = 0;
let answered = 0;
let slowestMs = 0;

function ask(socket: Socket<Client>): void {
  socket.data.sinceMs = performance.now();
  socket.write(request);
}

function read(socket: Socket<Client>, data: Buffer): void {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(data.toString("latin1"))?.[1];
  // The rest of an answer whose beginning came before.
  if (status === undefined) return;
  const { data: client } = socket;
  slowestMs = Math.max(slowestMs, performance.now() - client.sinceMs);
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (!client.isAnswered) answered += 1;
  client.isAnswered = true;
  setTimeout(ask, everyMs, socket);
}

async function join(): Promise<void> {
  const connecting = Bun.connect<Client>({
    hostname: "127.0.0.1",
    port,
    data: { sinceMs: 0, isAnswered: false },
    socket: {
      open: ask,
      data: read,
      close: () => {
        connected -= 1;
        gone += 1;
      },
      error: () => {},
    },
  });
  await connecting.then(
    () => {
      connected += 1;
    },
    () => {
      gone += 1;
    },
  );
}

setInterval(() => {
  const report: CrowdReport = { connected, gone, answered, statuses, slowestMs: Math.round(slowestMs) };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  slowestMs = 0;
}, REPORT_MS);
process.stdin.resume().on("end", () => process.exit());
for (let joined = 0; joined < clients; joined += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, clients - joined) }, join));
}

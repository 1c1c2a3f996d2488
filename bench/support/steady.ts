/**
 * Events at a steady rate, each timed from the moment at which it was due: `bun steady.ts URL RATE SECONDS CONNECTIONS`.
 *
 * Prints one line of JSON: percentiles of the answers in milliseconds. A server that stands still is charged for every
 * event that came due meanwhile. Requests are written to sockets as they are: `fetch` would take longer than the server.
 */

import { fill, TEMPLATES } from "./bodies.ts";
import { openSession } from "./sessions.ts";

const SESSIONS = 200;
const STATUS = "HTTP/1.1 204 ";
const END_OF_HEAD = "\r\n\r\n";

const [url = "", ...numbers] = process.argv.slice(2);
const [perSecond = 0, seconds = 0, connections = 0] = numbers.map(Number);
const count = perSecond * seconds;
if (url === "" || !(count > 0) || !(connections > 0)) throw new Error("Usage: steady.ts URL RATE SECONDS CONNECTIONS");

/** A connection, with the moment at which the event was due that it waits for. */
interface Line {
  readonly send: (text: string) => void;
  dueMs: number;
  answer: string;
}

const { hostname, port, host } = new URL(url);
const sids = await Promise.all(Array.from({ length: SESSIONS }, (_, n) => openSession(url, n)));
const tookMs = new Float64Array(count);
const done = Promise.withResolvers<void>();
const idle = await Promise.all(Array.from({ length: connections }, openLine));
/** Due, and without a connection that is free. */
const waiting: number[] = [];
let answered = 0;
const sinceMs = performance.now();

for (let sent = 0; sent < count; ) {
  const nowMs = performance.now() - sinceMs;
  for (; sent < count && (sent * 1000) / perSecond <= nowMs; sent += 1) {
    const line = idle.pop();
    if (line) post(line, sent);
    else waiting.push(sent);
  }
  await Bun.sleep(1);
}
await done.promise;
tookMs.sort();
const percentile = (share: number) => tookMs[Math.min(count - 1, Math.floor(count * share))];
const percentiles = { p50Ms: percentile(0.5), p99Ms: percentile(0.99), p999Ms: percentile(0.999) };
console.log(JSON.stringify({ ...percentiles, maxMs: tookMs.at(-1) }));
process.exit(0);

async function openLine(): Promise<Line> {
  const line = { send: (_: string): void => {}, dueMs: 0, answer: "" };
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, bytes) => hear(line, bytes.toString("latin1")),
      close: () => fail("The server closed a connection"),
    },
  });
  line.send = (text) => {
    if (socket.write(text) < text.length) fail("A connection is full");
  };
  return line;
}

function post(line: Line, n: number): void {
  const dueMs = (n * 1000) / perSecond;
  const values = { N: n, ITEM: 0, TS: Date.now(), PLAYHEAD: Math.floor(n / SESSIONS) };
  const body = fill(TEMPLATES.ping, values);
  const path = `/api/v1/sessions/${sids[n % SESSIONS]}/events`;
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}`;
  line.dueMs = sinceMs + dueMs;
  line.answer = "";
  line.send(head + END_OF_HEAD + body);
}

/** An answer of 204 ends with its head. */
function hear(line: Line, text: string): void {
  line.answer += text;
  if (!line.answer.endsWith(END_OF_HEAD)) return;
  if (!line.answer.startsWith(STATUS)) fail(`An event was answered ${line.answer.slice(0, STATUS.length)}`);
  tookMs[answered] = performance.now() - line.dueMs;
  answered += 1;
  const next = waiting.shift();
  if (next === undefined) idle.push(line);
  else post(line, next);
  if (answered === count) done.resolve();
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}

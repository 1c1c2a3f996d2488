/**
 * Players that remember what was acknowledged: `bun kill-clients.ts URL CLIENTS ROUND OUT`.
 *
 * Each opens a session, sends its pings and its end, and begins again, until the server is gone. Says `going` at the
 * first answer, and writes what was acknowledged to OUT, one JSON line a session.
 */

import { writeFileSync } from "node:fs";
import type { AcknowledgedSession } from "./acknowledged.ts";
import { fill, PING_SECONDS, PINGS_PER_QOE, TEMPLATES } from "./bodies.ts";
import { openSession } from "./sessions.ts";

const PINGS = 20;
const NO_CONTENT = 204;

const [url = "", clients = "", round = "", out = ""] = process.argv.slice(2);
const sessions: AcknowledgedSession[] = [];
let opened = Number(round) * 1_000_000;
let going = false;

await Promise.all(Array.from({ length: Number(clients) }, play));
writeFileSync(out, sessions.map((session) => JSON.stringify(session)).join("\n"));
process.exit(0);

async function play(): Promise<void> {
  while (await playSession());
}

/** @returns whether the server is still there */
async function playSession(): Promise<boolean> {
  const startMs = Date.now();
  opened += 1;
  const sid = await unlessGone(openSession(url, opened));
  if (sid === undefined) return false;
  if (!going) process.stdout.write("going\n");
  going = true;
  const session = { sid, startMs, events: 0, ended: false };
  sessions.push(session);
  for (let i = 1; i <= PINGS; i += 1) {
    const ping = i % PINGS_PER_QOE === 1 ? "ping-qoe" : "ping";
    if (!(await send(sid, ping, startMs, i))) return false;
    session.events = i;
  }
  session.ended = await send(sid, "end", startMs, PINGS + 1);
  return session.ended;
}

async function send(sid: string, name: keyof typeof TEMPLATES, startMs: number, i: number): Promise<boolean> {
  const TS = startMs + i * PING_SECONDS * 1000;
  const body = fill(TEMPLATES[name], { N: i, ITEM: 0, TS, PLAYHEAD: i * PING_SECONDS });
  const response = await unlessGone(fetch(`${url}/api/v1/sessions/${sid}/events`, { method: "POST", body }));
  if (response && response.status !== NO_CONTENT) throw new Error(`An event was answered ${response.status}`);
  return response !== undefined;
}

/** A broken connection is how the server's end shows; any other error ends this process, and with it the bench. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (["ConnectionRefused", "ConnectionClosed", "ECONNRESET", "ECONNREFUSED"].includes(code)) return undefined;
    throw error;
  }
}

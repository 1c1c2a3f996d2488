/**
 * Events at a steady rate, each timed from the moment at which it was due: `bun steady.ts URL RATE SECONDS`.
 *
 * Prints one line of JSON: percentiles of the answers in milliseconds. A server that stands still is charged for every
 * event that came due meanwhile.
 */

import { fill, TEMPLATES } from "./bodies.ts";
import { openSession } from "./sessions.ts";

const SESSIONS = 200;
const NO_CONTENT = 204;

const [url = "", rate = "", seconds = ""] = process.argv.slice(2);
const [perSecond, count] = [Number(rate), Number(rate) * Number(seconds)];
if (url === "" || !(count > 0)) throw new Error("Usage: steady.ts URL RATE SECONDS");

const sids = await Promise.all(Array.from({ length: SESSIONS }, (_, n) => openSession(url, n)));
const tookMs: number[] = [];
const answers: Promise<void>[] = [];
const sinceMs = performance.now();
for (let sent = 0; sent < count; ) {
  const dueMs = performance.now() - sinceMs;
  for (; sent < count && (sent * 1000) / perSecond <= dueMs; sent += 1) answers.push(post(sent));
  await Bun.sleep(1);
}
await Promise.all(answers);
tookMs.sort((a, b) => a - b);
const percentile = (share: number) => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))];
console.log(JSON.stringify({ p50Ms: percentile(0.5), p99Ms: percentile(0.99), maxMs: tookMs.at(-1) }));
process.exit(0);

async function post(n: number): Promise<void> {
  const dueMs = sinceMs + (n * 1000) / perSecond;
  const body = fill(TEMPLATES.ping, { N: n, ITEM: 0, TS: Date.now(), PLAYHEAD: Math.floor(n / SESSIONS) });
  const answer = await fetch(`${url}/api/v1/sessions/${sids[n % SESSIONS]}/events`, { method: "POST", body });
  if (answer.status !== NO_CONTENT) throw new Error(`An event was answered ${answer.status}`);
  tookMs.push(performance.now() - dueMs);
}

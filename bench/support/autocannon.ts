/**
 * Does what load.lua does, on machines without wrk: `bun autocannon.ts starts|events|edge DIRECTORY FROM URL CONNECTIONS SECONDS`.
 *
 * Autocannon itself takes most of a core, so its figures are lower bounds.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import autocannon from "autocannon";
import { EDGE_PATH, fill, ITEMS, PING_SECONDS, PINGS_PER_QOE, TEMPLATES } from "./bodies.ts";

const [kind = "", directory = "", from = "0", url = "", connections = "", seconds = ""] = process.argv.slice(2);
const sids = kind === "starts" ? [] : readFileSync(join(directory, "sids"), "utf8").trim().split("\n");
const baseMs = Date.now();
let n = Number(from);

const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests: [
    {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      setupRequest: (request) => ({ ...request, ...next() }),
    },
  ],
});
const { requests, duration, latency, errors, timeouts, non2xx } = result;
console.log(
  JSON.stringify({
    requests: requests.total,
    seconds: duration,
    p99Ms: latency.p99,
    failures: errors + timeouts,
    refusals: non2xx,
  }),
);

function next(): { path: string; body: string } {
  n += 1;
  if (kind === "starts") {
    const N = String(n).padStart(8, "0");
    const ITEM = String(n % ITEMS).padStart(5, "0");
    return { path: "/api/v1/sessions", body: fill(TEMPLATES.start, { N, ITEM, TS: baseMs + n, PLAYHEAD: 0 }) };
  }
  const turn = Math.floor(n / sids.length);
  const name = (n + turn) % PINGS_PER_QOE === 0 ? "ping-qoe" : "ping";
  const PLAYHEAD = turn * PING_SECONDS;
  const TS = baseMs + PLAYHEAD * 1000 + (n % 1000);
  const SID = sids[n % sids.length] ?? "";
  if (kind === "edge") {
    const path = EDGE_PATH + String(n).padStart(12, "0");
    return { path, body: fill(TEMPLATES[`edge-${name}`], { SID, AT: new Date(TS).toISOString(), PLAYHEAD }) };
  }
  return {
    path: `/api/v1/sessions/${SID}/events`,
    body: fill(TEMPLATES[name], { N: n, ITEM: 0, TS, PLAYHEAD }),
  };
}

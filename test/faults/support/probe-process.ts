/**
 * Asks a server for `/healthz` all the time, in a process of its own: `bun probe-process.ts URL PID`.
 *
 * Says `ready` after the first answer, and the longest wait in milliseconds at SIGTERM. It leaves out how long the
 * machine kept both processes from a core, since other work on it does that.
 */

import { readFileSync } from "node:fs";
import { MINUTE_MS } from "../../../src/base/units.ts";

const PAUSE_MS = 2;
const NANOSECONDS = 1e6;
const [url = "", server = ""] = process.argv.slice(2);
let slowestMs = 0;
let sinceMs = performance.now();

process.on("SIGTERM", () => {
  // An answer may be under way.
  process.stdout.write(`${Math.max(slowestMs, performance.now() - sinceMs)}\n`, () => process.exit());
});

/** How long the main threads of both have waited for a core. */
function keptMs(): number {
  const waits = [server, String(process.pid)].map((pid) => {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[1]) / NANOSECONDS;
  });
  return waits.reduce((all, ms) => all + ms);
}

async function ask(): Promise<number> {
  const before = keptMs();
  sinceMs = performance.now();
  await (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(MINUTE_MS) })).arrayBuffer();
  return performance.now() - sinceMs - (keptMs() - before);
}

await ask();
process.stdout.write("ready\n");
for (;;) {
  slowestMs = Math.max(slowestMs, await ask());
  sinceMs = performance.now();
  await Bun.sleep(PAUSE_MS);
}

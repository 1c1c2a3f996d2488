/** What 10,000 sessions that fall due at once do to the loop that answers requests. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { openApp } from "../src/app/app.ts";
import { systemClock } from "../src/base/clock.ts";
import { createLog } from "../src/base/log.ts";
import { DAY_MS } from "../src/base/units.ts";
import { groupSettings, readSettings } from "../src/config.ts";
import { databasePathOf } from "../src/data-dir/paths.ts";
import { fillDirectory } from "./support/fill-directory.ts";
import type { Figure, Question } from "./support/question.ts";

const SESSIONS = 10_000;
const EVENTS_PER_SESSION = 40;
const PAUSE_MS_MAX = 50;
/** Between two looks whether all is done, which must not be a part of the work. */
const LOOK_MS = 100;

export const question: Question = {
  name: "close",
  asks: "How long is the loop kept from requests while 10,000 sessions of 40 events fall due at once?",
  takes: [],
  async run({ directory, processes, say }) {
    const dataDir = join(directory, "data");
    say("filling");
    const events = SESSIONS * EVENTS_PER_SESSION;
    await fillDirectory(processes, dataDir, { events, sessions: SESSIONS, eventsBehind: 0 });
    const log = createLog({ level: "warn", format: "json", clock: systemClock, write: (line) => console.error(line) });
    const config = groupSettings({ ...readSettings({}), host: "127.0.0.1", port: 0, dataDir });
    // A day later by every clock: all of them are due.
    const clock = { nowMs: () => Date.now() + DAY_MS, elapsedMs: () => performance.now() };
    await using app = await openApp({ config, log, clock });
    say("closing");
    using database = new Database(databasePathOf({ dataDir }), { readonly: true });
    const settled = database.query<{ settled: number }, []>("SELECT count(*) AS settled FROM results");
    return await measure(async () => {
      while (settled.get()?.settled !== SESSIONS) {
        await app.work();
        await Bun.sleep(LOOK_MS);
      }
    });
  },
};

/** Runs some work beside a loop that does nothing but look how long it was kept waiting. */
async function measure(work: () => Promise<void>): Promise<Figure[]> {
  const pauses: number[] = [];
  let working = true;
  const watching = (async () => {
    let lastMs = performance.now();
    while (working) {
      await new Promise((resolve) => setImmediate(resolve));
      const nowMs = performance.now();
      pauses.push(nowMs - lastMs);
      lastMs = nowMs;
    }
  })();
  const startMs = performance.now();
  await work();
  const tookMs = performance.now() - startMs;
  working = false;
  await watching;
  const sorted = pauses.toSorted((a, b) => a - b);
  const target = { is: "<", value: PAUSE_MS_MAX } as const;
  return [
    { figure: "longest pause of the loop", value: sorted.at(-1) ?? Number.NaN, unit: "ms", target },
    { figure: "99th of 100 pauses", value: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, unit: "ms" },
    { figure: "closing and folding all", value: tookMs, unit: "ms" },
  ];
}

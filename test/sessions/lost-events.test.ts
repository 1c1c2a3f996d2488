/**
 * One lost event must not ruin a session: of healthy sessions, without any one of their events, the numbers are no
 * further from what the viewer did than version 1 of the definitions had them, but for a few.
 *
 * `test/golden/lost-events.json` has how far version 1 was off, in seconds over the five times below, by the index of
 * the event that was lost.
 */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { foldArray, readSamples } from "./mended.ts";

const VERSION_1: Readonly<Record<string, Readonly<Record<string, number>>>> = JSON.parse(
  readFileSync("test/golden/lost-events.json", "utf8"),
);
const TIMES = [
  "contentTimeSpent",
  "adTimeSpent",
  "uniqueTimePlayed",
  "totalPauseDuration",
  "totalBufferDuration",
] as const;
const TOLERANCE_S = 0.5;

test("a session without any one of its events is nearer to what the viewer did than before", () => {
  const worse: string[] = [];
  let better = 0;
  let all = 0;
  for (const { name, events, metrics: expected } of readSamples("healthy")) {
    for (const [index, before] of Object.entries(VERSION_1[name] ?? {})) {
      const { metrics } = foldArray(events.toSpliced(Number(index), 1));
      const off = TIMES.reduce((sum, id) => sum + Math.abs((metrics[id] ?? 0) - (expected[id] ?? 0)), 0);
      all += 1;
      if (off > before + TOLERANCE_S) worse.push(`${name} without event ${index}: ${off} s off, before ${before} s`);
      else if (off < before - TOLERANCE_S) better += 1;
    }
  }
  expect(all).toBeGreaterThan(200);
  expect({ worse, few: worse.length <= all / 50 }).toMatchObject({ few: true });
  expect(better).toBeGreaterThan(worse.length * 5);
});

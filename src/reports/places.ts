/**
 * The places of a range: its first period, its second, and so on, whatever the clocks do. Periods of two ranges are
 * compared by their places.
 */

import { bucketStartMs, bucketsOf, type Granularity, type Range } from "./calendar.ts";

export interface Places {
  /** When each period begins, the first of them at the range's beginning or before. */
  readonly startsMs: readonly number[];
  /** Periods of one length, in order. */
  readonly runs: readonly Run[];
}

/** Periods of one length that follow each other. */
interface Run {
  readonly fromMs: number;
  /** The place of the first one. */
  readonly first: number;
  readonly lengthMs: number;
}

export function placesOf(range: Range, granularity: Granularity, zone: string): Places {
  const startsMs = [...bucketsOf(range, granularity, zone)].map((bucket) => bucketStartMs(bucket, granularity, zone));
  const runs: Run[] = [];
  for (const [at, fromMs] of startsMs.entries()) {
    const next = startsMs[at + 1];
    const lengthMs = (next ?? range.toMs) - fromMs;
    const run = runs.at(-1);
    const isSame = run && (next === undefined ? lengthMs <= run.lengthMs : lengthMs === run.lengthMs);
    if (!isSame) runs.push({ fromMs, first: at, lengthMs });
  }
  return { startsMs, runs };
}

/** The place of an instant of the range, as SQL. */
export function placeSql({ runs }: Places, instant: string): string {
  const placed = runs.map(({ fromMs, first, lengthMs }) => `${first} + (${instant} - ${fromMs}) // ${lengthMs}`);
  const [only = "0"] = placed;
  if (placed.length === 1) return `(${only})`;
  const cases = placed.map((sql, at) => `WHEN ${instant} >= ${runs[at]?.fromMs} THEN ${sql}`);
  return `(CASE ${cases.slice(1).toReversed().join(" ")} ELSE ${only} END)`;
}

/**
 * Places number the periods of a range, its first, its second and so on, whatever the clocks do, so that the periods of
 * two ranges can be compared.
 */

import { type Calendar, type Granularity, offsetsOf, type Range, startsOf } from "./calendar.ts";

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

export function placesOf(range: Range, granularity: Granularity, calendar: Calendar): Places {
  const startsMs = startsOf(range, granularity, calendar);
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
  const placed = runs.map(({ fromMs, first, lengthMs }) => {
    return { from: fromMs, sql: `${first} + (${instant} - ${fromMs}) // ${lengthMs}` };
  });
  return steppedSql(instant, placed);
}

/** Where a place begins, as SQL; the one after the last begins at the range's end or later. */
export function placeStartSql({ runs }: Places, place: string): string {
  const starts = runs.map(({ fromMs, first, lengthMs }) => {
    return { from: first, sql: `${fromMs} + (${place} - ${first}) * ${lengthMs}` };
  });
  return steppedSql(place, starts);
}

/** A Monday before all that a range may have. */
const MONDAY_MS = Date.UTC(1899, 11, 25);

/** An instant of the range as milliseconds on the clocks of a zone since a Monday at midnight, as SQL. */
export function localSql(range: Range, zone: string, instant: string): string {
  const offsets = offsetsOf(range, zone).map(({ fromMs, offsetMs }) => {
    return { from: fromMs, sql: `${instant} + ${offsetMs - MONDAY_MS}` };
  });
  return steppedSql(instant, offsets);
}

/** SQL that chooses by the last value of `of` that has been reached; before the first value, the first. */
function steppedSql(of: string, steps: readonly { readonly from: number; readonly sql: string }[]): string {
  const [first, ...rest] = steps;
  const otherwise = first?.sql ?? "0";
  if (rest.length === 0) return `(${otherwise})`;
  const cases = rest.toReversed().map(({ from, sql }) => `WHEN ${of} >= ${from} THEN ${sql}`);
  return `(CASE ${cases.join(" ")} ELSE ${otherwise} END)`;
}

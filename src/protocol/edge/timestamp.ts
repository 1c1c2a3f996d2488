/** Instants of XDM: RFC 3339 with an offset, and the one client that writes its milliseconds otherwise. */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../base/units.ts";

const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
/** What nearly every client writes, and `toISOString`. */
export const USUAL_INSTANT = String.raw`\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z`;
const USUAL = new RegExp(`^${USUAL_INSTANT}$`);
/** Where the digits of a usual text stand. */
const HOUR_AT = 11;
const MINUTE_AT = 14;
const SECOND_AT = 17;
const MS_AT = 20;
const ZERO = "0".charCodeAt(0);
const DAY_CHARS = 10;
/** Digits of a millisecond: Roku drops leading zeros of the three. */
const PADDED_DIGITS = 3;

interface Instant {
  readonly tsMs: number;
  /** Whether the fraction was read as milliseconds without leading zeros. */
  readonly unpadded: boolean;
}

/**
 * Reads an instant.
 *
 * @param unpaddedMs whether the client writes 7 ms as `.7`, which RFC 3339 reads as 700 ms
 * @returns undefined for a text that names no instant, or lacks the offset
 */
export function parseInstant(text: string, unpaddedMs: boolean): Instant | undefined {
  if (USUAL.test(text)) {
    const tsMs = tsMsOfUsual(text);
    return tsMs === undefined ? undefined : { tsMs, unpadded: false };
  }
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = "", offset] = match;
  const secondMs = Date.parse(`${day}T${time}${offset}`);
  if (Number.isNaN(secondMs) || dayMsOf(day as string) === undefined) return undefined;
  const unpadded = unpaddedMs && fraction.length > 0 && fraction.length < PADDED_DIGITS;
  const ms = unpadded ? Number(fraction) : Math.floor(Number(`0.${fraction || "0"}`) * SECOND_MS);
  return { tsMs: secondMs + ms, unpadded };
}

/** Reads a text that is a {@link USUAL_INSTANT}. @returns undefined for a day that no calendar has */
export function tsMsOfUsual(text: string): number | undefined {
  const dayMs = text.startsWith(lastDay) ? lastDayMs : dayMsOf(text.slice(0, DAY_CHARS));
  return dayMs === undefined ? undefined : dayMs + msOfDay(text);
}

/** The last that {@link dayMsOf} found: events come in the order of days. */
let lastDay = "none";
let lastDayMs = Number.NaN;

/** When a day begins, milliseconds; undefined for 30 February, which `Date.parse` takes for 2 March. */
function dayMsOf(day: string): number | undefined {
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day)) return undefined;
  lastDay = day;
  lastDayMs = dayMs;
  return dayMs;
}

/** Reads the time of a usual text, for which `Date.parse` takes five times as long. */
function msOfDay(text: string): number {
  const ms = 10 * pairAt(text, MS_AT) + text.charCodeAt(MS_AT + 2) - ZERO;
  return (
    pairAt(text, HOUR_AT) * HOUR_MS + pairAt(text, MINUTE_AT) * MINUTE_MS + pairAt(text, SECOND_AT) * SECOND_MS + ms
  );
}

function pairAt(text: string, at: number): number {
  return 10 * (text.charCodeAt(at) - ZERO) + text.charCodeAt(at + 1) - ZERO;
}

/** Instants of XDM: RFC 3339 with an offset, and the one client that writes its milliseconds otherwise. */

import { SECOND_MS } from "../../base/units.ts";

const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
/** What nearly every client writes, which `Date.parse` reads as it is meant. */
const USUAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
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
    const tsMs = Date.parse(text);
    return Number.isNaN(tsMs) || !isDayOfCalendar(text.slice(0, DAY_CHARS)) ? undefined : { tsMs, unpadded: false };
  }
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = "", offset] = match;
  const secondMs = Date.parse(`${day}T${time}${offset}`);
  if (Number.isNaN(secondMs) || !isDayOfCalendar(day as string)) return undefined;
  const unpadded = unpaddedMs && fraction.length > 0 && fraction.length < PADDED_DIGITS;
  const ms = unpadded ? Number(fraction) : Math.floor(Number(`0.${fraction || "0"}`) * SECOND_MS);
  return { tsMs: secondMs + ms, unpadded };
}

/** The last that {@link isDayOfCalendar} found: events come in the order of days. */
let lastDay = "";

/** `Date.parse` takes 30 February for 2 March. */
function isDayOfCalendar(day: string): boolean {
  if (day === lastDay) return true;
  const isDay = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (isDay) lastDay = day;
  return isDay;
}

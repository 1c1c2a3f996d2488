/** Instants for people, in the time zone that they chose. */

import { DAY_MS, HOUR_S, MINUTE_S, SECOND_MS } from "../../base/units.ts";
import { LOCALE } from "./locale.ts";

const FORMATS = {
  date: { day: "numeric", month: "short" },
  hour: { hour: "2-digit", minute: "2-digit" },
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "short" },
  minute: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  second: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 },
  exact: {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  },
  full: {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  },
  month: { month: "long", year: "numeric" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

type TimeStyle = keyof typeof FORMATS;

/** Kept, since making a format takes longer than many uses of it. */
const made = new Map<string, Intl.DateTimeFormat>();

/** The browser's own time zone. */
export function ownZone(): string {
  return Intl.DateTimeFormat(LOCALE.times).resolvedOptions().timeZone;
}

export function formatTime(atMs: number, style: TimeStyle, zone: string = ownZone()): string {
  // The one month that English shortens to four letters.
  return formatIn(FORMATS[style], LOCALE.times, zone, `${style} ${zone}`).format(atMs).replace("Sept", "Sep");
}

/** The date of an instant, `2026-03-28`. */
export function dateIn(atMs: number, zone: string): string {
  return formatIn({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA", zone, `iso ${zone}`).format(atMs);
}

/** An instant by the clock of a zone, `2026-03-28 18:00`. */
export function formatLocal(atMs: number, zone: string): string {
  const options = { dateStyle: "short", timeStyle: "short" } as const;
  return formatIn(options, "sv-SE", zone, `local minute ${zone}`).format(atMs);
}

/** The number of a date's month since the year 0. */
export function monthOf(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}

const LOCAL = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?)?$/;

/** Reads an instant from an address: milliseconds or ISO 8601. Without an offset, it is local to the zone. */
export function instantIn(text: string, zone: string): number | undefined {
  const ms = /^-?\d+$/.test(text)
    ? Number(text)
    : Date.parse(LOCAL.test(text) ? `${text.padEnd(16, "T00:00")}Z` : text);
  if (Number.isNaN(ms)) return undefined;
  if (!LOCAL.test(text)) return ms;
  // The offset at the guessed instant may be an hour off: the second look is at the right instant.
  return ms - aheadMsIn(ms - aheadMsIn(ms, zone), zone);
}

/** How far ahead of UTC the clocks of a zone are at an instant. */
function aheadMsIn(atMs: number, zone: string): number {
  const options = { dateStyle: "short", timeStyle: "medium" } as const;
  const local = formatIn(options, "sv-SE", zone, `local ${zone}`).format(atMs);
  return Date.parse(`${local.replace(" ", "T")}Z`) - Math.floor(atMs / SECOND_MS) * SECOND_MS;
}

/** The beginning of a period, only as precise as the period is long. */
export function formatPeriod(atMs: number, granularity: string, zone: string): string {
  if (granularity === "month") return formatTime(atMs, "month", zone);
  return formatTime(atMs, granularity === "day" || granularity === "week" ? "day" : "minute", zone);
}

/** Marks of an axis: days, or times of day with the day under the first of each. @param stepMs between two marks */
export function formatMarks(marksMs: readonly number[], stepMs: number, zone: string): string[] {
  if (stepMs >= DAY_MS) return marksMs.map((ms) => formatTime(ms, "date", zone));
  let day = "";
  return marksMs.map((ms) => {
    const time = formatTime(ms, "hour", zone);
    const date = formatTime(ms, "date", zone);
    const isNew = date !== day;
    day = date;
    return isNew ? `${time}\n${date}` : time;
  });
}

/** How long ago: `3 s ago`, `5 min ago`. */
export function formatAgo(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  if (seconds < MINUTE_S) return `${seconds} s ago`;
  return seconds < HOUR_S ? `${Math.floor(seconds / MINUTE_S)} min ago` : `${Math.floor(seconds / HOUR_S)} h ago`;
}

/** A position in content: `1:02:03.5`. */
export function formatPlayhead(seconds: number): string {
  const hours = Math.floor(seconds / HOUR_S);
  const minutes = Math.floor(seconds / MINUTE_S) % MINUTE_S;
  const digits = Number.isInteger(seconds) ? 0 : 1;
  const rest = (Math.floor((seconds % MINUTE_S) * 10) / 10).toFixed(digits).padStart(digits === 0 ? 2 : 4, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function formatIn(options: Intl.DateTimeFormatOptions, locale: string, zone: string, key: string) {
  const known = made.get(key);
  if (known) return known;
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: knownZone(zone) });
  made.set(key, format);
  return format;
}

/** A zone in an address typed by hand may not exist: the server says so, and the page falls back to the browser's. */
export function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat(LOCALE.times, { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return ownZone();
  }
}

/** Days, weeks, months and years in a named time zone; a bucket of time has a number, and the number an instant. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../base/units.ts";

/** Each begins where one of those before it does. */
export const GRANULARITIES = ["minute", "hour", "day", "week", "month", "year"] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export const WEEK_STARTS = ["monday", "sunday"] as const;

/** What decides where periods begin. */
export interface Calendar {
  readonly zone: string;
  /** The first day of a week; Monday, unless it is told. */
  readonly weekStart?: (typeof WEEK_STARTS)[number];
}

export interface Range {
  readonly fromMs: number;
  /** The first instant after the range. */
  readonly toMs: number;
}

/** From an instant on, local time is this far ahead of UTC. */
interface ZoneOffset {
  readonly fromMs: number;
  readonly offsetMs: number;
}

const NS_PER_MS = 1_000_000;
/** The length of `2026-10-25T02:00:00`. */
const SECONDS_CHARS = 19;
const MONTHS_PER_YEAR = 12;
const EPOCH_YEAR = 1970;
/** 1970-01-01 was a Thursday. */
const EPOCH_DAYS_INTO_WEEK = { monday: 3, sunday: 4 } as const;
const DAYS_PER_WEEK = 7;

/** The offsets of a zone in a range, the first of them from before its beginning. */
export function offsetsOf({ fromMs, toMs }: Range, zone: string): ZoneOffset[] {
  const offsets: ZoneOffset[] = [];
  for (let at: Temporal.ZonedDateTime | null = zoned(fromMs, zone); at && at.epochMilliseconds <= toMs; ) {
    offsets.push({ fromMs: at.epochMilliseconds, offsetMs: offsetMsOf(at) });
    at = at.getTimeZoneTransition("next");
  }
  return offsets;
}

/**
 * The number of the bucket that an instant lies in: the instant of its beginning for minutes and hours, days, weeks,
 * months or years since 1970 for the others.
 */
export function bucketOf(ms: number, granularity: Granularity, { zone, weekStart = "monday" }: Calendar): number {
  const at = zoned(ms, zone);
  const localMs = ms + offsetMsOf(at);
  switch (granularity) {
    case "minute":
      return startOfUnit(at, MINUTE_MS);
    case "hour":
      return startOfUnit(at, HOUR_MS);
    case "day":
      return Math.floor(localMs / DAY_MS);
    case "week":
      return Math.floor((Math.floor(localMs / DAY_MS) + EPOCH_DAYS_INTO_WEEK[weekStart]) / DAYS_PER_WEEK);
    case "month":
      return (at.year - EPOCH_YEAR) * MONTHS_PER_YEAR + at.month - 1;
    case "year":
      return at.year - EPOCH_YEAR;
  }
}

/** The bucket's first instant. */
export function bucketStartMs(
  bucket: number,
  granularity: Granularity,
  { zone, weekStart = "monday" }: Calendar,
): number {
  switch (granularity) {
    case "minute":
    case "hour":
      return bucket;
    case "day":
      return startOfDay(bucket, zone);
    case "week":
      return startOfDay(bucket * DAYS_PER_WEEK - EPOCH_DAYS_INTO_WEEK[weekStart], zone);
    case "month":
      return startOfDate({ months: bucket }, zone);
    case "year":
      return startOfDate({ years: bucket }, zone);
  }
}

/** The buckets that a range touches, in order. */
export function* bucketsOf({ fromMs, toMs }: Range, granularity: Granularity, calendar: Calendar): Generator<number> {
  const lengthMs = lengthOf(granularity);
  const last = bucketOf(toMs - 1, granularity, calendar);
  let bucket = bucketOf(fromMs, granularity, calendar);
  const offsets = lengthMs ? offsetsOf({ fromMs: bucket - 1, toMs }, calendar.zone).slice(1) : [];
  const changes = offsets.map((offset) => offset.fromMs);
  while (bucket < last) {
    yield bucket;
    const isChange = changes[0] === bucket;
    if (isChange) changes.shift();
    const [changeMs = Number.POSITIVE_INFINITY] = changes;
    const next = bucket + (lengthMs ?? 1);
    // Only near a change of the clocks, at any hour, must the calendar be asked.
    if (changeMs < next) bucket = bucketOf(changeMs, granularity, calendar);
    else bucket = isChange ? bucketOf(next, granularity, calendar) : next;
  }
  yield last;
}

/** Where the buckets of a range begin. A day that a zone has skipped, as Samoa did in 2011, begins no bucket. */
export function startsOf(range: Range, granularity: Granularity, calendar: Calendar): number[] {
  const starts = new Set<number>();
  for (const bucket of bucketsOf(range, granularity, calendar)) {
    starts.add(bucketStartMs(bucket, granularity, calendar));
  }
  return [...starts];
}

/** How many buckets a range touches, to within those that a change of the clocks makes more or fewer. */
export function countBuckets({ fromMs, toMs }: Range, granularity: Granularity, calendar: Calendar): number {
  const first = bucketOf(fromMs, granularity, calendar);
  return Math.ceil((bucketOf(toMs - 1, granularity, calendar) - first) / (lengthOf(granularity) ?? 1)) + 1;
}

/** An instant as people read it in a zone: `2026-10-25T02:00:00+01:00`. */
export function formatIn(ms: number, zone: string): string {
  return zoned(ms, zone).toString({ timeZoneName: "never", fractionalSecondDigits: 0 });
}

/** As {@link formatIn}, for many instants: what holds between two changes of the clocks is looked up once. */
export function formatterIn(zone: string): (ms: number) => string {
  let fromMs = 0;
  let toMs = 0;
  let offsetMs = 0;
  let offset = "";
  return (ms) => {
    if (ms < fromMs || ms >= toMs) {
      const at = zoned(ms, zone);
      // A change at this very instant is the one before.
      fromMs = zoned(ms + 1, zone).getTimeZoneTransition("previous")?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
      toMs = at.getTimeZoneTransition("next")?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
      offsetMs = offsetMsOf(at);
      offset = formatIn(ms, zone).slice(SECONDS_CHARS);
    }
    return new Date(ms + offsetMs).toISOString().slice(0, SECONDS_CHARS) + offset;
  };
}

/** The period before a range: as many whole months or days as it has, or as long as it is. */
export function previousOf({ fromMs, toMs }: Range, zone: string): Range {
  const from = zoned(fromMs, zone);
  const to = zoned(toMs, zone);
  const isDays = isMidnight(from) && isMidnight(to);
  if (!isDays) return { fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
  const isMonths = from.day === 1 && to.day === 1;
  // As dates: where clocks change at midnight a day begins at one, and is still a whole one.
  const length = from.toPlainDate().until(to.toPlainDate(), { largestUnit: isMonths ? "months" : "days" });
  return { fromMs: from.toPlainDate().subtract(length).toZonedDateTime(zone).epochMilliseconds, toMs: fromMs };
}

/** What a range may be compared with. */
export const COMPARISONS = ["previous", "weekdays", "year"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/**
 * The earlier range that another is compared with.
 *
 * By weekdays it is whole days before, whole weeks where the range has one, so that mornings stand beside mornings and
 * Sundays beside Sundays. A part of a day that begins at no midnight is compared with the time just before.
 */
export function comparedWith(range: Range, zone: string, how: Comparison): Range {
  const from = zoned(range.fromMs, zone);
  const days = Math.ceil(
    zoned(range.toMs, zone).since(from, { largestUnit: "days" }).total({ unit: "days", relativeTo: from }),
  );
  if (how === "previous" || (how === "weekdays" && range.toMs - range.fromMs < DAY_MS && !isMidnight(from))) {
    return previousOf(range, zone);
  }
  const back = how === "year" ? { years: 1 } : { days: days < DAYS_PER_WEEK ? days : roundUp(days, DAYS_PER_WEEK) };
  const shifted = (ms: number) => zoned(ms, zone).subtract(back).epochMilliseconds;
  return { fromMs: shifted(range.fromMs), toMs: shifted(range.toMs) };
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** The range of the last days up to now, from a midnight on. */
export function lastDays(days: number, nowMs: number, zone: string): Range {
  const from = zoned(nowMs, zone)
    .startOfDay()
    .subtract({ days: days - 1 });
  return { fromMs: from.epochMilliseconds, toMs: nowMs };
}

/** Minutes and hours are numbered by their instants; undefined for the others, which are counted. */
function lengthOf(granularity: Granularity): number | undefined {
  if (granularity === "minute") return MINUTE_MS;
  return granularity === "hour" ? HOUR_MS : undefined;
}

/**
 * The beginning of a minute or an hour on the clock. Where clocks change by a part of it, as by half an hour on Lord
 * Howe Island, the hour that they change in has two parts.
 */
function startOfUnit(at: Temporal.ZonedDateTime, unitMs: number): number {
  const ms = at.epochMilliseconds;
  const startMs = ms - modulo(ms + offsetMsOf(at), unitMs);
  if (offsetMsOf(zoned(startMs, at.timeZoneId)) === offsetMsOf(at)) return startMs;
  const changed = zoned(ms + 1, at.timeZoneId).getTimeZoneTransition("previous");
  return Math.max(startMs, changed?.epochMilliseconds ?? startMs);
}

function startOfDay(day: number, zone: string): number {
  return startOfDate({ days: day }, zone);
}

/** The beginning of a date by how far it lies behind the first of January 1970. */
function startOfDate(since: Temporal.DurationLikeObject, zone: string): number {
  return new Temporal.PlainDate(EPOCH_YEAR, 1, 1).add(since).toZonedDateTime(zone).epochMilliseconds;
}

function zoned(ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
}

function offsetMsOf(at: Temporal.ZonedDateTime): number {
  return Math.round(at.offsetNanoseconds / NS_PER_MS);
}

function isMidnight(at: Temporal.ZonedDateTime): boolean {
  return at.epochMilliseconds === at.startOfDay().epochMilliseconds;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

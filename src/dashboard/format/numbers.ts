/** Numbers for people: alone as in a tile or a sentence, or in a column, where all have one unit and one precision. */

import { BITS_PER_KILOBIT, BITS_PER_MEGABIT, HOUR_S, MINUTE_S } from "../../base/units.ts";
import type { Unit } from "../../sessions/metrics/definition.ts";
import { LOCALE } from "./locale.ts";

/** How a column of a report is counted: `contentStarts:mean` is the mean of a flag. */
export interface ColumnUnit {
  readonly unit: Unit;
  readonly aggregation: string;
}

export const NOTHING = "–";
const MINUS = "−";
const COMPACT_FROM = 100_000;

/** Kept, since making a format takes longer than many uses of it. */
const made = new Map<string, Intl.NumberFormat>();

function format(value: number, key: string, options: Intl.NumberFormatOptions): string {
  const known = made.get(key) ?? new Intl.NumberFormat(LOCALE.numbers, options);
  made.set(key, known);
  return known.format(value).replace("-", MINUS);
}

/** Always with this many decimals, so that numbers in a column line up. */
export function fixed(value: number, decimals: number): string {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return format(value, `fixed ${decimals}`, options);
}

function atMost(value: number, decimals: number): string {
  return format(value, `most ${decimals}`, { maximumFractionDigits: decimals });
}

/** Whole numbers with separators: `12,345`. */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : atMost(value, Number.isInteger(value) ? 0 : 2);
}

/** Short enough for a tile or an axis: `1.23M`. */
export function formatCompact(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (Math.abs(value) < COMPACT_FROM) return formatCount(value);
  return format(value, "compact", { notation: "compact", maximumSignificantDigits: 3 });
}

/** Fewer decimals the larger it is: a share of 0.19% says as much as one of 49.9%. */
export function formatShare(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : `${fixed(value * 100, decimalsOfShare(value))}%`;
}

/** @param most the largest of the shares that stand together */
function decimalsOfShare(most: number): number {
  const percent = Math.abs(most) * 100;
  if (percent === 0 || percent >= 99.95) return 0;
  return percent < 0.995 ? 2 : 1;
}

/** Seconds as a person says them: `1.25 s`, `4 min 5 s`, `2 h 10 min`, `24 h`, `1,234 h`. */
export function formatSeconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (value < MINUTE_S) return `${atMost(value, value < 10 ? 2 : 0)} s`;
  const hours = Math.floor(value / HOUR_S);
  if (hours >= 100) return `${formatCompact(hours)} h`;
  const minutes = Math.floor(value / MINUTE_S) % MINUTE_S;
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  const seconds = Math.floor(value % MINUTE_S);
  return seconds === 0 ? `${minutes} min` : `${minutes} min ${seconds} s`;
}

export function formatBitrate(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (value >= BITS_PER_MEGABIT) return `${atMost(value / BITS_PER_MEGABIT, 2)} Mbit/s`;
  return value >= BITS_PER_KILOBIT ? `${atMost(value / BITS_PER_KILOBIT, 0)} kbit/s` : `${atMost(value, 0)} bit/s`;
}

/** Whether a number is a part of a whole, written in percent; a sum of shares is a share of nothing. */
export function isShare({ unit, aggregation }: ColumnUnit): boolean {
  return (unit === "ratio" && aggregation !== "sum") || (unit === "flag" && aggregation === "mean");
}

/** A metric's value alone, as a sentence or a tip says it. */
export function formatMetric(value: unknown, column: ColumnUnit): string {
  if (typeof value !== "number") return NOTHING;
  if (isShare(column)) return formatShare(value);
  if (column.unit === "s") return formatSeconds(value);
  if (column.unit === "bit/s") return formatBitrate(value);
  if (column.unit === "1/min") return `${atMost(value, 2)}/min`;
  return column.unit === "fps" ? `${atMost(value, 1)} fps` : formatCount(value);
}

/** The same where there is little room. */
export function formatMetricShort(value: unknown, column: ColumnUnit): string {
  const isCount = column.unit === "count" || (column.unit === "flag" && !isShare(column));
  return isCount ? formatCompact(typeof value === "number" ? value : null) : formatMetric(value, column);
}

/** Writes the numbers of a column, and names their unit for its heading. */
interface ColumnFormat {
  readonly text: (value: unknown) => string;
  readonly unit?: string;
}

/** One unit and one precision for a whole column, from its largest value. */
export function columnFormat(values: Iterable<unknown>, column: ColumnUnit): ColumnFormat {
  const most = Math.max(0, ...[...values].map((value) => (typeof value === "number" ? Math.abs(value) : 0)));
  const isWhole = [...values].every((value) => typeof value !== "number" || Number.isInteger(value));
  const of = (text: (value: number) => string, unit?: string): ColumnFormat => ({
    text: (value) => (typeof value === "number" ? text(value) : NOTHING),
    ...(unit !== undefined && { unit }),
  });
  if (isShare(column)) {
    const decimals = decimalsOfShare(Math.min(most, 0.99));
    return of((value) => (value === 0 || value === 1 ? `${value * 100}%` : `${fixed(value * 100, decimals)}%`));
  }
  if (column.unit === "s") return isOfHours(values, most) ? of(clockOf(HOUR_S), "h:mm") : secondsFormat(most, of);
  if (column.unit === "bit/s") return of((value) => fixed(value / BITS_PER_MEGABIT, 2), "Mbit/s");
  const decimals = isWhole ? 0 : decimalsFor(most);
  return of((value) => fixed(value, decimals), UNIT_WORDS[column.unit]);
}

const UNIT_WORDS: Readonly<Partial<Record<Unit, string>>> = { "1/min": "a minute", fps: "fps" };

/** One long session among short ones doesn't make all of them `0:03`. */
function isOfHours(values: Iterable<unknown>, most: number): boolean {
  const sorted = [...values].filter((value) => typeof value === "number").toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return most >= HOUR_S && (middle >= 10 * MINUTE_S || most >= 10 * HOUR_S);
}

function secondsFormat(most: number, of: (text: (value: number) => string, unit: string) => ColumnFormat) {
  if (most >= MINUTE_S) return of(clockOf(MINUTE_S), "min:s");
  return of((value) => fixed(value, decimalsFor(most)), "s");
}

/** `417:12`: hours and minutes, or minutes and seconds. */
function clockOf(large: typeof HOUR_S | typeof MINUTE_S): (value: number) => string {
  const small = large / MINUTE_S;
  return (value) => {
    const parts = Math.round(value / small);
    return `${fixed(Math.floor(parts / MINUTE_S), 0)}:${String(parts % MINUTE_S).padStart(2, "0")}`;
  };
}

/** Three digits say enough. */
function decimalsFor(most: number): number {
  return most < 10 ? 2 : most < 100 ? 1 : 0;
}

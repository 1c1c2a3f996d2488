/** Numbers for people. */

import type { Unit } from "../api/answers.ts";

/** How a column of a report is counted: `contentStarts:mean` is the mean of a flag. */
export interface ColumnUnit {
  readonly unit: Unit;
  readonly aggregation: string;
}

const LOCALE = "en-US";
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });
const finePercent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 2 });
const change = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" });

export const NOTHING = "–";
const FINE_PERCENT_BELOW = 0.1;
const COMPACT_FROM = 100_000;
/** From here on percents say less than times. */
const MANY_TIMES = 10;
const MEGA = 1_000_000;
const KILO = 1000;

/** Whole numbers with separators: `12,345`. */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : (Number.isInteger(value) ? whole : fine).format(value);
}

/** Short enough for a tile or an axis: `1.23M`. */
export function formatCompact(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  return Math.abs(value) < COMPACT_FROM ? formatCount(value) : compact.format(value);
}

export function formatShare(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  return (value !== 0 && Math.abs(value) < FINE_PERCENT_BELOW ? finePercent : percent).format(value);
}

/** How much more or less than before: `+3.2%`. */
export function formatChange(now: unknown, before: unknown): string {
  if (typeof now !== "number" || typeof before !== "number" || before === 0) return NOTHING;
  const times = now / before;
  return times >= MANY_TIMES ? `${whole.format(times)} times` : change.format(times - 1);
}

/** Seconds as a person says them: `1.25 s`, `4 min 05 s`, `2 h 10 min`, `1,234 h`. */
export function formatSeconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (value < 60) return `${fine.format(value)} s`;
  const minutes = Math.floor(value / 60);
  const hours = Math.floor(value / 3600);
  if (hours >= 100) return `${hours >= COMPACT_FROM ? compact.format(hours) : whole.format(hours)} h`;
  if (hours > 0) return `${hours} h ${padded(minutes % 60)} min`;
  return `${minutes} min ${padded(Math.floor(value % 60))} s`;
}

export function formatBitrate(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (value >= MEGA) return `${fine.format(value / MEGA)} Mbit/s`;
  return value >= KILO ? `${whole.format(value / KILO)} kbit/s` : `${whole.format(value)} bit/s`;
}

/** A metric's value as a table shows it. */
export function formatMetric(value: unknown, { unit, aggregation }: ColumnUnit): string {
  if (typeof value !== "number") return NOTHING;
  if (unit === "s") return formatSeconds(value);
  if (unit === "bit/s") return formatBitrate(value);
  if (unit === "1/min") return `${fine.format(value)}/min`;
  if (unit === "fps") return `${fine.format(value)} fps`;
  // A sum of shares is a share of nothing: an average minute audience of 12.5 is twelve and a half viewers.
  if (unit === "ratio" && aggregation !== "sum") return formatShare(value);
  return unit === "flag" && aggregation === "mean" ? formatShare(value) : formatCount(value);
}

/** The same where there is little room. */
export function formatMetricShort(value: unknown, column: ColumnUnit): string {
  const isCount = column.unit === "count" || (column.unit === "flag" && column.aggregation !== "mean");
  return isCount ? formatCompact(typeof value === "number" ? value : null) : formatMetric(value, column);
}

function padded(value: number): string {
  return String(value).padStart(2, "0");
}

/** What every page of reports asks within: a range of time, a time zone and filters, as the address has them. */

import { computed } from "@preact/signals";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../base/units.ts";
import { dateIn, formatTime, instantIn, ownZone } from "../format/times.ts";
import { catalogue } from "./catalogue.ts";
import { nowMs } from "./clock.ts";
import { change, type PlaceParams, place } from "./place.ts";
import { hasUnmended } from "./unmended.ts";

interface NamedRange {
  readonly label: string;
  /** Up to now: so long, or so many days of the zone. */
  readonly ms?: number;
  readonly days?: number;
}

/** Ranges by name; anything else is `FROM..TO`, in dates or ISO 8601. */
export const RANGES = {
  "1h": { label: "Last hour", ms: HOUR_MS },
  "24h": { label: "Last 24 hours", ms: DAY_MS },
  today: { label: "Today", days: 1 },
  yesterday: { label: "Yesterday" },
  "7d": { label: "Last 7 days", days: 7 },
  "28d": { label: "Last 28 days", days: 28 },
  "30d": { label: "Last 30 days", days: 30 },
  "90d": { label: "Last 90 days", days: 90 },
  month: { label: "This month" },
  year: { label: "Last 12 months", days: 365 },
} as const satisfies Record<string, NamedRange>;
export const RANGE_DEFAULT = "30d";

/** What numbers may be compared with; the first one unless the address says otherwise. */
export const COMPARISONS = [
  { value: "weekdays", label: "vs previous period" },
  { value: "year", label: "vs year before" },
  { value: "none", label: "No comparison" },
] as const;

interface PageScope {
  readonly range: string;
  readonly zone: string;
  /** `NAME OPERATOR VALUE`, as the admin API takes them. */
  readonly filters: readonly string[];
  /** As the admin API takes it; undefined for none. */
  readonly compare: string | undefined;
  /** Whether the numbers are those without mending, where there are such. */
  readonly isUnmended: boolean;
}

/** The parameters of an address that a link to another page of reports keeps. */
const KEPT = ["range", "zone", "filter", "compare", "mended"];

/** What the address says; by default the last thirty days, in the browser's zone. */
export const scope = computed<PageScope>(() => {
  const { params } = place.value;
  const compare = params.get("compare") ?? COMPARISONS[0].value;
  return {
    range: params.get("range") ?? RANGE_DEFAULT,
    zone: params.get("zone") ?? ownZone(),
    filters: params.getAll("filter"),
    compare: compare === "none" ? undefined : compare,
    isUnmended: params.get("mended") === "false",
  };
});

/** The scope as parameters of another place. */
export function keptParams(): PlaceParams {
  const { params } = place.value;
  return Object.fromEntries(KEPT.map((name) => [name, params.getAll(name)]));
}

/** The same with more filters, for a link to what is behind a number. */
export function keptWith(filters: readonly string[]): PlaceParams {
  const kept = keptParams();
  return { ...kept, filter: [...new Set([...scope.value.filters, ...filters])] };
}

/** The bounds of a range as the admin API takes them. */
export function boundsOf(range: string, zone: string): { readonly from: string; readonly to?: string } {
  const now = nowMs();
  if (range === "yesterday") return { from: dateIn(now - DAY_MS, zone), to: dateIn(now, zone) };
  if (range === "month") return { from: `${dateIn(now, zone).slice(0, "2026-01".length)}-01` };
  const named = namedRange(range);
  if (named?.ms !== undefined) return { from: String(Math.floor((now - named.ms) / MINUTE_MS) * MINUTE_MS) };
  if (named?.days !== undefined) return { from: dateIn(now - (named.days - 1) * DAY_MS, zone) };
  const [from = "", to] = range.split("..");
  return { from, ...(to && { to }) };
}

function namedRange(range: string): NamedRange | undefined {
  return Object.hasOwn(RANGES, range) ? RANGES[range as keyof typeof RANGES] : undefined;
}

/** A range in words: its name, or its bounds. */
export function rangeInWords(range: string, zone: string): string {
  return namedRange(range)?.label ?? spanInWords(range, zone);
}

/** The days of a range, or its instants where it begins or ends within one: `31 Oct – 29 Nov`. */
export function spanInWords(range: string, zone: string): string {
  const { from, to } = boundsOf(range, zone);
  const fromMs = instantIn(from, zone);
  if (fromMs === undefined) return range;
  const toMs = (to === undefined ? undefined : instantIn(to, zone)) ?? nowMs();
  const isDays = [fromMs, ...(to === undefined ? [] : [toMs])].every((ms) => isMidnight(ms, zone));
  const [first, last] = isDays
    ? [formatTime(fromMs, "date", zone), formatTime(toMs - 1, "date", zone)]
    : [formatTime(fromMs, "minute", zone), formatTime(toMs, "minute", zone)];
  return first === last ? first : `${first} – ${last}`;
}

function isMidnight(ms: number, zone: string): boolean {
  return instantIn(dateIn(ms, zone), zone) === ms;
}

/** A question of the admin API within the scope: its path with every parameter. */
export function question(path: string, params: PlaceParams = {}, within: PageScope = scope.value): string {
  const { range, zone, filters, isUnmended } = within;
  const search = new URLSearchParams({ ...boundsOf(range, zone), timezone: zone });
  for (const filter of filters) search.append("filter", filter);
  for (const [name, value] of Object.entries(params)) {
    for (const each of typeof value === "string" ? [value] : (value ?? [])) if (each) search.append(name, each);
  }
  if (isUnmended && hasUnmended(path, search, catalogue.value?.dimensions ?? [])) search.set("mended", "false");
  return `${path}?${search}`;
}

/** The bounds of a range as instants, for paths that know no time zone. */
export function instantsOf(range: string, zone: string): { readonly from?: string; readonly to?: string } {
  const { from, to } = boundsOf(range, zone);
  const [fromMs, toMs] = [from, to ?? ""].map((text) => instantIn(text, zone));
  return { ...(fromMs !== undefined && { from: String(fromMs) }), ...(toMs !== undefined && { to: String(toMs) }) };
}

/** How finely a range is drawn by default. */
export function granularityOf(range: string): string {
  const ms = lengthOf(range);
  if (ms <= 3 * HOUR_MS) return "minute";
  if (ms <= 8 * DAY_MS) return "hour";
  if (ms <= 120 * DAY_MS) return "day";
  return ms <= 730 * DAY_MS ? "week" : "month";
}

function lengthOf(range: string): number {
  const { from, to } = boundsOf(range, "UTC");
  return ((to && instantIn(to, "UTC")) || nowMs()) - (instantIn(from, "UTC") ?? 0);
}

/** Whether a range is shorter than the one that pages begin with. */
export function isShort(range: string): boolean {
  return range !== RANGE_DEFAULT && lengthOf(range) < lengthOf(RANGE_DEFAULT);
}

export function chooseRange(range: string): void {
  change({ range });
}

/** Makes a part of a chart the range. */
export function chooseSpan(fromMs: number, toMs: number): void {
  const { zone } = scope.value;
  const isDays = isMidnight(fromMs, zone) && isMidnight(toMs, zone);
  const textOf = (ms: number) => (isDays ? dateIn(ms, zone) : String(Math.round(ms)));
  chooseRange(`${textOf(fromMs)}..${textOf(toMs)}`);
}

/** Adds a filter, once. */
export function addFilter(filter: string): void {
  const { filters } = scope.value;
  if (!filters.includes(filter)) change({ filter: [...filters, filter] });
}

export function removeFilter(filter: string): void {
  change({ filter: scope.value.filters.filter((each) => each !== filter) });
}

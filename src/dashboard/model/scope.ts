/** What every page of reports asks within: a range of time, a time zone and filters, as the address has them. */

import { computed } from "@preact/signals";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../base/units.ts";
import { dateIn, instantIn, ownZone } from "../format/times.ts";
import { catalogue } from "./catalogue.ts";
import { nowMs } from "./clock.ts";
import { change, type Params, place } from "./place.ts";
import { hasUnmended } from "./unmended.ts";

/** Ranges by name; anything else is `FROM..TO`, in dates or ISO 8601. */
export const RANGES = {
  "1h": { label: "Last hour", ms: HOUR_MS },
  "24h": { label: "Last 24 hours", ms: DAY_MS },
  today: { label: "Today", days: 1 },
  "7d": { label: "Last 7 days", days: 7 },
  "30d": { label: "Last 30 days", days: 30 },
  "90d": { label: "Last 90 days", days: 90 },
} as const satisfies Record<string, { label: string; ms?: number; days?: number }>;
export const RANGE_DEFAULT = "30d";

interface PageScope {
  readonly range: string;
  readonly zone: string;
  /** `NAME OPERATOR VALUE`, as the admin API takes them. */
  readonly filters: readonly string[];
  /** Whether the numbers are those without mending, where there are such. */
  readonly isUnmended: boolean;
}

/** The parameters of an address that a link to another page of reports keeps. */
const KEPT = ["range", "zone", "filter", "mended"];

/** What the address says; what it does not say is the last thirty days where the browser is. */
export const scope = computed<PageScope>(() => {
  const { params } = place.value;
  return {
    range: params.get("range") ?? RANGE_DEFAULT,
    zone: params.get("zone") ?? ownZone(),
    filters: params.getAll("filter"),
    isUnmended: params.get("mended") === "false",
  };
});

/** The scope as parameters of another place. */
export function keptParams(): Params {
  const { params } = place.value;
  return Object.fromEntries(KEPT.map((name) => [name, params.getAll(name)]));
}

/** The bounds of a range as the admin API takes them. */
export function boundsOf(range: string, zone: string): { readonly from: string; readonly to?: string } {
  const named = Object.hasOwn(RANGES, range) ? RANGES[range as keyof typeof RANGES] : undefined;
  if (named && "ms" in named) return { from: String(Math.floor((nowMs() - named.ms) / MINUTE_MS) * MINUTE_MS) };
  if (named) return { from: dateIn(nowMs() - (named.days - 1) * DAY_MS, zone) };
  const [from = "", to] = range.split("..");
  return { from, ...(to && { to }) };
}

/** A question of the admin API within the scope: its path with every parameter. */
export function question(path: string, params: Params = {}, within: PageScope = scope.value): string {
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
  const named = Object.hasOwn(RANGES, range) ? RANGES[range as keyof typeof RANGES] : undefined;
  if (named) return "ms" in named ? named.ms : named.days * DAY_MS;
  const [from, to] = range.split("..").map(instantOf);
  return (to ?? nowMs()) - (from ?? 0);
}

function instantOf(text: string): number | undefined {
  const ms = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

export function chooseRange(range: string): void {
  change({ range });
}

/** Adds a filter, once. */
export function addFilter(filter: string): void {
  const { filters } = scope.value;
  if (!filters.includes(filter)) change({ filter: [...filters, filter] });
}

export function removeFilter(filter: string): void {
  change({ filter: scope.value.filters.filter((each) => each !== filter) });
}

/** parse: from JSON or a query string to a checked question; every name is looked up here, where it costs nothing. */

import type { Static } from "typebox";
import { parseInstantIn, readZone, refuseSeconds, ZONE_DEFAULT } from "../../base/instant.ts";
import { DAY_MS } from "../../base/units.ts";
import { comparedWith, countBuckets, type Granularity, lastDays, type Range } from "../calendar.ts";
import { findDimension, findGroup, metricIdIn, type Scope, TIMES_OF } from "../catalogue/dimensions.ts";
import { type Aggregation, findMetric } from "../catalogue/metrics.ts";
import { botFilters } from "./bots.ts";
import { checkerOf, refused } from "./checker.ts";
import { NAME_CHARS_MAX, NAME_TOO_LONG, parseFilters } from "./filter.ts";
import {
  type ConcurrencyQuery,
  type KeysQuery,
  type MetricChoice,
  type ReportQuery,
  type ReportScope,
  TIME_COLUMN,
} from "./query.ts";
import {
  CONCURRENCY_SCHEMA,
  CURVE_SCHEMA,
  DIMENSIONS_MAX,
  FUNNEL_SCHEMA,
  KEYS_SCHEMA,
  MEDIA_ID,
  METRICS_MAX,
  REPORT_SCHEMA,
  ROWS_DEFAULT,
  ROWS_MAX,
} from "./schema.ts";
import { unknownDimension, unknownMetric } from "./unknown.ts";

/** Behind a metric, for its change since the period before. */
const CHANGE = ":change";
const SUMMED: readonly Aggregation[] = ["sum", "distinct"];
/** Days of a range without a beginning, the last of them unfinished. */
const RANGE_DAYS_DEFAULT = 30;
/** By the minute, as concurrency is asked for, a month would be too many rows. */
const CONCURRENCY_DAYS_DEFAULT = 2;
export const RANGE_YEARS_MAX = 10;
const RANGE_MS_MAX = RANGE_YEARS_MAX * 366 * DAY_MS;
/** Far from the ends of the calendar, beyond which no time can be counted. */
const YEARS = { min: 1900, max: 9999 };
const INSTANTS = { minMs: Date.UTC(YEARS.min, 0), maxMs: Date.UTC(YEARS.max + 1, 0) };

const check = {
  report: checkerOf(REPORT_SCHEMA),
  curve: checkerOf(CURVE_SCHEMA),
  funnel: checkerOf(FUNNEL_SCHEMA),
  concurrency: checkerOf(CONCURRENCY_SCHEMA),
  keys: checkerOf(KEYS_SCHEMA),
};

/**
 * Checks a question for a report.
 *
 * @param body the members of `REPORT_SCHEMA`
 * @param nowMs what a range without an end ends with
 * @throws AppError `invalid-query` saying which member is wrong, and which names there are
 */
export function parseReport(body: unknown, nowMs: number): ReportQuery {
  const asked = check.report(body);
  const metrics = namesOf(asked.metrics, "metrics").map((name, at) => metricOf(name, `metrics[${at}]`));
  const dimensions = namesOf(asked.dimension, "dimension");
  const { granularity, weekStart } = asked;
  atMost(metrics, METRICS_MAX, "metrics");
  atMost(dimensions, DIMENSIONS_MAX, "dimensions");
  if (metrics.length === 0) throw unknownMetric("An empty list", "");
  for (const [at, name] of dimensions.entries()) if (!findGroup(name)) throw unknownDimension(`dimension[${at}]`, name);
  const both = dimensions.find((name) => metrics.some(({ column }) => column === name));
  if (both !== undefined) throw refused(`${both} is a metric and a dimension, but a row has it once: leave one out`);
  const scope = scopeOf(asked, { nowMs, days: RANGE_DAYS_DEFAULT });
  if (granularity) checkBuckets(scope, granularity);
  checkUnmended(scope, [...dimensions, ...metrics.flatMap(({ id, by }) => [id, ...(by ? [by.id] : [])])]);
  const isCompared = asked.compare !== undefined;
  const isSeries = granularity !== undefined && dimensions.length === 0;
  return {
    ...scope,
    metrics: unique(metrics, ({ column }) => column),
    dimensions: unique(dimensions, (name) => name),
    ...(granularity && { granularity }),
    ...(weekStart && { weekStart }),
    sort: sortOf(asked.sort, { metrics, dimensions, granularity, isCompared }),
    limit: asked.limit ?? (isSeries ? ROWS_MAX : ROWS_DEFAULT),
    ...((isCompared || metrics.some(({ isChange }) => isChange)) && {
      previous: comparedWith(scope.range, scope.zone, asked.compare ?? "previous"),
    }),
    ...(isCompared && { showsPrevious: true }),
  };
}

/** Checks a question for a retention curve. @throws AppError `invalid-query` */
export function parseCurve(body: unknown, nowMs: number): ReportScope {
  return curveOf(check.curve(body), nowMs);
}

/** Checks a question for a funnel. @throws AppError `invalid-query` */
export function parseFunnel(body: unknown, nowMs: number): ReportScope {
  const scope = curveOf(check.funnel(body), nowMs);
  checkUnmended(scope);
  return scope;
}

function curveOf({ [MEDIA_ID]: id, ...rest }: Static<typeof FUNNEL_SCHEMA>, nowMs: number): ReportScope {
  const scope = scopeOf(rest, { nowMs, days: RANGE_DAYS_DEFAULT });
  if (id === undefined) return scope;
  return { ...scope, filters: [...scope.filters, { name: MEDIA_ID, operator: "==", values: [id] }] };
}

/** Checks a question for concurrency. @throws AppError `invalid-query` */
export function parseConcurrency(body: unknown, nowMs: number): ConcurrencyQuery {
  const {
    granularity,
    weekStart,
    of = "sessions",
    dimension,
    limit = ROWS_DEFAULT,
    ...asked
  } = check.concurrency(body);
  const scope = scopeOf(asked, { nowMs, days: CONCURRENCY_DAYS_DEFAULT });
  const own = { of, limit, ...(weekStart && { weekStart }) };
  if (dimension === undefined) {
    const periods = granularity ?? "minute";
    checkBuckets(scope, periods);
    return { ...scope, ...own, granularity: periods, dimensions: [] };
  }
  if (granularity) throw refused("granularity and dimension are two questions: ask for one of them");
  if (!findGroup(dimension)) throw unknownDimension("dimension", dimension);
  if (dimension in TIMES_OF)
    throw refused(`dimension ${dimension} is of the start, not of playing: ask for a granularity`);
  return { ...scope, ...own, granularity: "year", dimensions: [dimension] };
}

/** Checks a question for the keys that occur, at any time. @throws AppError `invalid-query` */
export function parseKeys(body: unknown, nowMs: number): KeysQuery {
  const { prefix = "", open } = check.keys(body);
  return {
    range: { fromMs: INSTANTS.minMs, toMs: nowMs + 1 },
    zone: ZONE_DEFAULT,
    filters: [],
    includeOpen: open !== "exclude",
    prefix,
    personal: true,
  };
}

type ScopeMembers = Omit<Static<typeof FUNNEL_SCHEMA>, typeof MEDIA_ID>;

/** What a range that isn't told is. */
interface RangeDefault {
  readonly nowMs: number;
  readonly days: number;
}

function scopeOf(asked: ScopeMembers, otherwise: RangeDefault): ReportScope {
  const zone = readZone("timezone", asked.timezone);
  return {
    zone,
    range: rangeOf(asked, zone, otherwise),
    filters: [...parseFilters(asked.filter as string | undefined), ...botFilters(asked.bots)],
    includeOpen: asked.open !== "exclude",
    ...(asked.mended === false && { mended: false }),
  };
}

/** Rows within a session are those that the fold made, and it mends. */
const UNMENDED_SCOPES: readonly (Scope | undefined)[] = ["session", "error", "rule", "flag"];

/** Refuses what is not kept without mending. @param names of what is asked for beside the filters */
function checkUnmended({ mended = true, filters }: ReportScope, names: readonly string[] = []): void {
  if (mended) return;
  for (const name of [...names, ...filters.map((filter) => filter.name)]) {
    const metric = findMetric(metricIdIn(name));
    if (metric?.counts === "playing") throw refused(`mended=false has numbers of whole sessions, and no ${name}`);
    const scope = metric ? metric.state && "state" : findDimension(name)?.scope;
    if (scope === undefined || UNMENDED_SCOPES.includes(scope)) continue;
    throw refused("mended=false has numbers of whole sessions, and no dimension of ads, breaks, chapters or states");
  }
}

function rangeOf({ from, to }: ScopeMembers, zone: string, { nowMs, days }: RangeDefault): Range {
  // With what starts at this very moment.
  const toMs = instantOf("to", to, zone) ?? nowMs + 1;
  const fromMs = instantOf("from", from, zone) ?? lastDays(days, toMs, zone).fromMs;
  if (fromMs >= toMs) throw refused("from must be before to");
  if (toMs - fromMs > RANGE_MS_MAX) throw refused(`the range from from to to must be at most ${RANGE_YEARS_MAX} years`);
  return { fromMs, toMs };
}

function instantOf(name: string, value: string | number | undefined, zone: string): number | undefined {
  if (value === undefined) return undefined;
  refuseSeconds(name, String(value));
  const ms = parseInstantIn(String(value), zone);
  if (ms !== undefined && ms >= INSTANTS.minMs && ms < INSTANTS.maxMs) return ms;
  const years = `${YEARS.min} to ${YEARS.max}`;
  throw refused(`${name} must be an instant of the years ${years}: ISO 8601, a date, or milliseconds since the epoch`);
}

function metricOf(name: string, at: string): MetricChoice {
  const isChange = name.endsWith(CHANGE);
  const asked = isChange ? name.slice(0, -CHANGE.length) : name;
  const [of = "", by, ...more] = asked.split("/");
  if (more.length > 0) throw refused(`${at} divides more than once: a ratio is a/b`);
  const divided = by === undefined ? aggregated(of, at) : { ...summed(of, at), by: summed(by, at) };
  return { column: name, ...divided, ...(isChange && { isChange }) };
}

/** One side of a ratio. */
function summed(id: string, at: string): Pick<MetricChoice, "id" | "aggregation"> {
  const chosen = aggregated(id, at);
  if (!id.includes(":") && SUMMED.includes(chosen.aggregation)) return chosen;
  throw refused(`${at} divides what is no sum: a ratio a/b takes counts and times, each without a suffix`);
}

function aggregated(name: string, at: string): Pick<MetricChoice, "id" | "aggregation"> {
  const [id = "", ...rest] = name.split(":");
  const metric = findMetric(id);
  if (!metric) throw unknownMetric(at, id);
  const chosen = rest.length === 0 ? metric.aggregations[0] : (rest.join(":") as Aggregation);
  if (chosen && metric.aggregations.includes(chosen)) return { id, aggregation: chosen };
  throw refused(`${at} can be had as :${metric.aggregations.join(", :")}`);
}

function sortOf(
  sort: string | undefined,
  asked: {
    readonly metrics: readonly MetricChoice[];
    readonly dimensions: readonly string[];
    readonly granularity: Granularity | undefined;
    readonly isCompared: boolean;
  },
): ReportQuery["sort"] {
  const { metrics, dimensions, granularity, isCompared } = asked;
  if (sort === undefined) {
    if (granularity) return { column: TIME_COLUMN, descending: false };
    return { column: metrics[0]?.column ?? "", descending: true };
  }
  const descending = sort.startsWith("-");
  const column = descending ? sort.slice(1) : sort;
  const columns = metrics.map((each) => each.column);
  // A change is of both periods, and has no earlier number beside it.
  const before = isCompared ? metrics.flatMap(({ column, isChange }) => (isChange ? [] : `${column}:previous`)) : [];
  const known = [...(granularity ? [TIME_COLUMN] : []), ...dimensions, ...columns, ...before];
  if (known.includes(column)) return { column, descending };
  throw refused(
    "sort must be time, a dimension or a metric of this report as it was asked for, with - in front for descending",
  );
}

function checkBuckets({ range, zone }: ReportScope, granularity: Granularity): void {
  if (countBuckets(range, granularity, { zone }) <= ROWS_MAX) return;
  const why = `gives more than ${ROWS_MAX} rows over this range`;
  throw refused(`granularity ${granularity} ${why}; choose a longer one, or a shorter range`);
}

/** `a,b`, or `["a", "b"]` with names as they are: a key of the player's own may have a comma. */
function namesOf(names: string | readonly string[] | undefined, at: string): readonly string[] {
  if (names === undefined) return [];
  if (typeof names !== "string") return names;
  const list = names
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const long = list.findIndex((name) => name.length > NAME_CHARS_MAX);
  if (long >= 0) throw refused(`${at}[${long}] ${NAME_TOO_LONG}`);
  return list;
}

function atMost(list: readonly unknown[], most: number, what: string): void {
  if (list.length > most) throw refused(`at most ${most} ${what} can be asked for at once`);
}

function unique<T>(list: readonly T[], keyOf: (each: T) => string): T[] {
  return [...new Map(list.map((each) => [keyOf(each), each])).values()];
}

/** parse: from JSON or a query string to a checked question; every name is looked up here, where it costs nothing. */

import type { Static, TSchema } from "typebox";
import Schema from "typebox/schema";
import { AppError } from "../../base/errors.ts";
import {
  countBuckets,
  type Granularity,
  isZone,
  lastDays,
  parseInstantIn,
  previousOf,
  type Range,
} from "../calendar.ts";
import { findDimension } from "../catalogue/dimensions.ts";
import { type Aggregation, findMetric } from "../catalogue/metrics.ts";
import { checkFilter, type Filter, parseFilterText } from "./filter.ts";
import { type ConcurrencyQuery, type MetricChoice, type ReportQuery, type ReportScope, TIME_COLUMN } from "./query.ts";
import {
  CONCURRENCY_SCHEMA,
  CURVE_SCHEMA,
  DIMENSIONS_MAX,
  FILTERS_MAX,
  METRICS_MAX,
  REPORT_SCHEMA,
  ROWS_DEFAULT,
  ROWS_MAX,
} from "./schema.ts";
import { unknownDimension, unknownMetric } from "./unknown.ts";

const RANGE_DAYS_DEFAULT = 30;
const RANGE_YEARS_MAX = 10;
const RANGE_MS_MAX = RANGE_YEARS_MAX * 366 * 86_400_000;
const ZONE_DEFAULT = "UTC";

const check = {
  report: checkerOf(REPORT_SCHEMA),
  curve: checkerOf(CURVE_SCHEMA),
  concurrency: checkerOf(CONCURRENCY_SCHEMA),
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
  const metrics = namesOf(asked.metrics).map((name, at) => metricOf(name, `metrics[${at}]`));
  const dimensions = namesOf(asked.dimension);
  const { granularity } = asked;
  atMost(metrics, METRICS_MAX, "metrics");
  atMost(dimensions, DIMENSIONS_MAX, "dimensions");
  if (metrics.length === 0) throw unknownMetric("metrics is empty, which");
  for (const [at, name] of dimensions.entries()) if (!findDimension(name)) throw unknownDimension(`dimension[${at}]`);
  const scope = scopeOf(asked, nowMs);
  if (granularity) checkBuckets(scope, granularity);
  const isSeries = granularity !== undefined && dimensions.length === 0;
  return {
    ...scope,
    metrics: unique(metrics, ({ column }) => column),
    dimensions: unique(dimensions, (name) => name),
    ...(granularity && { granularity }),
    sort: sortOf(asked.sort, { metrics, dimensions, granularity }),
    limit: asked.limit ?? (isSeries ? ROWS_MAX : ROWS_DEFAULT),
    ...(asked.compare && { previous: previousOf(scope.range, scope.zone) }),
  };
}

/** Checks a question for a retention curve or a funnel. @throws AppError `invalid-query` */
export function parseCurve(body: unknown, nowMs: number): ReportScope {
  const asked = check.curve(body);
  const { "media.id": id, ...rest } = asked;
  const scope = scopeOf(rest, nowMs);
  if (id === undefined) return scope;
  return { ...scope, filters: [...scope.filters, { name: "media.id", operator: "==", values: [id] }] };
}

/** Checks a question for concurrency. @throws AppError `invalid-query` */
export function parseConcurrency(body: unknown, nowMs: number): ConcurrencyQuery {
  const { granularity = "minute", ...asked } = check.concurrency(body);
  const scope = scopeOf(asked, nowMs);
  checkBuckets(scope, granularity);
  return { ...scope, granularity };
}

/** Checks filters by themselves, as the list of sessions takes them. @throws AppError `invalid-query` */
export function parseFilters(filter: string | readonly unknown[] | undefined): Filter[] {
  const filters = filter === undefined ? [] : Array.isArray(filter) ? filter : [filter];
  atMost(filters, FILTERS_MAX, "filters");
  return filters.map((each, at) => filterOf(each, `filter[${at}]`));
}

type ScopeMembers = Omit<Static<typeof CURVE_SCHEMA>, "media.id">;

function scopeOf(asked: ScopeMembers, nowMs: number): ReportScope {
  const zone = asked.timezone ?? ZONE_DEFAULT;
  if (!isZone(zone)) throw refused("timezone must be an IANA time zone, such as Europe/Berlin");
  return {
    zone,
    range: rangeOf(asked, zone, nowMs),
    filters: parseFilters(asked.filter as string | undefined),
    includeOpen: asked.open !== "exclude",
  };
}

function rangeOf({ from, to }: ScopeMembers, zone: string, nowMs: number): Range {
  // With what starts at this very moment.
  const toMs = instantOf("to", to, zone) ?? nowMs + 1;
  const fromMs = instantOf("from", from, zone) ?? lastDays(RANGE_DAYS_DEFAULT, toMs, zone).fromMs;
  if (fromMs >= toMs) throw refused("from must be before to");
  if (toMs - fromMs > RANGE_MS_MAX) throw refused(`the range from from to to must be at most ${RANGE_YEARS_MAX} years`);
  return { fromMs, toMs };
}

function instantOf(name: string, value: string | number | undefined, zone: string): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseInstantIn(String(value), zone);
  if (ms === undefined) throw refused(`${name} must be an instant: ISO 8601, a date, or milliseconds since the epoch`);
  return ms;
}

function metricOf(column: string, at: string): MetricChoice {
  const [id = "", aggregation] = column.split(":", 2);
  const metric = findMetric(id);
  if (!metric) throw unknownMetric(at);
  const chosen = aggregation === undefined ? metric.aggregations[0] : (aggregation as Aggregation);
  if (chosen && metric.aggregations.includes(chosen)) return { column, id, aggregation: chosen };
  throw refused(`${at} can be had as :${metric.aggregations.join(", :")}`);
}

function sortOf(
  sort: string | undefined,
  columns: { metrics: readonly MetricChoice[]; dimensions: readonly string[]; granularity: Granularity | undefined },
): ReportQuery["sort"] {
  const { metrics, dimensions, granularity } = columns;
  if (sort === undefined) {
    if (granularity) return { column: TIME_COLUMN, descending: false };
    return { column: metrics[0]?.column ?? "", descending: true };
  }
  const descending = sort.startsWith("-");
  const column = descending ? sort.slice(1) : sort;
  const known = [...(granularity ? [TIME_COLUMN] : []), ...dimensions, ...metrics.map((each) => each.column)];
  if (known.includes(column)) return { column, descending };
  throw refused(
    "sort must be time, a dimension or a metric of this report as it was asked for, with - in front for descending",
  );
}

function filterOf(filter: unknown, at: string): Filter {
  if (typeof filter === "string") return parseFilterText(filter, at);
  const { name, operator, value, values } = filter as Filter & { value?: unknown };
  if ((value === undefined) === (values === undefined)) throw refused(`${at} must have either value or values`);
  return checkFilter({ name, operator, values: values ?? [value] }, at);
}

function checkBuckets({ range, zone }: ReportScope, granularity: Granularity): void {
  if (countBuckets(range, granularity, zone) <= ROWS_MAX) return;
  throw refused(`granularity ${granularity} gives more than ${ROWS_MAX} rows over this range; choose a longer one`);
}

/** `a,b` or `["a", "b"]`. */
function namesOf(names: string | readonly string[] | undefined): string[] {
  if (names === undefined) return [];
  if (typeof names !== "string") return names.flatMap((each) => each.split(",")).map((each) => each.trim());
  return names
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function atMost(list: readonly unknown[], most: number, what: string): void {
  if (list.length > most) throw refused(`at most ${most} ${what} can be asked for at once`);
}

function unique<T>(list: readonly T[], keyOf: (each: T) => string): T[] {
  return [...new Map(list.map((each) => [keyOf(each), each])).values()];
}

/** Compiles a schema once; what it refuses is told by pointer. */
function checkerOf<T extends TSchema>(schema: T): (body: unknown) => Static<T> {
  const validator = Schema.Compile(schema);
  const known = Object.keys((schema as unknown as { properties: object }).properties).join(", ");
  return (body) => {
    if (validator.Check(body)) return body as Static<T>;
    const [, errors] = validator.Errors(body);
    const { instancePath, message, keyword } = errors[0] ?? { instancePath: "", message: "is not valid", keyword: "" };
    if (keyword === "additionalProperties" || keyword === "boolean")
      throw refused(`A report takes ${known}, nothing else`);
    throw refused(`${instancePath === "" ? "The query" : instancePath.slice(1)} ${message}`);
  };
}

function refused(why: string): AppError {
  return new AppError("invalid-query", why);
}

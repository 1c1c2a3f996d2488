/** compile: from a question to the SQL of its rows and of its totals. */

import { BIGINT, BOOLEAN, DOUBLE, type DuckDBType, type DuckDBValue, LIST, listValue, VARCHAR } from "@duckdb/node-api";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../base/units.ts";
import {
  DAYS_PER_WEEK,
  EPOCH_DAYS_INTO_WEEK,
  type Granularity,
  offsetsOf,
  type Range,
  type ZoneOffset,
} from "../calendar.ts";
import { type Dimension, findDimension } from "../catalogue/dimensions.ts";
import { quoted } from "../facts/database.ts";
import type { ReportQuery, ReportScope } from "../query/query.ts";
import { TIME_COLUMN } from "../query/query.ts";
import { filterSql } from "./filter.ts";
import { aggregateSql, columnsOf, getMetric, isSum, sessionColumnSql, statesAmong, valueSql } from "./metric.ts";
import { dimensionSql, type NarrowScope, SCOPES, scopeOf, sessionsIn, togetherSql } from "./source.ts";
import { type Statement, Values } from "./statement.ts";

const US_PER_MS = 1000;
const MARK = "chr(65279)";

/** Rows whose numbers are wanted, by their time and dimensions. */
export type Keys = readonly (readonly unknown[])[];

/**
 * The rows of a report: time, dimensions, metrics; behind them in each row the totals, where those are sums of rows.
 *
 * One look at the sessions then gives both.
 */
export function compileRows(query: ReportQuery): Statement {
  const values = new Values();
  const source = sourceSql(query, query.range, values);
  const order = `ORDER BY ${orderSql(query, groupNames(query))} LIMIT ${query.limit}`;
  if (hasTotals(query)) return values.statement(`${rowsWithTotalsSql(query, source)}\n${order}`);
  const columns = [...readableGroups(query, ""), ...metricColumns(query)].join(", ");
  const groups = groupNames(query).join(", ");
  return values.statement(`WITH r AS (${source})\nSELECT ${columns} FROM r GROUP BY ${groups}\n${order}`);
}

/** The sums of each group, the sums of those, and the metrics of both; a window over groups takes twice as long. */
function rowsWithTotalsSql(query: ReportQuery, source: string): string {
  const groups = groupNames(query).join(", ");
  const sums = new Map<string, string>();
  const nameOf = (column: string) => {
    const name = sums.get(column) ?? `m${sums.size}`;
    sums.set(column, name);
    return name;
  };
  const metricsOf = (table: string) => {
    const sum = (column: string) => `coalesce(${table}.${nameOf(column)}, 0)::DOUBLE`;
    return query.metrics.map((choice) => aggregateSql(choice, query.metrics, quoted, sum));
  };
  const columns = [...readableGroups(query, "g."), ...metricsOf("g"), ...metricsOf("totals")];
  const ofGroups = [...sums].map(([column, name]) => `sum(${column}) AS ${name}`);
  const ofAll = [...sums.values()].map((name) => `sum(${name}) AS ${name}`);
  const ofRows = isOfRows(query, scopeFor(query));
  const counts = ofRows ? [] : ["count(*) AS sessions", "count(*) FILTER (open) AS going"];
  return [
    `WITH r AS ${ofRows ? "MATERIALIZED" : ""} (${source})`,
    `, g AS MATERIALIZED (SELECT ${[groups, ...ofGroups, ...counts].join(", ")} FROM r GROUP BY ${groups})`,
    `, totals AS (SELECT ${ofAll.join(", ")} FROM g)`,
    `, n AS (${ofRows ? SESSIONS_OF_ROWS : "SELECT sum(sessions) AS sessions, sum(going) AS going FROM g"})`,
    `SELECT ${columns.join(", ")}, n.sessions::DOUBLE, n.going::DOUBLE FROM g, totals, n`,
  ].join("\n");
}

/** How many sessions the rows are of; `count(DISTINCT …)` takes four times as long. */
const SESSIONS_OF_ROWS = `SELECT count(*) AS sessions, count(*) FILTER (open) AS going
  FROM (SELECT DISTINCT session, open FROM r)`;

/** The numbers of rows that are known already, in another period. */
export function compileKeyed(query: ReportQuery, range: Range, keys: Keys): Statement {
  const values = new Values();
  const groups = groupNames(query);
  const types = groupTypes(query);
  const lists = types.map((type, at) => {
    const list = keys.map((key) => (type === BIGINT ? BigInt(key[at] as number) : (key[at] as DuckDBValue)));
    return `unnest(${values.add(listValue(list), LIST(type))}) AS k${at}`;
  });
  const matches = groups.map((group, at) => `r.${group} IS NOT DISTINCT FROM k.k${at}`).join(" AND ");
  const sql = [
    `WITH r AS (${sourceSql(query, range, values)}), k AS (SELECT ${lists.join(", ")})`,
    `SELECT ${[...readableGroups(query, "r."), ...metricColumns(query)].join(", ")}`,
    `FROM r SEMI JOIN k ON ${matches} GROUP BY ${groups.map((group) => `r.${group}`).join(", ")}`,
  ];
  return values.statement(sql.join("\n"));
}

/** The numbers over all sessions, then how many these are and how many of them are open. */
export function compileTotals(query: ReportQuery, range: Range = query.range): Statement {
  const values = new Values();
  const scope = scopeFor(query);
  const { granularity: _, ...whole } = query;
  const source = sourceSql({ ...whole, dimensions: [] }, range, values, scope);
  const metrics = metricColumns(query).join(", ");
  if (!isOfRows(query, scope)) {
    return values.statement(`WITH r AS (${source}) SELECT ${metrics}, count(*), count(*) FILTER (open) FROM r`);
  }
  const tables = `WITH r AS MATERIALIZED (${source}), n AS (${SESSIONS_OF_ROWS})`;
  return values.statement(`${tables} SELECT * FROM (SELECT ${metrics} FROM r), n`);
}

/** Sessions that pass the filters, with what a query needs of them: a row a session, or one a session and value. */
function sourceSql(query: ReportQuery, range: Range, values: Values, scope = scopeFor(query)): string {
  const columns = columnsOfAll(query);
  const ofRows = scope ? SCOPES[scope].columns : {};
  const own = columns.filter((column) => !(column in ofRows));
  const states = statesAmong([...own, ...query.filters.map(({ name }) => name)]);
  const groups = groupExpressions(query, range, scope, values);
  const flat = scope === undefined || isOfRows(query, scope);
  const select = columns.map((column) => {
    const ofRow = ofRows[column];
    const sql = ofRow ? (flat ? ofRow.each : togetherSql(ofRow)) : inGroup(flat, sessionColumnSql(column, states));
    return `${sql} AS ${quoted(column)}`;
  });
  const named = groups.map(({ name, sql }) => `${sql} AS ${name}`);
  return [
    `SELECT ${["s.session AS session", ...named, `${inGroup(flat, 's."open"')} AS open`, ...select].join(", ")}`,
    fromSql(query, scope, states, values),
    `WHERE ${whereSql(query, { range, scope, states }, values)}`,
    flat ? "" : `GROUP BY ${["s.session", ...groups.map(({ name }) => name)].join(", ")}`,
  ].join("\n");
}

function columnsOfAll({ metrics }: ReportQuery): string[] {
  return [...new Set(metrics.flatMap(({ id }) => columnsOf(getMetric(id))))];
}

/** Whether nothing but sums over rows is asked for: then the rows need not be put together by session first. */
function isOfRows(query: ReportQuery, scope: NarrowScope | undefined): boolean {
  if (!scope) return false;
  const { columns } = SCOPES[scope];
  return query.metrics.every(isSum) && columnsOfAll(query).every((column) => columns[column]?.together === "sum");
}

/** The sessions of a question, joined with the rows of its scope and with the player states that it counts. */
export function fromSql(
  { includeOpen }: Pick<ReportScope, "includeOpen">,
  scope: NarrowScope | undefined,
  states: ReadonlyMap<string | undefined, string>,
  values: Values,
): string {
  const joins = [...states].map(([name, alias]) => {
    const only = name === undefined ? "" : `WHERE "media.state.name" = ${values.add(name)}`;
    const sums = `session, sum("count") AS "count", 1 AS "streams", sum("duration") AS "duration"`;
    const table = sessionsIn({ includeOpen }, "states");
    return `LEFT JOIN (SELECT ${sums} FROM ${table} ${only} GROUP BY session) ${alias} ON ${alias}.session = s.session`;
  });
  const rows = scope ? `JOIN ${sessionsIn({ includeOpen }, SCOPES[scope].table)} x ON x.session = s.session` : "";
  return `FROM ${sessionsIn({ includeOpen })} s ${rows} ${joins.join(" ")}`;
}

/** The condition that a session, or a row of it, takes part. */
export function whereSql(
  { filters }: Pick<ReportScope, "filters">,
  where: { range: Range; scope: NarrowScope | undefined; states: ReadonlyMap<string | undefined, string> },
  values: Values,
): string {
  const { range, scope, states } = where;
  const conditions = filters.map((filter) => {
    const isDimension = findDimension(filter.name) !== undefined;
    const sql = isDimension
      ? dimensionSql(filter.name, scope, values)
      : valueSql(getMetric(filter.name), (column) => sessionColumnSql(column, states));
    return filterSql(filter, sql, values);
  });
  return [`s."startedAt" >= ${range.fromMs}`, `s."startedAt" < ${range.toMs}`, ...conditions].join(" AND ");
}

/** Whether {@link compileRows} gives the totals too: where nothing but sums is asked for, and each is in one row. */
export function hasTotals(query: ReportQuery): boolean {
  const scope = scopeFor(query);
  return scope ? isOfRows(query, scope) : query.metrics.every(isSum);
}

function scopeFor({ dimensions, filters }: Pick<ReportQuery, "dimensions" | "filters">): NarrowScope | undefined {
  return scopeOf([...dimensions, ...filters.map(({ name }) => name)]);
}

function groupNames({ granularity, dimensions }: ReportQuery): string[] {
  return [...(granularity ? ["t"] : []), ...dimensions.map((_, at) => `d${at}`)];
}

/**
 * The groups as they are selected: the binding takes a byte order mark in front of a text for none of it, and so two
 * titles for one. It takes away one, and finds two.
 */
function readableGroups(query: ReportQuery, table: string): string[] {
  const types = groupTypes(query);
  return groupNames(query).map((group, at) => {
    const sql = table + group;
    return types[at] === VARCHAR ? `if(starts_with(${sql}, ${MARK}), ${MARK} || ${sql}, ${sql})` : sql;
  });
}

const TYPES: Readonly<Record<Dimension["type"], DuckDBType>> = { text: VARCHAR, number: DOUBLE, "yes-no": BOOLEAN };

function groupTypes({ granularity, dimensions }: ReportQuery): DuckDBType[] {
  const ofDimensions = dimensions.map((name) => TYPES[findDimension(name)?.type ?? "text"]);
  return granularity ? [BIGINT, ...ofDimensions] : ofDimensions;
}

function groupExpressions(query: ReportQuery, range: Range, scope: NarrowScope | undefined, values: Values) {
  const { granularity, dimensions, zone } = query;
  const time = granularity ? [{ name: "t", sql: bucketSql(granularity, range, zone) }] : [];
  return [...time, ...dimensions.map((name, at) => ({ name: `d${at}`, sql: dimensionSql(name, scope, values) }))];
}

/** All rows of a group are of one session, so any of its values is its value. */
function inGroup(flat: boolean, sql: string): string {
  return flat ? sql : `any_value(${sql})`;
}

function metricColumns({ metrics }: ReportQuery): string[] {
  return metrics.map((choice) => aggregateSql(choice, metrics, quoted));
}

/** Whatever is sorted by, rows that are equal in it have an order too: the same question gets the same answer. */
function orderSql({ sort, metrics, dimensions }: ReportQuery, groups: readonly string[]): string {
  const metricAt = metrics.findIndex(({ column }) => column === sort.column);
  const dimensionAt = dimensions.indexOf(sort.column);
  const chosen =
    sort.column === TIME_COLUMN ? "t" : dimensionAt >= 0 ? `d${dimensionAt}` : String(groups.length + metricAt + 1);
  const main = `${chosen} ${sort.descending ? "DESC" : "ASC"} NULLS LAST`;
  const first = sort.column === TIME_COLUMN && metrics.length > 0 ? [`${groups.length + 1} DESC NULLS LAST`] : [];
  return [main, ...first, ...groups.map((group) => `${group} ASC NULLS LAST`)].join(", ");
}

/** The number of the bucket as `calendar.ts` counts them. */
function bucketSql(granularity: Granularity, range: Range, zone: string): string {
  const started = 's."startedAt"';
  // A change shortly before the range may lie in its first hour.
  const offsets = offsetsOf({ ...range, fromMs: range.fromMs - HOUR_MS }, zone);
  const local = `(${started} + ${byOffset(offsets, ({ offsetMs }) => offsetMs)})`;
  switch (granularity) {
    case "minute":
      return startSql(started, local, { unitMs: MINUTE_MS, offsets });
    case "hour":
      return startSql(started, local, { unitMs: HOUR_MS, offsets });
    case "day":
      return `${local} // ${DAY_MS}`;
    case "week":
      return `(${local} // ${DAY_MS} + ${EPOCH_DAYS_INTO_WEEK}) // ${DAYS_PER_WEEK}`;
    case "month":
      return `datediff('month', DATE '1970-01-01', make_timestamp(${local} * ${US_PER_MS})::DATE)`;
  }
}

/** The beginning of a minute or an hour, which is not before a change of the clocks that lies in it. */
function startSql(
  started: string,
  local: string,
  { unitMs, offsets }: { unitMs: number; offsets: readonly ZoneOffset[] },
): string {
  const sql = `${started} - ${local} % ${unitMs}`;
  const isWhole = offsets.every(({ offsetMs }) => (offsetMs - (offsets[0]?.offsetMs ?? 0)) % unitMs === 0);
  // Before the first change of the range there is none to mind.
  return isWhole ? sql : `greatest(${sql}, ${byOffset(offsets, ({ fromMs }, at) => (at === 0 ? 0 : fromMs))})`;
}

/** What goes with the offset in force. Adding an offset costs a twentieth of asking the calendar for each row. */
function byOffset(offsets: readonly ZoneOffset[], pick: (offset: ZoneOffset, at: number) => number): string {
  const [first = "0", ...later] = offsets.map((offset, at) => String(pick(offset, at)));
  const cases = later.map((value, at) => `WHEN s."startedAt" >= ${offsets[at + 1]?.fromMs} THEN ${value}`);
  return later.length === 0 ? first : `(CASE ${cases.toReversed().join(" ")} ELSE ${first} END)`;
}

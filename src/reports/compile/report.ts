/** compile: from a question to the SQL of its rows and of its totals. */

import { BIGINT, BOOLEAN, DOUBLE, type DuckDBType, type DuckDBValue, LIST, listValue, VARCHAR } from "@duckdb/node-api";
import { quoted } from "../../base/sql.ts";
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
import { columnOf } from "../facts/database.ts";
import type { MetricChoice, ReportQuery, ReportScope } from "../query/query.ts";
import { TIME_COLUMN } from "../query/query.ts";
import { VERSIONS_SQL } from "./definitions.ts";
import { filterSql } from "./filter.ts";
import {
  aggregateSql,
  columnsOf,
  getMetric,
  isPercentile,
  isSum,
  metricOfSums,
  sessionColumnSql,
  statesAmong,
  summedSql,
  valueSql,
} from "./metric.ts";
import {
  dimensionSql,
  type NarrowScope,
  type RowColumns,
  SCOPES,
  type ShownSessions,
  scopeOf,
  sessionsIn,
  togetherSql,
} from "./source.ts";
import { type Row, type Statement, Values } from "./statement.ts";

const US_PER_MS = 1000;
const MARK = "chr(65279)";
/** How many sessions there are, how many of them are open, and a bit for each version of the definitions. */
const COUNTS = ["count(*) AS total", "count(*) FILTER (open) AS going", "bit_or(versions) AS versions"];
const COUNTED = ["total", "going", "versions"];
/** The same of a group is not asked for. */
const NO_COUNTS = COUNTED.map((name) => `NULL AS ${name}`);

/** Rows whose numbers are wanted, by their time and dimensions. */
type Keys = readonly (readonly unknown[])[];

/**
 * A statement, and how its rows are read: time, dimensions, metrics, how many rows there are, then what is counted of
 * all sessions.
 */
interface CompiledRows {
  readonly statement: Statement;
  readonly read: (row: Row) => Row;
}

/**
 * The rows of a report after one for all sessions, even those whose rows are beyond the limit; only that one has the
 * counts.
 */
export function compileRows(query: ReportQuery): CompiledRows {
  const scope = scopeFor(query);
  const isOfSums = scope ? isOfRows(query, scope) : query.metrics.every(isSum);
  return isOfSums ? compileSums(query, scope) : compileMetrics(query, scope);
}

/** Where not all is a sum: the metrics of each group, and those of all sessions. */
function compileMetrics(query: ReportQuery, scope: NarrowScope | undefined): CompiledRows {
  const values = new Values();
  const groups = groupNames(query);
  const metrics = metricColumns(query);
  const names = metrics.map((_, at) => `m${at}`);
  const named = metrics.map((metric, at) => `${metric} AS ${names[at]}`);
  const tables = [
    `r AS (${sourceSql(query, query.range, values)})`,
    `a AS ${scope ? "MATERIALIZED" : ""} (${sourceSql(wholeOf(query), query.range, values, scope)})`,
  ];
  const ofGroups = `${[...groups, ...named, ...NO_COUNTS].join(", ")} FROM r GROUP BY ${groups.join(", ")}`;
  const order = orderSql(query, (at) => `m${at}`);
  const sql = placedSql(query, { tables, names, ofGroups, ofAll: ofAllSql(query, "a"), order });
  return { statement: values.statement(sql), read: (row) => row };
}

/**
 * The metrics of all rows of a table, then the counts of these.
 *
 * Each metric's percentiles are found apart: of two metrics in one look the engine finds them in five times the time.
 */
function ofAllSql(query: ReportQuery, table: string): string {
  const columns = metricColumns(query).map((sql, at) => ({ at, sql: `${sql} AS m${at}` }));
  const apart = Map.groupBy(columns, ({ at }) => {
    const metric = query.metrics[at] as MetricChoice;
    return isPercentile(metric) ? metric.id : undefined;
  });
  const rest = (apart.get(undefined) ?? []).map(({ sql }) => sql);
  apart.delete(undefined);
  const looks = [[...rest, ...COUNTS], ...[...apart.values()].map((each) => each.map(({ sql }) => sql))].map(
    (each) => `(SELECT ${each.join(", ")} FROM ${table})`,
  );
  return `${[...columns.map(({ at }) => `m${at}`), ...COUNTED].join(", ")} FROM ${looks.join(", ")}`;
}

/**
 * Where all is made of sums of rows: with one look at the sessions.
 *
 * The engine adds up, and what is made of sums is made of the rows that are asked for: to plan such a column takes it
 * longer than all of them take here.
 */
function compileSums(query: ReportQuery, scope: NarrowScope | undefined): CompiledRows {
  const values = new Values();
  const groups = groupNames(query);
  const sums = new Map([...new Set(query.metrics.flatMap(summedSql))].map((column, at) => [column, `m${at}`]));
  const names = [...sums.values()];
  const ofGroup = [...sums].map(([column, name]) => `sum(${column})::DOUBLE AS ${name}`);
  if (!scope) ofGroup.push(...COUNTS);
  const tables = [
    `r AS ${scope ? "MATERIALIZED" : ""} (${sourceSql(query, query.range, values)})`,
    `g AS MATERIALIZED (SELECT ${[...groups, ...ofGroup].join(", ")} FROM r GROUP BY ${groups.join(", ")})`,
  ];
  const counts = scope ? SESSIONS_OF_ROWS : "SELECT sum(total), sum(going), bit_or(versions) FROM g";
  const ofGroups = `${[...groups, ...names, ...NO_COUNTS].join(", ")} FROM g`;
  const ofAll = `* FROM (SELECT ${names.map((name) => `sum(${name})`).join(", ")} FROM g) t, (${counts}) n`;
  const summing = (column: string) => `coalesce(${sums.get(column)}, 0)`;
  const order = orderSql(query, (at) =>
    aggregateSql(query.metrics[at] as MetricChoice, query.metrics, quoted, summing),
  );
  const places = new Map([...sums.keys()].map((column, at) => [column, groups.length + at]));
  const read = (row: Row) => [
    ...row.slice(0, groups.length),
    ...query.metrics.map((metric) => metricOfSums(metric, (column) => Number(row[places.get(column) ?? 0] ?? 0))),
    ...row.slice(groups.length + places.size),
  ];
  return { statement: values.statement(placedSql(query, { tables, names, ofGroups, ofAll, order })), read };
}

/** Rows with the one of all in front of them. */
function placedSql(
  query: ReportQuery,
  parts: { tables: string[]; names: string[]; ofGroups: string; ofAll: string; order: string },
): string {
  const { tables, names, ofGroups, ofAll, order } = parts;
  const nulls = groupNames(query).map(() => "NULL");
  return [
    `WITH ${tables.join(",\n")}`,
    `SELECT ${[...readableGroups(query, ""), ...names, "found", ...COUNTED].join(", ")} FROM (`,
    // How many groups there are, the limit aside.
    `SELECT 1 AS place, count(*) OVER () AS found, ${ofGroups}`,
    `UNION ALL SELECT 0, NULL, ${nulls.join(", ")}, ${ofAll}`,
    `) ORDER BY place, ${order} LIMIT ${query.limit + 1}`,
  ].join("\n");
}

/** How many sessions the rows are of; `count(DISTINCT …)` takes four times as long. */
const SESSIONS_OF_ROWS = `SELECT ${COUNTS.join(", ")} FROM (SELECT DISTINCT session, open, versions FROM r)`;

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

/** The numbers over all sessions, then the counts of these. */
export function compileTotals(query: ReportQuery, range: Range = query.range): Statement {
  const values = new Values();
  const scope = scopeFor(query);
  const source = sourceSql(wholeOf(query), range, values, scope);
  if (!isOfRows(query, scope)) {
    return values.statement(`WITH r AS ${scope ? "MATERIALIZED" : ""} (${source}) SELECT ${ofAllSql(query, "r")}`);
  }
  const metrics = metricColumns(query).join(", ");
  const tables = `WITH r AS MATERIALIZED (${source}), n AS (${SESSIONS_OF_ROWS})`;
  return values.statement(`${tables} SELECT * FROM (SELECT ${metrics} FROM r), n`);
}

/** Sessions that pass the filters, with what a query needs of them: a row a session, or one a session and value. */
function sourceSql(query: ReportQuery, range: Range, values: Values, scope = scopeFor(query)): string {
  const columns = columnsOfAll(query);
  const ofRows: RowColumns = scope ? SCOPES[scope].columns : {};
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
  const ofSession = [`${inGroup(flat, 's."open"')} AS open`, `${inGroup(flat, VERSIONS_SQL)} AS versions`];
  return [
    `SELECT ${["s.session AS session", ...named, ...ofSession, ...select].join(", ")}`,
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
  const { columns }: { readonly columns: RowColumns } = SCOPES[scope];
  return query.metrics.every(isSum) && columnsOfAll(query).every((column) => columns[column]?.together === "sum");
}

/** The sessions of a question, joined with the rows of its scope and with the player states that it counts. */
export function fromSql(
  shown: ShownSessions,
  scope: NarrowScope | undefined,
  states: ReadonlyMap<string | undefined, string>,
  values: Values,
): string {
  const joins = [...states].map(([name, alias]) => {
    const only = name === undefined ? "" : `WHERE ${columnOf("media.state.name")} = ${values.add(name)}`;
    const sums = `session, sum("count") AS "count", 1 AS "streams", sum("duration") AS "duration"`;
    const table = sessionsIn(shown, "states");
    return `LEFT JOIN (SELECT ${sums} FROM ${table} ${only} GROUP BY session) ${alias} ON ${alias}.session = s.session`;
  });
  const rows = scope ? `JOIN ${sessionsIn(shown, SCOPES[scope].table)} x ON x.session = s.session` : "";
  return `FROM ${sessionsIn(shown)} s ${rows} ${joins.join(" ")}`;
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
  return [inRangeSql(range), ...conditions].join(" AND ");
}

/** Whether a session is in a range: wherever sessions are read, so that the engine passes over the others' blocks. */
export function inRangeSql({ fromMs, toMs }: Range): string {
  return `s."startedAt" >= ${fromMs} AND s."startedAt" < ${toMs}`;
}

/** The same question of all sessions together. */
function wholeOf({ granularity: _, ...query }: ReportQuery): ReportQuery {
  return { ...query, dimensions: [] };
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
function orderSql(query: ReportQuery, metricSql: (at: number) => string): string {
  const { sort, metrics, dimensions } = query;
  const metricAt = metrics.findIndex(({ column }) => column === sort.column);
  const dimensionAt = dimensions.indexOf(sort.column);
  const chosen = sort.column === TIME_COLUMN ? "t" : dimensionAt >= 0 ? `d${dimensionAt}` : metricSql(metricAt);
  const main = `${chosen} ${sort.descending ? "DESC" : "ASC"} NULLS LAST`;
  const first = sort.column === TIME_COLUMN && metrics.length > 0 ? [`${metricSql(0)} DESC NULLS LAST`] : [];
  return [main, ...first, ...groupNames(query).map((group) => `${group} ASC NULLS LAST`)].join(", ");
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

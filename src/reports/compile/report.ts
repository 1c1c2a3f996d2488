/** compile: from a plan to the SQL of its rows and of its totals, and back from what the engine found to numbers. */

import { quoted } from "../../base/sql.ts";
import type { Range } from "../calendar.ts";
import { everywhere } from "../facts/names.ts";
import { placeSql } from "../places.ts";
import { CRAWLERS } from "../query/bots.ts";
import { codedKeys, groupsSql } from "./coded.ts";
import { VERSIONS_SQL } from "./definitions.ts";
import { numberOf, sqlOf } from "./expression.ts";
import { type Look, type LookedAt, PREFIXES, periodsOf, selectSql } from "./look.ts";
import { type Aggregate, IS_NEW, sessionColumnSql, VIEWER } from "./metric.ts";
import {
  columnsIn,
  groupSql,
  hasViewers,
  isOfRows,
  isPlainSeries,
  isSummed,
  keyAt,
  keysIn,
  ofSessions,
  type Plan,
  type PlannedMetric,
  type PlannedPeriod,
} from "./plan.ts";
import { clockOf, lookAtPlaying, type PlayingClock } from "./playing.ts";
import { isRanked, rankedIn } from "./ranked.ts";
import { fromSql, STARTED_AT, whereSql, withoutList } from "./selection.ts";
import { type RowColumns, readableSql, SCOPES, togetherSql } from "./source.ts";
import { type ResultRow, type Statement, Values } from "./statement.ts";

/** How many sessions there are, how many are open or of crawlers, and a bit for each version of the definitions. */
const COUNTS: Readonly<Record<string, { readonly sql: string; readonly summed: string }>> = {
  total: { sql: "count(*)", summed: "sum(total)" },
  going: { sql: "count(*) FILTER (open)", summed: "sum(going)" },
  bots: { sql: "count(*) FILTER (crawled)", summed: "sum(bots)" },
  versions: { sql: "bit_or(versions)", summed: "bit_or(versions)" },
};
/** Asked for with viewers: sessions that name none. */
const WITHOUT_VIEWER = "withoutViewer";
const WITHOUT_VIEWER_COUNT = { sql: `count(*) FILTER (${VIEWER} IS NULL)`, summed: `sum(${WITHOUT_VIEWER})` };
const CRAWLED_SQL = `s.${quoted(CRAWLERS.name)} = '${CRAWLERS.value}'`;

function countsOf(plan: Plan): typeof COUNTS {
  return hasViewers(plan) ? { ...COUNTS, [WITHOUT_VIEWER]: WITHOUT_VIEWER_COUNT } : COUNTS;
}

/** What the engine found: totals, then rows. */
export interface FoundReport {
  readonly totals: FoundRow;
  readonly rows: readonly FoundRow[];
  /** How many rows there are, the limit aside. */
  readonly rowsTotal: number;
  /** Counts of all sessions by their names. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface FoundRow {
  readonly keys: ResultRow;
  /** A number for each metric of the plan. */
  readonly numbers: readonly (number | null)[];
}

/** Numbers of no session at all. */
export function noNumbers({ metrics }: Plan): FoundRow["numbers"] {
  return metrics.map((metric) => metricOf(metric, () => null));
}

/** The rows after one for all sessions, even those whose rows are beyond the limit; only that one has the counts. */
export function compile(plan: Plan): Statement {
  const values = new Values();
  const periods = periodsOf(plan);
  const looks = periods.flatMap((period) => [lookAt(plan, period, values), lookAtPlaying(plan, period, values)]);
  const clocks = periods.flatMap((period) => clockOf(plan, period, values) ?? []);
  const tables = [...looks.flatMap((look) => look.tables), ...clocks.map(({ table, sql }) => `${table} AS (${sql})`)];
  const names = namesIn(plan);
  const counted = Object.keys(countsOf(plan));
  const selects = [
    `SELECT 0 AS place, NULL AS found, ${[...keysIn(plan).map((key) => `NULL AS ${key}`), ...names, ...counted]}`,
    `FROM ${[...looks.flatMap(({ totals }) => totals), ...clocks.map(({ total }) => total)].join(", ")}`,
  ];
  if (plan.groups.length > 0) {
    const noCounts = counted.map((name) => `NULL AS ${name}`);
    // A longer period before has places that this one lacks.
    const places = plan.now.places?.startsMs.length;
    const within = plan.previous && places !== undefined ? `WHERE k0 < ${places}` : "";
    tables.push(`g AS (SELECT * FROM (${withClocks(plan, joinedSql(plan, looks), clocks)}) ${within})`);
    selects.unshift(`SELECT 1 AS place, count(*) OVER () AS found, ${[...keysIn(plan), ...names, ...noCounts]}`);
    selects.splice(1, 0, "FROM g UNION ALL BY NAME");
  }
  const order = ["place", ...(plan.groups.length > 0 ? orderSql(plan) : [])];
  return values.statement(
    [
      `WITH ${tables.join(",\n")}`,
      `SELECT ${[...readableKeys(plan), ...names, "found", ...counted].join(", ")} FROM (`,
      ...selects,
      `) ORDER BY ${order.join(", ")} LIMIT ${plan.limit + 1}`,
    ].join("\n"),
  );
}

/** Reads what a compiled statement gives. */
export function readFound(plan: Plan, rows: readonly ResultRow[]): FoundReport {
  const [totals = [], ...found] = rows;
  const at = plan.groups.length;
  const names = new Map(namesIn(plan).map((name, index) => [name, at + index]));
  const rowOf = (row: ResultRow): FoundRow => ({
    keys: row.slice(0, at),
    numbers: plan.metrics.map((metric) => metricOf(metric, (name) => numberIn(row[names.get(name) ?? -1]))),
  });
  return {
    totals: rowOf(totals),
    rows: found.map(rowOf),
    rowsTotal: Number(found[0]?.[at + names.size] ?? 0),
    counts: Object.fromEntries(
      Object.keys(countsOf(plan)).map((name, index) => [name, Number(totals[at + names.size + 1 + index] ?? 0)]),
    ),
  };
}

function numberIn(cell: unknown): number | null {
  return typeof cell === "number" ? cell : null;
}

/** @param find what the engine found under a name */
function metricOf({ value, when, decimals }: PlannedMetric, find: (name: string) => number | null): number | null {
  const found = (each: keyof typeof PREFIXES) => numberOf(value, (key) => find(PREFIXES[each] + key));
  if (when !== "change") {
    const number = found(when);
    return number === null || decimals === undefined ? number : Number(number.toFixed(decimals));
  }
  const now = found("now");
  const before = found("previous");
  return now !== null && before !== null && before > 0 ? (now - before) / before : null;
}

/** The engine's names of all that it finds. */
function namesIn(plan: Plan, from: readonly Aggregate["from"][] = ["sessions", "plays", "clock"]): string[] {
  const aggregates = plan.aggregates.filter((each) => from.includes(each.from));
  return periodsOf(plan).flatMap(({ prefix }) => aggregates.map(({ key }) => prefix + key));
}

/** Where the counts of all sessions come from: sums of groups, the sessions of rows, or sessions as wholes. */
type CountedIn = "groups" | "rows" | "whole";

function countedBy(plan: Plan): CountedIn {
  if (isOfRows(plan)) return "rows";
  // Where all sessions are looked at in any case, counting them there takes half of the time.
  const areSummed = isGroupedBySession(plan) && ofSessions(plan).every((each) => isSummed(plan, each));
  return areSummed && !plan.selection.scope ? "groups" : "whole";
}

/** Whether sessions have groups; where playing alone is asked for, it alone has some. */
function isGroupedBySession(plan: Plan): boolean {
  return plan.groups.length > 0 && ofSessions(plan).length > 0;
}

/**
 * Looks at the sessions of a period: once for the groups, and again for the totals that are no sum of them.
 *
 * The engine adds up, and what is made of sums is made of the rows that are asked for: to plan such a column takes it
 * longer than all of them take here.
 */
function lookAt(plan: Plan, { prefix, period }: LookedAt, values: Values): Look {
  const { scope, list } = plan.selection;
  const aggregates = ofSessions(plan);
  const isGrouped = isGroupedBySession(plan);
  const ofRows = isOfRows(plan);
  const others = aggregates.filter((each) => !isGrouped || !isSummed(plan, each));
  // Rows in sessions are put together by session, once for each group, and once for all.
  const hasWhole = isGrouped && (others.length > 0 || (scope !== undefined && !ofRows) || list !== undefined);
  const names = { rows: `r${prefix}`, groups: `g${prefix}`, whole: `${hasWhole ? "w" : "r"}${prefix}` };
  const ranked = rankedIn(names.whole, others.filter(isRanked), prefix);
  const unranked = others.filter((each) => !isRanked(each));
  const countedIn = countedBy(plan);
  const counts = prefix === PREFIXES.now ? Object.entries(countsOf(plan)) : [];
  const countsSql = counts.map(([name, { sql }]) => `${sql} AS ${name}`);
  const named = ({ key, sql }: Aggregate) => `${sql} AS ${prefix}${key}`;
  const namedOfAll = ({ sqlOfAll, ...each }: Aggregate) => named({ ...each, sql: sqlOfAll ?? each.sql });
  const keys = keysIn(plan);
  const coded = codedKeys(plan);
  const kept = scope ? "MATERIALIZED" : "";
  const keptWhole = isCheap(plan) ? "NOT MATERIALIZED" : kept;
  const keptRows = coded.length > 0 ? keptWhole : kept;
  const ofGroups = [...aggregates.map(named), ...(countedIn === "groups" ? countsSql : [])];
  const sums = aggregates.filter((each) => !others.includes(each)).map(({ key }) => prefix + key);
  const summed = [
    ...sums.map((name) => `sum(${name}) AS ${name}`),
    ...(countedIn === "groups" ? counts.map(([name, { summed: sql }]) => `${sql} AS ${name}`) : []),
  ];
  return {
    ...(isGrouped && { groups: names.groups }),
    tables: [
      `${names.rows} AS ${keptRows} (${sourceSql(plan, period, values, isGrouped)})`,
      ...(isGrouped
        ? [`${names.groups} AS MATERIALIZED (${groupsSql(names.rows, { keys, coded, named: ofGroups })})`]
        : []),
      ...(hasWhole ? [`${names.whole} AS ${keptWhole} (${sourceSql(plan, period, values, false)})`] : []),
      ...ranked.tables,
    ],
    totals: [
      selectSql(summed, names.groups),
      selectSql(countedIn === "rows" ? countsSql : [], sessionsOf(names.rows)),
      ...ranked.totals,
      ...apartSql(unranked, namedOfAll, countedIn === "whole" ? countsSql : []).map((each) =>
        selectSql(each, names.whole),
      ),
    ].filter((sql) => sql !== ""),
  };
}

/** Whether to read sessions again, for each look, takes less than to keep what was read. */
function isCheap({ selection: { scope, filters, shown, states } }: Plan): boolean {
  return scope === undefined && filters.length === 0 && states.size === 0 && shown.mended !== false;
}

/**
 * Aggregates by looks: each metric's percentiles are found apart, since of two metrics in one look the engine finds
 * them in five times the time.
 */
function apartSql(
  aggregates: readonly Aggregate[],
  named: (aggregate: Aggregate) => string,
  counts: readonly string[],
): string[][] {
  const apart = Map.groupBy(aggregates, (each) => each.apart);
  const together = apart.get(undefined) ?? [];
  apart.delete(undefined);
  return [[...together.map(named), ...counts], ...[...apart.values()].map((each) => each.map(named))];
}

/** The sessions that rows are of; `count(DISTINCT …)` takes four times as long. */
function sessionsOf(rows: string): string {
  return `(SELECT DISTINCT session, open, crawled, versions FROM ${rows})`;
}

/** The groups of all looks side by side: some are in one of them alone. */
function joinedSql(plan: Plan, looks: readonly Look[]): string {
  const groups = looks.flatMap((look) => look.groups ?? []);
  const [only, ...others] = groups;
  if (others.length === 0) return `SELECT * FROM ${only}`;
  const keys = keysIn(plan).join(", ");
  const found = namesIn(plan, ["sessions", "plays"]).map((name) => `any_value(${name}) AS ${name}`);
  const all = groups.map((table) => `SELECT * FROM ${table}`).join(" UNION ALL BY NAME ");
  return `SELECT ${[keys, ...found].join(", ")} FROM (${all}) GROUP BY ${keys}`;
}

/** Rows with how much of the range their times have. In a plain series every time has a row. */
function withClocks(plan: Plan, rows: string, clocks: readonly PlayingClock[]): string {
  const join = isPlainSeries(plan) ? "FULL" : "LEFT";
  return clocks.reduce((sql, { table, keys }) => {
    const on = keys.length > 0 ? `USING (${keys.join(", ")})` : "ON true";
    return `SELECT * FROM (${sql}) r ${join} JOIN ${table} ${on}`;
  }, rows);
}

/** Sessions that pass the filters, with what a plan needs of them: one row per session, or per session and group. */
function sourceSql(plan: Plan, { range, places }: PlannedPeriod, values: Values, isGrouped: boolean): string {
  const selection = isGrouped ? plan.selection : withoutList(plan.selection);
  const { scope, states } = selection;
  const ofRows: RowColumns = scope ? SCOPES[scope].columns : {};
  const flat = scope === undefined || isOfRows(plan);
  // All rows of a group are of one session, so any of its values is its value.
  const ofSession = (sql: string) => (flat ? sql : `any_value(${sql})`);
  const time = places && isGrouped ? (instant: string) => placeSql(places, instant) : undefined;
  const select = columnsIn(plan).map((column) => {
    if (column === IS_NEW) return `${ofSession(isNewSql(range, time))} AS ${IS_NEW}`;
    const ofRow = ofRows[column];
    const sql = ofRow ? (flat ? ofRow.each : togetherSql(ofRow)) : ofSession(sessionColumnSql(column, states));
    return `${sql} AS ${quoted(column)}`;
  });
  const moment = { instant: STARTED_AT, range, zone: plan.selection.zone };
  const keys = (isGrouped ? plan.groups : []).map((group, at) => {
    return `${groupSql(plan, group, { moment, places, values })} AS ${keyAt(at)}`;
  });
  const own = [
    `${ofSession('s."open"')} AS open`,
    `${ofSession(CRAWLED_SQL)} AS crawled`,
    `${ofSession(VERSIONS_SQL)} AS versions`,
  ];
  return [
    `SELECT ${["s.session AS session", ...keys, ...own, ...select].join(", ")}`,
    fromSql(selection, values),
    columnsIn(plan).includes(IS_NEW) ? FIRSTS : "",
    `WHERE ${whereSql(selection, range, values)}`,
    flat ? "" : `GROUP BY ${["s.session", ...(isGrouped ? keysIn(plan) : [])].join(", ")}`,
  ].join("\n");
}

/** When each viewer's first session on record began: filters and dimensions never change who is new. */
const FIRSTS = `LEFT JOIN (SELECT viewer, min("startedAt") AS "firstAt" FROM ${everywhere("sessions")}
  WHERE viewer IS NOT NULL GROUP BY viewer) f ON f.viewer = s.viewer`;

/** Whether the viewer of a session is new in the range, and in the session's period of it. */
function isNewSql({ fromMs }: Range, time: ((instant: string) => string) | undefined): string {
  const isInRange = `f."firstAt" >= ${fromMs}`;
  return time ? `(${isInRange} AND ${time('f."firstAt"')} = ${time(STARTED_AT)})` : `(${isInRange})`;
}

function readableKeys({ groups }: Plan): string[] {
  return groups.map(({ type }, at) => readableSql(keyAt(at), type));
}

/** Whatever is sorted by, rows that are equal in it have an order too: the same question gets the same answer. */
function orderSql(plan: Plan): string[] {
  const { order, metrics } = plan;
  const metricSql = (at: number) => {
    const { value, when } = metrics[at] as PlannedMetric;
    const found = (each: keyof typeof PREFIXES) => `(${sqlOf(value, (key) => PREFIXES[each] + key)})`;
    if (when !== "change") return found(when);
    const now = found("now");
    const before = found("previous");
    return `CASE WHEN ${before} > 0 THEN (${now} - ${before})::DOUBLE / ${before} END`;
  };
  const chosen = order.by === "group" ? keyAt(order.at) : metricSql(order.at);
  const main = `${chosen} ${order.descending ? "DESC" : "ASC"} NULLS LAST`;
  const isByTime = order.by === "group" && plan.groups[order.at]?.type === "place";
  const first = isByTime && metrics.length > 0 ? [`${metricSql(0)} DESC NULLS LAST`] : [];
  return [main, ...first, ...keysIn(plan).map((key) => `${key} ASC NULLS LAST`)];
}

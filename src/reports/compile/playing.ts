/**
 * Time of playing as SQL. It is dated by itself, not by the session's start, and parted where a row's time changes: a
 * session that plays over midnight is on both days.
 */

import type { Range } from "../calendar.ts";
import { type Places, placeSql, placeStartSql } from "../places.ts";
import { type Look, type LookedAt, selectSql } from "./look.ts";
import { type Aggregate, PASSED, PLAYED } from "./metric.ts";
import { groupSql, isOfTime, keyAt, keysIn, type Plan, type PlannedPeriod } from "./plan.ts";
import { filtersSql, fromSql, STARTED_AT, withoutList } from "./selection.ts";
import { isTimeOf, sessionsIn, type ZonedInstant } from "./source.ts";
import type { Values } from "./statement.ts";

/** Looks at the playing of a period: once for the groups, and again for totals of sessions that are in several. */
export function lookAtPlaying(plan: Plan, { prefix, period }: LookedAt, values: Values): Look {
  const aggregates = plan.aggregates.filter(({ from }) => from === "plays");
  if (aggregates.length === 0) return { tables: [], totals: [] };
  const groups = `pg${prefix}`;
  const whole = `pw${prefix}`;
  const named = aggregates.map(({ key, sql }) => `${sql} AS ${prefix}${key}`);
  if (plan.groups.length === 0)
    return { tables: [], totals: [selectSql(named, `(${playedSql(plan, period, values)})`)] };
  const isSummed = plan.selection.scope === undefined && plan.selection.list === undefined;
  const keys = keysIn(plan);
  return {
    groups,
    tables: [
      `${groups} AS MATERIALIZED (SELECT ${[...keys, ...named].join(", ")}
        FROM (${playedSql(plan, period, values, keys)}) GROUP BY ${keys.join(", ")})`,
      ...(isSummed ? [] : [`${whole} AS (${playedSql(plan, period, values)})`]),
    ],
    totals: [
      isSummed
        ? selectSql(
            aggregates.map(({ key }) => `sum(${prefix}${key}) AS ${prefix}${key}`),
            groups,
          )
        : "",
      isSummed ? "" : selectSql(named, whole),
    ].filter((sql) => sql !== ""),
  };
}

/** How much of a period's range each time of a row has. */
export interface PlayingClock {
  readonly table: string;
  readonly sql: string;
  /** The keys that it has by themselves: those of time. */
  readonly keys: readonly string[];
  /** A table of one row for the whole range. */
  readonly total: string;
}

/** The clock that means over the time of a row need; undefined where none is asked for. */
export function clockOf(plan: Plan, { prefix, period }: LookedAt, values: Values): PlayingClock | undefined {
  const aggregates = plan.aggregates.filter(({ from }) => from === "clock");
  if (aggregates.length === 0) return undefined;
  const named = ({ key, sql }: Aggregate) => `${sql} AS ${prefix}${key}`;
  const keys = plan.groups.flatMap((group, at) => (isOfTime(group) ? [keyAt(at)] : []));
  const { fromMs, toMs } = period.range;
  const range = `SELECT ${fromMs} AS a, ${toMs} AS b`;
  const passed = (own: readonly string[]) =>
    datedSql(plan, period, values, { whole: range, keys: own, length: PASSED });
  const grouped = keys.length === 0 ? "" : `GROUP BY ${keys.join(", ")}`;
  return {
    table: `c${prefix}`,
    sql: `SELECT ${[...keys, ...aggregates.map(named)].join(", ")} FROM (${passed(keys)}) ${grouped}`,
    keys,
    total: selectSql(aggregates.map(named), `(${passed([])})`),
  };
}

/** Stretches of playing with their keys, each within one time of a row. */
function playedSql(plan: Plan, period: PlannedPeriod, values: Values, keys: readonly string[] = []): string {
  const { fromMs, toMs } = period.range;
  const chosen = playersSql(plan, period, values, keys.length > 0);
  const own = chosen?.keys.map((key) => `c.${key} AS ${key}`) ?? [];
  const columns = [...own, "p.ad AS ad", `greatest(p."fromMs", ${fromMs}) AS a`, `least(p."toMs", ${toMs}) AS b`];
  const whole = `SELECT ${columns.join(", ")} FROM ${sessionsIn(plan.selection.shown, "plays")} p
    ${chosen ? `JOIN (${chosen.sql}) c ON c.session = p.session` : ""}
    WHERE p."toMs" > ${fromMs} AND p."fromMs" < ${toMs}`;
  return datedSql(plan, period, values, { whole, keys, length: PLAYED, columns: ["ad"] });
}

/** The sessions that pass the filters, once for each value of the dimensions; undefined where all of them do. */
function playersSql(plan: Plan, { range }: PlannedPeriod, values: Values, isGrouped: boolean) {
  const { groups } = plan;
  const selection = isGrouped ? plan.selection : withoutList(plan.selection);
  const filters = selection.filters.filter(({ name }) => !isTimeOf(name));
  const moment = { instant: STARTED_AT, range, zone: selection.zone };
  const own = isGrouped ? groups.flatMap((group, at) => (isOfTime(group) ? [] : [{ group, key: keyAt(at) }])) : [];
  if (filters.length === 0 && own.length === 0 && !selection.scope) return undefined;
  const keys = own.map(({ group, key }) => `${groupSql(plan, group, { moment, places: undefined, values })} AS ${key}`);
  const where = [`${STARTED_AT} < ${range.toMs}`, ...filtersSql(selection, filters, moment, values)];
  const sql = `SELECT ${selection.scope ? "DISTINCT" : ""} ${["s.session AS session", ...keys].join(", ")}
    ${fromSql(selection, values)} WHERE ${where.join(" AND ")}`;
  return { sql, keys: own.map(({ key }) => key) };
}

interface Dated {
  /** Stretches from `a` to `b`. */
  readonly whole: string;
  readonly keys: readonly string[];
  /** What their length is called. */
  readonly length: string;
  readonly columns?: readonly string[];
}

/** Parts stretches where times change, and gives each part its keys of time. */
function datedSql(
  plan: Plan,
  period: PlannedPeriod,
  values: Values,
  { whole, keys, length, columns = [] }: Dated,
): string {
  const { selection, groups } = plan;
  const moment: ZonedInstant = { instant: "a", range: period.range, zone: selection.zone };
  const asked = groups.flatMap((group, at) => (keys.includes(keyAt(at)) ? [{ group, key: keyAt(at) }] : []));
  const own = asked.map(({ group, key }) => {
    if (!isOfTime(group)) return key;
    const isPart = group.type === "place" && period.parts === period.places;
    return `${isPart ? "place" : groupSql(plan, group, { moment, places: period.places, values })} AS ${key}`;
  });
  const filters = selection.filters.filter(({ name }) => isTimeOf(name));
  const where = filtersSql(selection, filters, moment, values);
  const kept = [...asked.flatMap(({ group, key }) => (isOfTime(group) ? [] : [key])), ...columns];
  const parts = period.parts && partedSql(whole, kept, period.range, period.parts);
  return `SELECT ${[...own, ...columns, `${parts ? "ms" : "b - a"} AS ${length}`].join(", ")} FROM (${parts ?? whole}) s
    ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}`;
}

/**
 * Parts stretches from `a` to `b` where a place ends. A part has its place, an instant `a` in it, and milliseconds.
 *
 * Stretches that begin in one place and end in one place are added up before they are parted: then so few are left that
 * parting takes no time. Sums of instants don't fit into 64 bits.
 */
function partedSql(whole: string, kept: readonly string[], { fromMs }: Range, parts: Places): string {
  const startOf = (place: string) => placeStartSql(parts, `(${place})`);
  const last = `CASE WHEN b <= ${startOf("first + 1")} THEN first ELSE ${placeSql(parts, "(b - 1)")} END AS last`;
  const sums = `SELECT ${[...kept, "first", last].join(", ")}, count(*)::HUGEINT AS n, sum(a) AS a, sum(b) AS b
    FROM (SELECT *, ${placeSql(parts, "a")} AS first FROM (${whole})) GROUP BY ALL`;
  const begin = `CASE WHEN place = first THEN a ELSE n * ${startOf("place")} END`;
  const end = `CASE WHEN place = last THEN b ELSE n * ${startOf("place + 1")} END`;
  return `SELECT * REPLACE (greatest(${startOf("place")}, ${fromMs}) AS a), (${end}) - (${begin}) AS ms
    FROM (SELECT *, unnest(range(first, last + 1)) AS place FROM (${sums}))`;
}

/** The sessions that a question is about, or rows in them, as SQL. */

import type { Range } from "../calendar.ts";
import { findDimension, findGroup, metricIdIn } from "../catalogue/dimensions.ts";
import { columnOf } from "../facts/names.ts";
import type { Filter } from "../query/filter.ts";
import type { ReportScope } from "../query/query.ts";
import { VERSIONS_SQL } from "./definitions.ts";
import { filterSql } from "./filter.ts";
import { getMetric, groupedSql, sessionColumnSql, statesAmong, valueSql } from "./metric.ts";
import {
  dimensionSql,
  listedSql,
  type NarrowScope,
  SCOPES,
  type ShownSessions,
  scopeOf,
  sessionsIn,
  someOfListSql,
  type ZonedInstant,
} from "./source.ts";
import type { Values } from "./statement.ts";

/** Which rows a question reads. */
export interface Selection {
  /** The time zone that dimensions of time are in. */
  readonly zone: string;
  readonly shown: ShownSessions;
  readonly filters: readonly Filter[];
  /** The rows in sessions that it is about; undefined for sessions as wholes. */
  readonly scope: NarrowScope | undefined;
  /** The dimension of several values that rows are of: a session stands there once for each. */
  readonly list: string | undefined;
  /** The player states whose numbers it reads, with their aliases. */
  readonly states: ReadonlyMap<string | undefined, string>;
}

/**
 * Selects what filters and dimensions speak of.
 *
 * @param columns of sessions that are read beside those of the filters
 * @throws AppError `invalid-query` for two scopes that no row belongs to
 */
export function selectionOf(
  { zone, includeOpen, mended, filters }: Pick<ReportScope, "zone" | "includeOpen" | "mended" | "filters">,
  { dimensions = [], columns = [] }: { readonly dimensions?: readonly string[]; readonly columns?: readonly string[] },
): Selection {
  const names = filters.map(({ name }) => name);
  const shown = { includeOpen, ...(mended !== undefined && { mended }) };
  const scope = scopeOf([...dimensions, ...names]);
  const list = dimensions.find((name) => findDimension(name)?.list);
  return { zone, shown, filters, scope, list, states: statesAmong([...columns, ...names.map(metricIdIn)]) };
}

/** The sessions of a selection, each once, though they have several values. */
export function withoutList(selection: Selection): Selection {
  return { ...selection, list: undefined };
}

/** The sessions `s`, with the values of a list, joined with the rows `x` of the scope and with the player states. */
export function fromSql({ shown, scope, list, states }: Selection, values: Values): string {
  const joins = [...states].map(([name, alias]) => {
    const only = name === undefined ? "" : `WHERE ${columnOf("media.state.name")} = ${values.add(name)}`;
    const sums = `session, sum("count") AS "count", 1 AS "streams", sum("duration") AS "duration"`;
    const table = sessionsIn(shown, "states");
    return `LEFT JOIN (SELECT ${sums} FROM ${table} ${only} GROUP BY session) ${alias} ON ${alias}.session = s.session`;
  });
  const rows = scope ? `JOIN ${sessionsIn(shown, SCOPES[scope].table)} x ON x.session = s.session` : "";
  const sessions = list === undefined ? sessionsIn(shown) : listedSql(list, shown);
  return `FROM ${sessions} s ${rows} ${joins.join(" ")}`;
}

/** The condition that a session, or a row of it, takes part. */
export function whereSql(selection: Selection, range: Range, values: Values): string {
  const moment = { instant: STARTED_AT, range, zone: selection.zone };
  return [inRangeSql(range), ...filtersSql(selection, selection.filters, moment, values)].join(" AND ");
}

/** When a session `s` started. */
export const STARTED_AT = 's."startedAt"';

/** Filters as conditions. @param moment what those of time are about */
export function filtersSql(
  { scope, list, states }: Selection,
  filters: readonly Filter[],
  moment: ZonedInstant,
  values: Values,
): string[] {
  const isOfList = ({ name }: Filter) => name !== list && findDimension(name)?.list === true;
  const ofLists = Map.groupBy(filters.filter(isOfList), ({ name }) => name);
  const others = filters.filter((filter) => !isOfList(filter));
  const comparedSql = (name: string): string => {
    if (findDimension(name)) return dimensionSql(name, scope, { list, moment, values });
    const { metric } = findGroup(name) ?? {};
    if (metric?.isBucket) return groupedSql(metric, states);
    return valueSql(getMetric(name), (column) => sessionColumnSql(column, states));
  };
  return [
    ...others.map((filter) => filterSql(filter, comparedSql(filter.name), values)),
    // As with rows in a session: one value must pass them all.
    ...[...ofLists].map(([name, own]) => {
      return someOfListSql(name, (value) => own.map((filter) => filterSql(filter, value, values)).join(" AND "));
    }),
  ];
}

/** Whether a session is in a range: wherever sessions are read, so that the engine passes over the others' blocks. */
export function inRangeSql({ fromMs, toMs }: Range): string {
  return `s."startedAt" >= ${fromMs} AND s."startedAt" < ${toMs}`;
}

/**
 * The numbers of the sessions, each once.
 *
 * @param conditions more of them, on the session `s`
 */
export function chosenSql(scope: ReportScope, values: Values, conditions: readonly string[] = []): string {
  return selectedSql(scope, values, { columns: ["s.session"], conditions });
}

/** Gives the same sessions with `versions` and `choices`: the definitions that they were folded by. */
export function definedSql(scope: ReportScope, values: Values, conditions: readonly string[] = []): string {
  const columns = ["s.session", `${VERSIONS_SQL} AS versions`, "s.choices"];
  return selectedSql(scope, values, { columns, conditions });
}

/** The sessions of a question, each once, with these columns; the first is `s.session`. */
export function selectedSql(
  scope: ReportScope,
  values: Values,
  { columns, conditions }: Readonly<Record<"columns" | "conditions", readonly string[]>>,
): string {
  const selection = selectionOf(scope, {});
  const where = [whereSql(selection, scope.range, values), ...conditions];
  // A session of which several rows pass is one session.
  const distinct = selection.scope ? "DISTINCT" : "";
  return `SELECT ${distinct} ${columns.join(", ")} ${fromSql(selection, values)} WHERE ${where.join(" AND ")}`;
}

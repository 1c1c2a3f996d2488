/** What plays at once as SQL: stretches of playing, and how many of them lie over each other by a dimension. */

import { quoted } from "../../base/sql.ts";
import type { Range } from "../calendar.ts";
import { findGroup } from "../catalogue/dimensions.ts";
import type { ConcurrencyQuery } from "../query/query.ts";
import { groupedSql, VIEWER } from "./metric.ts";
import { fromSql, STARTED_AT, selectionOf, whereSql } from "./selection.ts";
import { dimensionSql, readableSql, sessionsIn } from "./source.ts";
import { type Statement, Values } from "./statement.ts";

/**
 * Stretches of playing from `a` to `b`, cut at the edges of a range: of sessions, or of viewers. A viewer plays once,
 * however many sessions of theirs do.
 */
export function stretchesSql(query: ConcurrencyQuery, range: Range, values: Values): string {
  const { fromMs, toMs } = range;
  const where = `WHERE p."toMs" > ${fromMs} AND p."fromMs" < ${toMs}`;
  const plays = `${sessionsIn(query, "plays")} p`;
  const stretch = `greatest(p."fromMs", ${fromMs}) AS a, least(p."toMs", ${toMs}) AS b`;
  const isPlain = query.filters.length === 0 && query.dimensions.length === 0 && query.of === "sessions";
  if (isPlain) return `SELECT ${stretch} FROM ${plays} ${where}`;
  const keys = query.dimensions.map((_, at) => `k${at}`);
  const chosen = playersSql(query, range, values, `SELECT p.session FROM ${plays} ${where}`);
  const columns = [...keys, VIEWER].map((name) => `c.${name}`);
  const all = `SELECT ${[...columns, stretch].join(", ")} FROM ${plays} JOIN (${chosen}) c USING (session) ${where}`;
  return query.of === "viewers" ? joinedSql(all, keys) : all;
}

/** The sessions that pass the filters, once for each value of the dimension; they may have begun long before. */
function playersSql(query: ConcurrencyQuery, { toMs }: Range, values: Values, playing: string): string {
  const { dimensions } = query;
  const columns = dimensions.flatMap((name) => findGroup(name)?.metric?.id ?? []);
  const selection = selectionOf(query, { dimensions, columns });
  const range = { fromMs: 0, toMs };
  const moment = { instant: STARTED_AT, range, zone: query.zone };
  const keys = dimensions.map((name, at) => {
    const { metric } = findGroup(name) ?? {};
    const sql = metric
      ? groupedSql(metric, selection.states)
      : dimensionSql(name, selection.scope, { list: selection.list, moment, values });
    return `${sql} AS k${at}`;
  });
  const where = [
    whereSql(selection, range, values),
    `s.session IN (${playing})`,
    ...(query.of === "viewers" ? [`s.${VIEWER} IS NOT NULL`] : []),
  ];
  return `SELECT ${selection.scope ? "DISTINCT" : ""} ${["s.session", `s.${VIEWER}`, ...keys].join(", ")}
    ${fromSql(selection, values)} WHERE ${where.join(" AND ")}`;
}

/** Joins the stretches of a viewer that lie over each other, or touch. */
function joinedSql(stretches: string, keys: readonly string[]): string {
  const by = [...keys, VIEWER].join(", ");
  const inOrder = `PARTITION BY ${by} ORDER BY a, b ROWS BETWEEN UNBOUNDED PRECEDING`;
  return `SELECT ${[...keys, "min(a) AS a", "max(b) AS b"].join(", ")}
    FROM (SELECT *, sum(CASE WHEN a > before THEN 1 ELSE 0 END) OVER (${inOrder} AND CURRENT ROW) AS stretch
      FROM (SELECT *, max(b) OVER (${inOrder} AND 1 PRECEDING) AS before FROM (${stretches})))
    GROUP BY ${by}, stretch`;
}

/** The peak of each value of the dimension, its first instant, and stretches × milliseconds; the highest first. */
export function peaksSql(query: ConcurrencyQuery & { readonly limit: number }): Statement {
  const values = new Values();
  const { type = "text" } = findGroup(query.dimensions[0] ?? "") ?? {};
  // What ends at an instant is over before something else begins.
  return values.statement(`WITH p AS (${stretchesSql(query, query.range, values)}),
    steps AS (SELECT k0, a AS instant, 1 AS step FROM p UNION ALL SELECT k0, b, -1 FROM p),
    levels AS (SELECT *, sum(step) OVER (PARTITION BY k0 ORDER BY instant, step ROWS UNBOUNDED PRECEDING) AS level
      FROM steps),
    peaks AS (SELECT k0, max(struct_pack(level := level, before := -instant)) AS peak, sum(-step * instant) AS area
      FROM levels GROUP BY k0)
    SELECT ${readableSql("k0", type)}, peak.level::DOUBLE, -peak.before::DOUBLE, area::DOUBLE, count(*) OVER ()
    FROM peaks ORDER BY peak.level DESC, area DESC, k0 ASC NULLS LAST LIMIT ${query.limit}`);
}

/** How many sessions that play name no viewer. */
export function withoutViewerSql(query: ConcurrencyQuery): Statement {
  const values = new Values();
  const { fromMs, toMs } = query.range;
  const selection = selectionOf(query, {});
  const playing = `SELECT session FROM ${sessionsIn(query, "plays")} WHERE "toMs" > ${fromMs} AND "fromMs" < ${toMs}`;
  const where = [
    whereSql(selection, { fromMs: 0, toMs }, values),
    `s.${quoted(VIEWER)} IS NULL`,
    `s.session IN (${playing})`,
  ];
  return values.statement(
    `SELECT count(DISTINCT s.session) ${fromSql(selection, values)} WHERE ${where.join(" AND ")}`,
  );
}

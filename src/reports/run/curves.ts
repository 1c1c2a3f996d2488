/** How far sessions came: the retention curve and the funnel. */

import type { DuckDBConnection } from "@duckdb/node-api";
import type { MetricId } from "../../sessions/metrics.ts";
import { type AnsweredDefinitions, definitionsIn, VERSIONS_SQL } from "../compile/definitions.ts";
import { chosenSql, definedSql, inRangeSql } from "../compile/selection.ts";
import { sessionsIn } from "../compile/source.ts";
import { runStatement, Values } from "../compile/statement.ts";
import { columnOf } from "../facts/names.ts";
import type { ReportScope } from "../query/query.ts";
import { checkStates } from "./check-states.ts";

const PARTS = 100;

interface AnsweredRange extends AnsweredDefinitions {
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

interface RetentionPoint {
  /** The end of this hundredth of the content, from 1 to 100. */
  readonly percent: number;
  /** Sessions that watched something of it. */
  readonly sessions: number;
  /** Their share of all of the curve; null without any. */
  readonly share: number | null;
  /** How many more times it was watched than by how many sessions. */
  readonly rewatches: number;
}

export interface RetentionCurve extends AnsweredRange {
  /** Sessions that started content of a known length: what the shares are of. */
  readonly sessions: number;
  readonly points: readonly RetentionPoint[];
}

export interface FunnelStep {
  readonly step: MetricId;
  readonly sessions: number;
  /** The share of all that started; null without any. */
  readonly share: number | null;
  /** The share of the previous step; null without any. */
  readonly shareOfPrevious: number | null;
}

export interface Funnel extends AnsweredRange {
  /** Sessions of unknown length: no playhead of theirs is a share of it, so they are in no step between. */
  readonly sessionsOfUnknownLength: number;
  readonly steps: readonly FunnelStep[];
}

/** Which share of the sessions that started content watched each hundredth of it. */
export async function runRetention(connection: DuckDBConnection, scope: ReportScope): Promise<RetentionCurve> {
  await checkStates(connection, scope);
  const values = new Values();
  const chosen = chosenSql(scope, values, [`s.${columnOf("contentStarts")} = 1`, `s.${columnOf("media.length")} > 0`]);
  const views = `SELECT v.* FROM ${sessionsIn(scope, "views")} v SEMI JOIN chosen ON chosen.session = v.session`;
  const rows = await runStatement(
    connection,
    values.statement(`WITH chosen AS MATERIALIZED (${chosen}), v AS MATERIALIZED (${views})
      SELECT -1, count(*), 0 FROM chosen
      UNION ALL SELECT -2, bit_or(${VERSIONS_SQL}), 0 ${ofChosenSql(scope)}
      UNION ALL SELECT "from", count(*), sum("views" - 1) FROM v GROUP BY 1
      UNION ALL SELECT "to", -count(*), -sum("views" - 1) FROM v GROUP BY 1`),
  );
  const steps = Array.from({ length: PARTS + 1 }, () => ({ sessions: 0, rewatches: 0 }));
  let total = 0;
  let versions = 0;
  for (const [part, sessions, rewatches] of rows as [number, number, number][]) {
    if (part === -1) total = sessions;
    if (part === -2) versions = sessions ?? 0;
    const step = steps[part];
    if (!step) continue;
    step.sessions += sessions;
    step.rewatches += rewatches;
  }
  const points: RetentionPoint[] = [];
  let sessions = 0;
  let rewatches = 0;
  for (const [part, step] of steps.slice(0, PARTS).entries()) {
    sessions += step.sessions;
    rewatches += step.rewatches;
    points.push({ percent: part + 1, sessions, share: total === 0 ? null : sessions / total, rewatches });
  }
  return { sessions: total, points, ...rangeAnswered(scope), ...(await definitionsOf(connection, scope, versions)) };
}

const FUNNEL_STEPS: readonly MetricId[] = [
  "mediaStarts",
  "contentStarts",
  "progress10",
  "progress25",
  "progress50",
  "progress75",
  "progress95",
  "contentCompletes",
];

/** How many sessions came how far. */
export async function runFunnel(connection: DuckDBConnection, scope: ReportScope): Promise<Funnel> {
  await checkStates(connection, scope);
  const values = new Values();
  const chosen = chosenSql(scope, values);
  const sums = FUNNEL_STEPS.map((step) => `coalesce(sum(s.${columnOf(step)}), 0)::DOUBLE`);
  const sql = `WITH chosen AS (${chosen})
    SELECT ${sums.join(", ")}, count_if(s.${columnOf("progress10")} IS NULL), bit_or(${VERSIONS_SQL})
    ${ofChosenSql(scope)}`;
  const [row = []] = (await runStatement(connection, values.statement(sql))) as [number[]];
  const all = row[0] ?? 0;
  const steps = FUNNEL_STEPS.map((step, at): FunnelStep => {
    const sessions = row[at] ?? 0;
    const before = row[at - 1];
    return {
      step,
      sessions,
      share: all === 0 ? null : sessions / all,
      shareOfPrevious: before ? sessions / before : null,
    };
  });
  return {
    steps,
    sessionsOfUnknownLength: row[FUNNEL_STEPS.length] ?? 0,
    ...rangeAnswered(scope),
    ...(await definitionsOf(connection, scope, row.at(-1) ?? 0)),
  };
}

/** The sessions of a table `chosen`, as SQL. */
function ofChosenSql(scope: ReportScope): string {
  return `FROM ${sessionsIn(scope)} s SEMI JOIN chosen ON chosen.session = s.session WHERE ${inRangeSql(scope.range)}`;
}

function definitionsOf(connection: DuckDBConnection, scope: ReportScope, bits: number): Promise<AnsweredDefinitions> {
  return definitionsIn(connection, bits, (values) => definedSql(scope, values));
}

function rangeAnswered({ range, zone }: ReportScope): Pick<AnsweredRange, "from" | "to" | "timezone"> {
  return { from: range.fromMs, to: range.toMs, timezone: zone };
}

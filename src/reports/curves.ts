/** Reports that are no table of metrics: the retention curve, the funnel, concurrency. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { bucketStartMs, bucketsOf, formatIn } from "./calendar.ts";
import { statesAmong } from "./compile/metric.ts";
import { fromSql, whereSql } from "./compile/report.ts";
import { scopeOf, sessionsIn } from "./compile/source.ts";
import { runStatement, Values } from "./compile/statement.ts";
import { quoted } from "./facts/database.ts";
import type { ConcurrencyQuery, ReportScope } from "./query/query.ts";
import { checkStates } from "./report.ts";

const PARTS = 100;

interface Answered {
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

export interface RetentionPoint {
  /** The end of this hundredth of the content, from 1 to 100. */
  readonly percent: number;
  /** Sessions that watched something of it. */
  readonly sessions: number;
  /** Their share of all of the curve; null without any. */
  readonly share: number | null;
  /** How many more times it was watched than by how many sessions. */
  readonly rewatches: number;
}

export interface Retention extends Answered {
  /** Sessions that started content of a known length: what the shares are of. */
  readonly sessions: number;
  readonly points: readonly RetentionPoint[];
}

export interface FunnelStep {
  readonly step: string;
  readonly sessions: number;
  /** Of all that started; null without any. */
  readonly share: number | null;
  /** Of those of the step before; null without any. */
  readonly shareOfPrevious: number | null;
}

export interface Funnel extends Answered {
  /** Sessions of unknown length: no playhead of theirs is a share of it, so they are in no step between. */
  readonly sessionsOfUnknownLength: number;
  readonly steps: readonly FunnelStep[];
}

export interface ConcurrencyPoint {
  readonly time: string;
  /** Most sessions that played at one instant. */
  readonly peak: number;
  /** Mean over the period. */
  readonly mean: number;
}

export interface Concurrency extends Answered {
  readonly peak: { readonly time: string; readonly sessions: number } | null;
  readonly mean: number;
  readonly rows: readonly ConcurrencyPoint[];
}

/** Which share of the sessions that started content watched each hundredth of it. */
export async function runRetention(connection: DuckDBConnection, scope: ReportScope): Promise<Retention> {
  const values = new Values();
  const chosen = await sessionsSql(connection, scope, ['s."contentStarts" = 1', 's."media.length" > 0'], values);
  const views = `SELECT v.* FROM ${sessionsIn(scope, "views")} v SEMI JOIN chosen ON chosen.session = v.session`;
  const rows = await runStatement(
    connection,
    values.statement(`WITH chosen AS MATERIALIZED (${chosen}), v AS MATERIALIZED (${views})
      SELECT -1, count(*), 0 FROM chosen
      UNION ALL SELECT "from", count(*), sum("views" - 1) FROM v GROUP BY 1
      UNION ALL SELECT "to", -count(*), -sum("views" - 1) FROM v GROUP BY 1`),
  );
  const steps = Array.from({ length: PARTS + 1 }, () => ({ sessions: 0, rewatches: 0 }));
  let total = 0;
  for (const [part, sessions, rewatches] of rows as [number, number, number][]) {
    if (part < 0) total = sessions;
    const step = steps[part];
    if (!step) continue;
    step.sessions += sessions;
    step.rewatches += rewatches;
  }
  const points: RetentionPoint[] = [];
  let [sessions, rewatches] = [0, 0];
  for (const [part, step] of steps.slice(0, PARTS).entries()) {
    sessions += step.sessions;
    rewatches += step.rewatches;
    points.push({ percent: part + 1, sessions, share: total === 0 ? null : sessions / total, rewatches });
  }
  return { sessions: total, points, ...answered(scope) };
}

const FUNNEL_STEPS = [
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
  const values = new Values();
  const chosen = await sessionsSql(connection, scope, [], values);
  const sums = FUNNEL_STEPS.map((step) => `coalesce(sum(s.${quoted(step)}), 0)::DOUBLE`);
  const sql = `WITH chosen AS (${chosen})
    SELECT ${sums.join(", ")}, count_if(s."progress10" IS NULL)
    FROM ${sessionsIn(scope)} s SEMI JOIN chosen ON chosen.session = s.session`;
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
  return { steps, sessionsOfUnknownLength: row[FUNNEL_STEPS.length] ?? 0, ...answered(scope) };
}

/**
 * How many sessions played content or an ad at once.
 *
 * Each begin and end of playing is a step of one; between steps the count stands still, so peak and mean are exact.
 */
export async function runConcurrency(connection: DuckDBConnection, query: ConcurrencyQuery): Promise<Concurrency> {
  const { range, zone } = query;
  const values = new Values();
  // A session that plays in the range may have begun long before it.
  const chosen = await sessionsSql(connection, { ...query, range: { fromMs: 0, toMs: range.toMs } }, [], values);
  const buckets = bucketStarts(query);
  const sql = `WITH chosen AS (${chosen}),
    p AS (SELECT greatest("fromMs", ${range.fromMs}) AS a, least("toMs", ${range.toMs}) AS b
      FROM ${sessionsIn(query, "plays")} plays SEMI JOIN chosen ON chosen.session = plays.session
      WHERE "toMs" > ${range.fromMs} AND "fromMs" < ${range.toMs}),
    marks AS (SELECT unnest([${buckets.map((ms) => `${ms}::BIGINT`).join(", ")}]) AS ms),
    steps AS (
      SELECT ms, sum(step) AS step, max(mark) AS mark FROM (
        SELECT a AS ms, 1 AS step, NULL AS mark FROM p
        UNION ALL SELECT b, -1, NULL FROM p
        UNION ALL SELECT ms, 0, ms FROM marks)
      GROUP BY ms),
    levels AS (
      SELECT ms, sum(step) OVER w AS playing, max(mark) OVER w AS bucket,
        lead(ms, 1, ${range.toMs}) OVER w - ms AS length
      FROM steps WINDOW w AS (ORDER BY ms ROWS UNBOUNDED PRECEDING))
    SELECT bucket, max(playing)::DOUBLE, sum(playing * length)::DOUBLE, sum(length)::DOUBLE,
      arg_max(ms, (playing, -ms))
    FROM levels WHERE length > 0 GROUP BY bucket ORDER BY bucket`;
  const found = (await runStatement(connection, values.statement(sql))) as [number, number, number, number, number][];
  const rows = found.map(([bucket, peak, area, ms]) => ({ time: formatIn(bucket, zone), peak, mean: area / ms }));
  const area = found.reduce((sum, row) => sum + row[2], 0);
  const highest = found.toSorted((a, b) => b[1] - a[1]).at(0);
  return {
    rows,
    peak: highest && highest[1] > 0 ? { time: formatIn(highest[4], zone), sessions: highest[1] } : null,
    mean: area / (range.toMs - range.fromMs),
    ...answered(query),
  };
}

/** The sessions that a question is about, each once. */
async function sessionsSql(
  connection: DuckDBConnection,
  scope: ReportScope,
  conditions: readonly string[],
  values: Values,
): Promise<string> {
  await checkStates(connection, scope);
  const names = scope.filters.map(({ name }) => name);
  const [narrow, states] = [scopeOf(names), statesAmong(names)];
  const from = fromSql(scope, narrow, states, values);
  const where = [whereSql(scope, { range: scope.range, scope: narrow, states }, values), ...conditions];
  return `SELECT DISTINCT s.session ${from} WHERE ${where.join(" AND ")}`;
}

/** Where periods begin, the first at the beginning of the range. */
function bucketStarts({ range, granularity, zone }: ConcurrencyQuery): number[] {
  const buckets = [...bucketsOf(range, granularity, zone)];
  return buckets.map((bucket) => Math.max(bucketStartMs(bucket, granularity, zone), range.fromMs));
}

function answered({ range, zone }: ReportScope): Answered {
  return { from: range.fromMs, to: range.toMs, timezone: zone };
}

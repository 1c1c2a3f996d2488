/** What got worse: what fails more often than the rest, for whom, and since when. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../base/units.ts";
import { countBuckets, type Granularity, startsOf } from "../calendar.ts";
import type { AnsweredDefinitions } from "../compile/definitions.ts";
import { STARTED_AT, selectedSql } from "../compile/selection.ts";
import { runStatement, Values } from "../compile/statement.ts";
import { columnOf } from "../facts/names.ts";
import type { MetricChoice, ReportScope } from "../query/query.ts";
import { type ReportResult, runReport } from "./report.ts";
import { type PeriodShare, spellOf } from "./spell.ts";
import { FINDINGS_MAX, findWorse, SUSPECTS, type Suspect, TROUBLE, type Worse } from "./worse.ts";

interface When {
  /** When it began; null where it was so from the beginning of the range on, or longer. */
  readonly since: number | null;
  /** When it ended; null where it goes on to the end of the range. */
  readonly until: number | null;
  /** Whether `since` is when the value first appeared, and it was so from then on. */
  readonly isNew: boolean;
  /** How exact the two are: the fewer sessions are affected, the longer are the periods. */
  readonly granularity: Granularity;
}

export type Finding = Worse & When;

export interface Findings extends AnsweredDefinitions {
  /** Those that began or ended in the range first, then by how many sessions they affect beyond what is usual. */
  readonly findings: readonly Finding[];
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

const VALUES_MAX = 500;
/** From this many periods on they are longer: hours up to a month, days beyond. */
const PERIODS_MAX = 800;
const GRANULARITIES = ["minute", "hour", "day"] as const satisfies readonly Granularity[];
/** Every zone's hours and days begin on one. */
const QUARTER_MS = 15 * MINUTE_MS;
/** Beyond it, quarters would be too many: a zone's days may be off by some of them. */
const QUARTERS_RANGE_MAX = 400 * DAY_MS;
/** An old value would have had at least this many earlier sessions, so one without any is new. */
const MISSED_MIN = 10;

/** Asks by each dimension, and then once more for the times of all findings. */
export async function runFindings(connection: DuckDBConnection, scope: ReportScope): Promise<Findings> {
  const reports: [Suspect, ReportResult][] = [];
  for (const dimension of SUSPECTS) reports.push([dimension, await runBy(connection, scope, dimension)]);
  const worse = findWorse(reports);
  const all = worse.length === 0 ? [] : await dated(connection, scope, worse);
  const isDated = ({ since, until }: When) => since !== null || until !== null;
  const findings = [...all.filter(isDated), ...all.filter((each) => !isDated(each))].slice(0, FINDINGS_MAX);
  const [, { definitions, definitionChoices, from, to, timezone }] = reports[0] as [Suspect, ReportResult];
  return { findings, definitions, ...(definitionChoices && { definitionChoices }), from, to, timezone };
}

function runBy(connection: DuckDBConnection, scope: ReportScope, dimension: Suspect): Promise<ReportResult> {
  const metrics = ["mediaStarts", ...TROUBLE].map((id): MetricChoice => ({ column: id, id, aggregation: "sum" }));
  const sort = { column: "mediaStarts", descending: true };
  return runReport(connection, { ...scope, metrics, dimensions: [dimension], sort, limit: VALUES_MAX });
}

/** All sessions of a short time, and those of each finding. */
interface SeriesPoint {
  readonly atMs: number;
  readonly sessions: number;
  readonly own: readonly PeriodShare[];
}

/** Gives each finding its times. All are read in one pass: a question for each would take as long as all before. */
async function dated(connection: DuckDBConnection, scope: ReportScope, worse: readonly Worse[]): Promise<Finding[]> {
  const granularities = worse.map((each) => granularityOf(scope, each));
  const moments = await momentsOf(connection, scope, worse, granularities.includes("minute"));
  return worse.map((each, at) => {
    const granularity = granularities[at] ?? "day";
    return { ...each, ...whenOf(moments, at, startsOf(scope.range, granularity, scope)), granularity };
  });
}

/** No finer than there are sessions that tell one period from the next. */
function granularityOf({ range, zone }: ReportScope, { affected }: Worse): Granularity {
  const most = Math.min(PERIODS_MAX, affected);
  return GRANULARITIES.find((each) => countBuckets(range, each, { zone }) <= most) ?? "day";
}

async function momentsOf(
  connection: DuckDBConnection,
  scope: ReportScope,
  worse: readonly Worse[],
  byMinute: boolean,
): Promise<readonly SeriesPoint[]> {
  const { fromMs, toMs } = scope.range;
  const widthMs = byMinute ? MINUTE_MS : toMs - fromMs <= QUARTERS_RANGE_MAX ? QUARTER_MS : HOUR_MS;
  const values = new Values();
  const names = new Set([...worse.flatMap(({ dimension, metric }) => [dimension, metric] as const)]);
  const columns = [`${STARTED_AT} // ${widthMs} AS "moment"`, ...[...names].map((name) => `s.${columnOf(name)}`)];
  const own = worse.map(({ dimension, value, metric }) => {
    const isOwn = `${columnOf(dimension)} IS NOT DISTINCT FROM ${value === null ? "NULL" : values.add(value)}`;
    return `count_if(${isOwn}), coalesce(sum(${columnOf(metric)}) FILTER (${isOwn}), 0)::DOUBLE`;
  });
  const chosen = selectedSql(scope, values, { columns: ["s.session", ...columns], conditions: [] });
  const sql = `SELECT "moment", count(*), ${own.join(", ")} FROM (${chosen}) GROUP BY 1 ORDER BY 1`;
  const rows = (await runStatement(connection, values.statement(sql))) as number[][];
  return rows.map(([moment = 0, sessions = 0, ...counts]) => ({
    atMs: moment * widthMs,
    sessions,
    own: worse.map((_, at) => ({ sessions: counts[2 * at] ?? 0, affected: counts[2 * at + 1] ?? 0 })),
  }));
}

/** @param at the finding's place @param startsMs where its periods begin */
function whenOf(moments: readonly SeriesPoint[], at: number, startsMs: readonly number[]): Omit<When, "granularity"> {
  const periods = startsMs.map(() => ({ sessions: 0, affected: 0 }));
  let place = 0;
  for (const { atMs, own } of moments) {
    while ((startsMs[place + 1] ?? Number.POSITIVE_INFINITY) <= atMs) place += 1;
    const period = periods[place];
    if (!period) continue;
    period.sessions += own[at]?.sessions ?? 0;
    period.affected += own[at]?.affected ?? 0;
  }
  const timeOf = (index: number | undefined) => (index === undefined ? null : (startsMs[index] ?? null));
  const spell = spellOf(periods);
  const until = timeOf(spell?.end);
  if (spell?.first !== undefined) return { since: timeOf(spell.first), until, isNew: false };
  const first = moments.findIndex(({ own }) => (own[at]?.sessions ?? 0) > 0);
  const count = (some: readonly SeriesPoint[]) => some.reduce((sum, { sessions }) => sum + sessions, 0);
  const own = periods.reduce((sum, { sessions }) => sum + sessions, 0);
  const isNew = (count(moments.slice(0, first)) * own) / count(moments.slice(first)) >= MISSED_MIN;
  return { since: isNew ? timeOf(periods.findIndex(({ sessions }) => sessions > 0)) : null, until, isNew };
}

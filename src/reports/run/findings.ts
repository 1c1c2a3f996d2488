/** What got worse: what fails more often than the rest, for whom, and since when. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { countBuckets, type Granularity } from "../calendar.ts";
import type { DimensionName } from "../catalogue/dimensions.ts";
import type { AnsweredDefinitions } from "../compile/definitions.ts";
import { type MetricChoice, type ReportQuery, type ReportScope, TIME_COLUMN } from "../query/query.ts";
import { ROWS_MAX } from "../query/schema.ts";
import { type ReportResult, runReport } from "./report.ts";
import { spellOf } from "./spell.ts";
import { findWorse, SUSPECTS, TROUBLE, type Worse } from "./worse.ts";

interface When {
  /** When it began; null where it was so from the beginning of the range on, or longer. */
  readonly since: number | null;
  /** When it ended; null where it goes on to the end of the range. */
  readonly until: number | null;
  /** Whether `since` is when the value first appeared, and it was so from then on. */
  readonly isNew: boolean;
}

export type Finding = Worse & When;

export interface Findings extends AnsweredDefinitions {
  /** The five that affect most sessions beyond what is usual, the worst first. */
  readonly findings: readonly Finding[];
  /** How exact `since` and `until` are. */
  readonly granularity: Granularity;
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

const VALUES_MAX = 500;
/** Longer periods from so many of them on: hours up to a month, days beyond. */
const PERIODS_MAX = 800;
/** So many sessions would have had the value before, had it not been new. */
const MISSED_MIN = 10;

/** Takes at most ten questions: one by each dimension, one for each finding's times, and one for those of all. */
export async function runFindings(connection: DuckDBConnection, scope: ReportScope): Promise<Findings> {
  const reports: [DimensionName, ReportResult][] = [];
  for (const dimension of SUSPECTS) {
    reports.push([dimension, await runReport(connection, asking(scope, TROUBLE, { dimensions: [dimension] }))]);
  }
  const granularity = granularityOf(scope);
  const series = async (metrics: readonly string[], filter: ReportScope["filters"]) => {
    const filters = [...scope.filters, ...filter];
    return (await runReport(connection, asking({ ...scope, filters }, metrics, { granularity }))).rows;
  };
  const worse = findWorse(reports);
  const all = worse.length === 0 ? [] : await series([], []);
  const findings: Finding[] = [];
  for (const each of worse) {
    const { dimension, value, metric } = each;
    const own = await series([metric], [{ name: dimension, operator: "==", values: [value] }]);
    findings.push({ ...each, ...whenOf(own, all, each) });
  }
  const [, { definitions, definitionChoices, from, to, timezone }] = reports[0] as [DimensionName, ReportResult];
  const by = { definitions, ...(definitionChoices && { definitionChoices }) };
  return { findings, granularity, ...by, from, to, timezone };
}

function asking(
  scope: ReportScope,
  metrics: readonly string[],
  by: Partial<Pick<ReportQuery, "dimensions" | "granularity">>,
): ReportQuery {
  const chosen = ["mediaStarts", ...metrics].map((id): MetricChoice => ({ column: id, id, aggregation: "sum" }));
  const sort = by.granularity
    ? { column: TIME_COLUMN, descending: false }
    : { column: "mediaStarts", descending: true };
  const limit = by.granularity ? ROWS_MAX : VALUES_MAX;
  return { ...scope, metrics: chosen, dimensions: [], ...by, sort, limit };
}

function granularityOf({ range, zone }: ReportScope): Granularity {
  const isShort = (each: Granularity) => countBuckets(range, each, { zone }) <= PERIODS_MAX;
  return (["minute", "hour"] as const).find(isShort) ?? "day";
}

type Rows = ReportResult["rows"];

/** @param own the periods of the finding's sessions @param all those of all sessions */
function whenOf(own: Rows, all: Rows, { metric, sessions }: Worse): When {
  const spell = spellOf(own.map((row) => ({ sessions: sessionsIn(row), affected: Number(row[metric] ?? 0) })));
  const until = timeOf(own, spell?.end);
  if (spell?.first !== undefined) return { since: timeOf(own, spell.first), until, isNew: false };
  const first = own.findIndex((row) => sessionsIn(row) > 0);
  const count = (rows: Rows) => rows.reduce((sum, row) => sum + sessionsIn(row), 0);
  const missed = (count(all.slice(0, first)) * sessions) / count(all.slice(first));
  const isNew = missed >= MISSED_MIN;
  return { since: isNew ? timeOf(own, first) : null, until, isNew };
}

function sessionsIn(row: Rows[number]): number {
  return Number(row.mediaStarts ?? 0);
}

function timeOf(rows: Rows, at: number | undefined): number | null {
  const time = at === undefined ? undefined : rows[at]?.time;
  return time === undefined ? null : Date.parse(String(time));
}

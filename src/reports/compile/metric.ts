/** Metrics as SQL: the columns that they need of each session, and what is made of them over many. */

import { assert } from "../../base/assert.ts";
import { quoted } from "../../base/sql.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { Ratio, Unit } from "../../sessions/metrics/definition.ts";
import type { StatePart } from "../../sessions/metrics/states.ts";
import type { MetricId } from "../../sessions/metrics.ts";
import { BUCKET_BOUNDS, type GroupedBy } from "../catalogue/dimensions.ts";
import {
  type Aggregation,
  findMetric,
  type PlayingMetricId,
  type ReportMetric,
  type ViewerMetricId,
} from "../catalogue/metrics.ts";
import { VIEWERS_IN } from "../facts/names.ts";
import type { MetricChoice } from "../query/query.ts";
import type { Expression } from "./expression.ts";

/** Columns that reports make of a session's row: who watches, and whether the viewer is new in the period. */
export const VIEWER = "viewer";
export const IS_NEW = "isNew";
const PERCENTS: Readonly<Partial<Record<Aggregation, number>>> = { p50: 50, p90: 90, p95: 95, p99: 99 };
const PERCENT = 100;
/** Fractions are added up as integers of so small a part, so that every order of adding gives the same sum. */
const FRACTIONS: Readonly<Partial<Record<Unit, number>>> = {
  ratio: 1e12,
  "1/min": 1e12,
  "bit/s": 1e6,
  fps: 1e6,
};
/**
 * Decimals of a percentile. It lies hundredths of the way between two numbers, so that two more than those have are
 * exact; players may report a fraction of a count.
 */
const DECIMALS: Readonly<Record<Unit, number>> = {
  count: 6,
  flag: 6,
  s: 5,
  ratio: 9,
  "1/min": 9,
  "bit/s": 3,
  fps: 5,
};
const STATE_COLUMNS: Readonly<Record<StatePart, string>> = {
  Count: "count",
  StreamsImpacted: "streams",
  TotalDuration: "duration",
};

/** What the engine finds of many rows. */
export interface Aggregate {
  /** Its name among the others. */
  readonly key: string;
  readonly sql: string;
  /** What it is found in: sessions that started in the range, times of playing in it, or the range itself. */
  readonly from: "sessions" | "plays" | "clock";
  /** The columns of a session that it reads. */
  readonly columns: readonly string[];
  /**
   * What adds up to it: numbers of rows, however they are put together; numbers of sessions, each of them once; or
   * nothing, so that that of all doesn't follow from those of groups.
   */
  readonly addsUp: "rows" | "sessions" | "never";
  /** Aggregates with the same word are found in one look, apart from all others. */
  readonly apart?: string;
  /** What it is of all sessions together; in groups it is found as `sql` says. */
  readonly ranked?: Ranked;
  readonly sqlOfAll?: string;
}

/** A percentile of an integer that is never negative, as SQL. */
export interface Ranked {
  readonly of: string;
  readonly percent: number;
}

/** Collects what the engine must find, each once. */
export class Aggregates {
  readonly #bySql = new Map<string, Aggregate>();

  get all(): readonly Aggregate[] {
    return [...this.#bySql.values()];
  }

  /** @returns the key */
  add(aggregate: Omit<Aggregate, "key">): string {
    const known = this.#bySql.get(aggregate.sql);
    if (known) return known.key;
    const key = String(this.#bySql.size);
    this.#bySql.set(aggregate.sql, { ...aggregate, key });
    return key;
  }

  /** A sum over rows. @param per how many of the sum make one */
  sum(sql: string, columns: readonly string[], per = 1): Expression {
    const key = this.add({ sql: `sum(${sql})::DOUBLE`, from: "sessions", columns, addsUp: "rows" });
    return { is: "found", key, per, isSum: true };
  }

  /** How many rows have a value. */
  count(sql: string, columns: readonly string[]): Expression {
    const key = this.add({ sql: `count(${sql})`, from: "sessions", columns, addsUp: "sessions" });
    return { is: "found", key, per: 1, isSum: true };
  }
}

/** The metric of an id that has been checked. */
export function getMetric(id: string): ReportMetric {
  const metric = findMetric(id);
  assert(metric, `a checked metric is known: ${id}`);
  return metric;
}

/** The player states whose numbers are among the columns, by column: `undefined` for all of them together. */
export function statesAmong(columns: Iterable<string>): Map<string | undefined, string> {
  const states = new Map<string | undefined, string>();
  for (const column of columns) {
    const state = findMetric(column)?.state;
    if (state && !states.has(state.name)) states.set(state.name, `state${states.size}`);
  }
  return states;
}

/** A column of one session as SQL, 0 where the session never had the state. */
export function sessionColumnSql(column: string, states: ReadonlyMap<string | undefined, string>): string {
  const state = findMetric(column)?.state;
  if (!state) return `s.${quoted(column)}`;
  return `coalesce(${states.get(state.name)}.${quoted(STATE_COLUMNS[state.part])}, 0)`;
}

/** One session's value, or where the bucket of a time begins that it is in. */
export function groupedSql(
  { id, isBucket }: NonNullable<GroupedBy["metric"]>,
  states: ReadonlyMap<string | undefined, string>,
): string {
  const sql = sessionColumnSql(id, states);
  if (!isBucket) return sql;
  const cases = BUCKET_BOUNDS.toReversed().map((bound) => `WHEN ${sql} >= ${bound * SECOND_MS} THEN ${bound}`);
  return `(CASE ${cases.join(" ")} END)::DOUBLE`;
}

/** One session's value, in the metric's unit; NULL where there is none. */
export function valueSql(metric: ReportMetric, columnSql: ColumnSql): string {
  if (!metric.ratio) return inUnit(metric.id, columnSql(metric.id));
  return quotientSql(metric.ratio, columnSql);
}

/** What the sessions are like, as far as it decides how something is found. */
export interface DataTraits {
  /** Whether some session's time is beyond what 32 bits hold, 24.8 days. */
  readonly isWide: boolean;
  /** Whether there are so many sessions that their times aren't sorted, nor their viewers listed, but counted. */
  readonly isLarge: boolean;
  /** Whether two texts among the groups have one hash. */
  readonly collides: boolean;
}

/** What metrics are planned by. */
export interface AskedMetrics extends DataTraits {
  /** All that are asked for: percentiles of one metric are found together. */
  readonly among: readonly MetricChoice[];
}

/** Plans what becomes of many sessions. */
export function planMetric(
  choice: Pick<MetricChoice, "id" | "aggregation">,
  asked: AskedMetrics,
  aggregates: Aggregates,
): Expression {
  const metric = getMetric(choice.id);
  if (metric.counts === "viewers") return planViewers(metric.id as ViewerMetricId, asked, aggregates);
  if (metric.counts === "playing") return planPlaying(metric.id as PlayingMetricId, aggregates);
  const { ratio } = metric;
  const columns = columnsOf(metric);
  switch (choice.aggregation) {
    case "sum":
      return aggregates.sum(wholeSql(metric), columns, wholesOf(metric));
    case "mean": {
      // Integers are added up, and divided once: a mean of quotients depends on the order in which threads find them.
      const whole = wholeSql(metric);
      const by = { times: wholesOf(metric), each: aggregates.count(whole, columns) };
      return { is: "quotient", of: aggregates.sum(whole, columns), by: { is: "sum", of: [by] } };
    }
    case "rate":
      assert(ratio, `a rate has a part and a whole: ${choice.id}`);
      return { is: "quotient", of: sumOf(ratio.of, ratio, aggregates), by: sumOf(ratio.by, ratio, aggregates) };
    default:
      return percentileOf(choice, asked, aggregates);
  }
}

function planViewers(id: ViewerMetricId, { isLarge }: DataTraits, aggregates: Aggregates): Expression {
  const distinct = (only: readonly string[], columns: readonly string[]): Expression => {
    const sqlOfAll = `count(DISTINCT ${VIEWER}) ${only.map((each) => `FILTER (${each})`).join("")}`;
    const isListed = [`${VIEWER} IS NOT NULL`, ...only].join(" AND ");
    const sql = isLarge ? sqlOfAll : `coalesce(${VIEWERS_IN}(list(${VIEWER}) FILTER (${isListed})), 0)`;
    const key = aggregates.add({ sql, sqlOfAll, from: "sessions", columns, addsUp: "never", apart: VIEWER });
    return { is: "found", key, per: 1, isSum: true };
  };
  const all = distinct([], [VIEWER]);
  const ofViewers = (column: MetricId, per = 1): Expression => {
    const sql = `CASE WHEN ${VIEWER} IS NOT NULL THEN ${quoted(column)} END`;
    return { is: "quotient", of: aggregates.sum(sql, [column, VIEWER], per), by: all };
  };
  switch (id) {
    case "uniqueViewers":
      return all;
    case "newViewers":
      return distinct([IS_NEW], [VIEWER, IS_NEW]);
    case "returningViewers":
      return distinct([`NOT ${IS_NEW}`], [VIEWER, IS_NEW]);
    case "sessionsPerViewer":
      return ofViewers("mediaStarts");
    case "contentTimePerViewer":
      return ofViewers("contentTimeSpent", SECOND_MS);
  }
}

/** Milliseconds of a time of playing, and of a part of the range. */
export const PLAYED = "played";
export const PASSED = "passed";

function planPlaying(id: PlayingMetricId, aggregates: Aggregates): Expression {
  const found = (sql: string, from: Aggregate["from"], per = 1): Expression => {
    const key = aggregates.add({ sql: `sum(${sql})::DOUBLE`, from, columns: [], addsUp: "sessions" });
    return { is: "found", key, per, isSum: true };
  };
  switch (id) {
    case "playingTime":
      return found(PLAYED, "plays", SECOND_MS);
    case "adPlayingTime":
      return found(`CASE WHEN ad THEN ${PLAYED} END`, "plays", SECOND_MS);
    case "averageAudience":
      return { is: "quotient", of: found(PLAYED, "plays"), by: found(PASSED, "clock") };
  }
}

/** Whether percentiles or viewers are among metrics: how they are found depends on how many sessions there are. */
export function dependsOnSize(metrics: readonly MetricChoice[]): boolean {
  const ofViewers = ({ id }: Pick<MetricChoice, "id">) => getMetric(id).counts === "viewers";
  return metrics.some((each) => {
    return PERCENTS[each.aggregation] !== undefined || ofViewers(each) || (each.by && ofViewers(each.by));
  });
}

function percentileOf(
  { id, aggregation }: Pick<MetricChoice, "id" | "aggregation">,
  { among, isWide, isLarge }: AskedMetrics,
  aggregates: Aggregates,
): Expression {
  const metric = getMetric(id);
  const asked = among.flatMap((each) => (each.id === id ? (PERCENTS[each.aggregation] ?? []) : []));
  const percents = [...new Set(asked)].toSorted((a, b) => a - b);
  const percent = PERCENTS[aggregation] as number;
  // Over the column as it is kept, integers: of 32 bits they are found in a third of the time that fractions take.
  const isTime = metric.unit === "s" && !metric.ratio;
  const time = `${quoted(id)}::${isWide ? "BIGINT" : "INTEGER"}`;
  const of = isTime ? time : metric.ratio ? valueSql(metric, quoted) : quoted(id);
  const shares = percents.map((each) => each / PERCENT).join(", ");
  const sql = `quantile_cont(${of}, [${shares}])[${percents.indexOf(percent) + 1}]`;
  const columns = columnsOf(metric);
  const ranked = isTime && isLarge && { ranked: { of, percent } };
  const key = aggregates.add({ sql, from: "sessions", columns, addsUp: "never", apart: id, ...ranked });
  return { is: "found", key, per: metric.ratio ? 1 : scaleOf(id), isSum: false };
}

/** Decimals to which a metric is exact: what the engine finds between two numbers has noise in its last digits. */
export function decimalsOf({ id, aggregation }: MetricChoice): number | undefined {
  return PERCENTS[aggregation] === undefined ? undefined : DECIMALS[getMetric(id).unit];
}

/** The columns of a session that a metric is made of. */
function columnsOf({ id, ratio }: ReportMetric): readonly string[] {
  return ratio ? [...ratio.of, ...ratio.by] : [id];
}

/** One side of a ratio over many sessions. */
function sumOf(side: readonly string[], ratio: Ratio, aggregates: Aggregates): Expression {
  const columns = [...ratio.of, ...ratio.by];
  const terms = side.map((column) => {
    const read = ratio.isPartial ? columns : [column];
    return { times: timesOf(ratio, column), each: aggregates.sum(termSql(ratio, column), read, scaleOf(column)) };
  });
  return { is: "sum", of: terms };
}

/** One session's value as an integer, of which {@link wholesOf} make one; NULL for what no such integer holds. */
function wholeSql(metric: ReportMetric): string {
  const parts = FRACTIONS[metric.unit];
  return parts ? `TRY_CAST(round((${valueSql(metric, quoted)}) * ${parts}) AS BIGINT)` : quoted(metric.id);
}

function wholesOf({ id, unit }: ReportMetric): number {
  return FRACTIONS[unit] ?? scaleOf(id);
}

/** A column of a session as SQL. */
type ColumnSql = (column: string) => string;

/** A part by its whole, NULL where there is none. */
function quotientSql(ratio: Ratio, columnSql: ColumnSql): string {
  const sum = (columns: readonly string[]) =>
    columns
      .map((column) => {
        const times = timesOf(ratio, column);
        return (times === 1 ? "" : `${times} * `) + inUnit(column, columnSql(column));
      })
      .join(" + ");
  return `CASE WHEN (${sum(ratio.by)}) > 0 THEN (${sum(ratio.of)})::DOUBLE / (${sum(ratio.by)}) END`;
}

/** A number of a session that a sum over many takes; NULL where the session takes no part. */
function termSql(ratio: Ratio, column: string): string {
  if (!ratio.isPartial) return quoted(column);
  const others = [...ratio.of, ...ratio.by].filter((each) => each !== column);
  const areKnown = others.map((each) => `${quoted(each)} IS NOT NULL`).join(" AND ");
  return `CASE WHEN ${areKnown} THEN ${quoted(column)} END`;
}

function timesOf(ratio: Ratio, column: string): number {
  const times: Readonly<Record<string, number | undefined>> = ratio.times ?? {};
  return times[column] ?? 1;
}

/** Times are kept in milliseconds and told in seconds. */
function inUnit(column: string, sql: string): string {
  return scaleOf(column) === 1 ? sql : `${sql} / ${scaleOf(column)}`;
}

function scaleOf(column: string): number {
  return findMetric(column)?.unit === "s" ? SECOND_MS : 1;
}

/** Metrics as SQL: the columns that they need of each session, and what is made of them over many. */

import { assert } from "../../base/assert.ts";
import { quoted } from "../../base/sql.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { Ratio, Unit } from "../../sessions/metrics/definition.ts";
import type { StatePart } from "../../sessions/metrics/states.ts";
import { type Aggregation, findMetric, type ReportMetric } from "../catalogue/metrics.ts";
import type { MetricChoice } from "../query/query.ts";

const QUANTILES: Readonly<Partial<Record<Aggregation, number>>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };
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

/** The metric of an id that has been checked. */
export function getMetric(id: string): ReportMetric {
  const metric = findMetric(id);
  assert(metric, `a checked metric is known: ${id}`);
  return metric;
}

/** The columns of a session that a metric is made of. */
export function columnsOf({ id, ratio }: ReportMetric): readonly string[] {
  return ratio ? [...ratio.of, ...ratio.by] : [id];
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

/** One session's value, in the metric's unit; NULL where there is none. */
export function valueSql(metric: ReportMetric, columnSql: ColumnSql): string {
  if (!metric.ratio) return inUnit(metric.id, columnSql(metric.id));
  return quotientSql(metric.ratio, columnSql);
}

/** What becomes of many sessions. `among` are all that are asked for: percentiles of one metric are found together. */
export function aggregateSql(
  { id, aggregation, isWide = false }: MetricChoice,
  among: readonly MetricChoice[],
  columnSql: ColumnSql,
  sum: Summing = sumSql,
): string {
  const metric = getMetric(id);
  switch (aggregation) {
    case "sum":
      return `${sum(wholeSql(metric, columnSql))} / ${wholesOf(metric)}`;
    case "mean":
      return meanSql(metric, columnSql);
    case "rate":
      return rateSql(metric, columnSql, sum);
    default: {
      const asked = among.filter((each) => each.id === id && isPercentile(each));
      const shares = [...new Set(asked.map((each) => QUANTILES[each.aggregation]))].toSorted();
      const at = shares.indexOf(QUANTILES[aggregation]) + 1;
      // Over the column as it is kept, integers: of 32 bits they are found in a third of the time that fractions take.
      const narrow = metric.unit === "s" && !isWide ? "::INTEGER" : "";
      const [of, scale] = metric.ratio
        ? [valueSql(metric, columnSql), ""]
        : [`(${columnSql(id)})${narrow}`, inUnit(id, "")];
      return `quantile_cont(${of}, [${shares.join(", ")}])[${at}]${scale}`;
    }
  }
}

/** A metric as it is answered: what the engine finds between two numbers has noise in its last digits. */
export function answeredValue({ id, aggregation }: MetricChoice, value: number): number {
  return QUANTILES[aggregation] === undefined ? value : Number(value.toFixed(DECIMALS[getMetric(id).unit]));
}

/** Whether the numbers of all sessions follow from those of the rows: sums do, percentiles don't. */
export function isSum({ aggregation }: MetricChoice): boolean {
  return aggregation === "sum" || aggregation === "rate";
}

/** Whether it is one of the percentiles. */
export function isPercentile({ aggregation }: MetricChoice): boolean {
  return QUANTILES[aggregation] !== undefined;
}

/** The columns whose sums give a metric that {@link isSum}, as SQL. */
export function summedSql({ id, aggregation }: MetricChoice): string[] {
  const metric = getMetric(id);
  if (aggregation === "sum") return [wholeSql(metric, quoted)];
  return columnsOf(metric).map((column) => termSql(metric.ratio, column, quoted));
}

/** The metric of some sums. @param sumOf the sum of one of {@link summedSql} */
export function metricOfSums({ id, aggregation }: MetricChoice, sumOf: (column: string) => number): number | null {
  const metric = getMetric(id);
  if (aggregation === "sum") return sumOf(wholeSql(metric, quoted)) / wholesOf(metric);
  const { ratio } = metric;
  const termOf = (column: string) => (timesOf(ratio, column) * sumOf(termSql(ratio, column, quoted))) / scaleOf(column);
  const sum = (columns: readonly string[] = []) => columns.reduce((total, column) => total + termOf(column), 0);
  return sum(ratio?.by) > 0 ? sum(ratio?.of) / sum(ratio?.by) : null;
}

/** Adds integers up, and divides once: a mean of quotients depends on the order in which threads find them. */
function meanSql(metric: ReportMetric, columnSql: ColumnSql): string {
  const whole = wholeSql(metric, columnSql);
  return `sum(${whole})::DOUBLE / (count(${whole}) * ${wholesOf(metric)})`;
}

/** One session's value as an integer, of which {@link wholesOf} make one; NULL for what no such integer holds. */
function wholeSql(metric: ReportMetric, columnSql: ColumnSql): string {
  const parts = FRACTIONS[metric.unit];
  return parts ? `TRY_CAST(round((${valueSql(metric, columnSql)}) * ${parts}) AS BIGINT)` : columnSql(metric.id);
}

function wholesOf({ id, unit }: ReportMetric): number {
  return FRACTIONS[unit] ?? scaleOf(id);
}

/** A column of a session as SQL. */
type ColumnSql = (column: string) => string;

/** A sum over a column, as SQL. */
type Summing = (column: string) => string;

function rateSql({ ratio }: ReportMetric, columnSql: ColumnSql, summing: Summing): string {
  return ratio ? quotientSql(ratio, (column) => summing(termSql(ratio, column, columnSql))) : "NULL";
}

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
function termSql(ratio: Ratio | undefined, column: string, columnSql: ColumnSql): string {
  if (!ratio?.isPartial) return columnSql(column);
  const others = [...ratio.of, ...ratio.by].filter((each) => each !== column);
  const areKnown = others.map((each) => `${columnSql(each)} IS NOT NULL`).join(" AND ");
  return `CASE WHEN ${areKnown} THEN ${columnSql(column)} END`;
}

function timesOf(ratio: Ratio | undefined, column: string): number {
  const times: Readonly<Record<string, number | undefined>> = ratio?.times ?? {};
  return times[column] ?? 1;
}

function sumSql(column: string): string {
  return `coalesce(sum(${column}), 0)::DOUBLE`;
}

/** Times are kept in milliseconds and told in seconds. */
function inUnit(column: string, sql: string): string {
  return scaleOf(column) === 1 ? sql : `${sql} / ${scaleOf(column)}`;
}

function scaleOf(column: string): number {
  return findMetric(column)?.unit === "s" ? SECOND_MS : 1;
}

/** run and result: a question's rows, totals and the period before, from the facts. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { AppError } from "../base/errors.ts";
import { bucketOf, bucketStartMs, bucketsOf, formatterIn, type Range } from "./calendar.ts";
import { type Dimension, type DimensionName, findDimension } from "./catalogue/dimensions.ts";
import type { MetricColumn } from "./catalogue/metrics.ts";
import { checkStates } from "./check-states.ts";
import { chosenSql, definedSql } from "./compile/chosen.ts";
import { type AnsweredDefinitions, definitionsIn } from "./compile/definitions.ts";
import { answeredValue, getMetric } from "./compile/metric.ts";
import { compileKeyed, compileRows, compileTotals } from "./compile/report.ts";
import { type Row, runStatement, Values } from "./compile/statement.ts";
import { type MetricChoice, type ReportQuery, TIME_COLUMN } from "./query/query.ts";

/** The column of the same number in the period before. */
const PREVIOUS = ":previous";
/** What the engine says of a number that is no integer of 32 bits. */
const TOO_WIDE = "Conversion Error";

/** A column by its name. One that no catalogue has doesn't compile. */
export type ColumnName = MetricColumn | `${MetricColumn}${typeof PREVIOUS}` | DimensionName | typeof TIME_COLUMN;

export interface ReportColumn {
  /** One of those, or what a player called a state of its own. */
  readonly name: ColumnName;
  readonly kind: "time" | "dimension" | "metric";
  /** The unit of a metric; `text`, `number` or `yes-no` of a dimension. */
  readonly unit: string;
}

export type ReportCell = string | number | boolean | null;
export type ReportRow = Readonly<Partial<Record<ColumnName, ReportCell>>>;

export interface ReportResult extends AnsweredDefinitions {
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  /** How many rows there are, those beyond the limit among them. */
  readonly rowsTotal: number;
  /** Over all sessions, including those whose rows are beyond the limit. */
  readonly totals: ReportRow;
  /** Sessions that took part, and how many of them go on. */
  readonly sessions: { readonly total: number; readonly open: number };
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
  /** The period that it is compared with, and whether sessions are known from before it, too. */
  readonly previous?: { readonly from: number; readonly to: number; readonly whole: boolean };
}

/** Answers a question. @throws AppError `invalid-query` for a player state that no session had */
export async function runReport(connection: DuckDBConnection, query: ReportQuery): Promise<ReportResult> {
  await checkStates(connection, query);
  try {
    return await readReport(connection, query);
  } catch (error) {
    if (!String(error).includes(TOO_WIDE)) throw error;
    return readReport(connection, { ...query, metrics: query.metrics.map((metric) => ({ ...metric, isWide: true })) });
  }
}

async function readReport(connection: DuckDBConnection, query: ReportQuery): Promise<ReportResult> {
  const { found, totals } = await readRows(connection, query);
  const series = isPlainSeries(query) ? filled(query, found) : undefined;
  const rows = series?.slice(0, query.limit) ?? found;
  const previous = await previousRows(connection, query, rows);
  const format = formatterIn(query.zone);
  return {
    columns: columnsOf(query),
    rows: rows.map((row) => rowOf(query, row, previous, format)),
    rowsTotal: series?.length ?? Number(found[0]?.at(-4) ?? 0),
    totals: { ...metricsOf(query, totals), ...(await previousTotals(connection, query)) },
    sessions: { total: Number(totals.at(-3) ?? 0), open: Number(totals.at(-2) ?? 0) },
    ...(await definitionsIn(connection, Number(totals.at(-1) ?? 0), (values) => definedSql(connection, query, values))),
    from: query.range.fromMs,
    to: query.range.toMs,
    timezone: query.zone,
    ...(query.previous && { previous: await comparedPeriod(connection, query, query.previous) }),
  };
}

/** A period that the first session lies in is no fair comparison: it is not whole. */
async function comparedPeriod(connection: DuckDBConnection, query: ReportQuery, { fromMs, toMs }: Range) {
  const values = new Values();
  const earlier = await chosenSql(connection, { ...query, range: { fromMs: 0, toMs: fromMs } }, values);
  const [[whole] = []] = await runStatement(connection, values.statement(`SELECT EXISTS (${earlier})`));
  return { from: fromMs, to: toMs, whole: whole === true };
}

/** The rows, and the numbers of all sessions, then the counts of these. */
async function readRows(connection: DuckDBConnection, query: ReportQuery): Promise<{ found: Row[]; totals: Row }> {
  const groups = groupsOf(query);
  if (groups === 0) return { found: [], totals: await readTotals(connection, query) };
  const { statement, read } = compileRows(query);
  const [totals = [], ...found] = (await runStatement(connection, statement)).map(read);
  return { found, totals: totals.slice(groups) };
}

async function readTotals(connection: DuckDBConnection, query: ReportQuery, range = query.range): Promise<Row> {
  const [totals = []] = await runStatement(connection, compileTotals(query, range));
  return totals;
}

function columnsOf({ granularity, dimensions, metrics, previous }: ReportQuery): ReportColumn[] {
  return [
    ...(granularity ? [{ name: TIME_COLUMN, kind: "time", unit: granularity } as const] : []),
    ...dimensions.map((name): ReportColumn => {
      return { name: name as ColumnName, kind: "dimension", unit: (findDimension(name) as Dimension).type };
    }),
    ...metrics.flatMap(({ column, id }): ReportColumn[] => {
      const { unit } = getMetric(id);
      const now: ReportColumn = { name: column as MetricColumn, kind: "metric", unit };
      return previous ? [now, { ...now, name: (column + PREVIOUS) as ColumnName }] : [now];
    }),
  ];
}

type Previous = ReadonlyMap<string, Row>;

/** The numbers of the same rows in the period before, by key. */
async function previousRows(connection: DuckDBConnection, query: ReportQuery, rows: readonly Row[]): Promise<Previous> {
  if (!query.previous || rows.length === 0) return new Map();
  const groups = (query.granularity ? 1 : 0) + query.dimensions.length;
  const shift = shiftOf(query);
  const keys = rows.map((row) =>
    row.slice(0, groups).map((cell, at) => (at === 0 && shift ? Number(cell) - shift : cell)),
  );
  const found = await runStatement(connection, compileKeyed(query, query.previous, keys));
  return new Map(found.map((row) => [keyOf(row.slice(0, groups), shift), row]));
}

/** How much later a row's bucket is than its counterpart in the previous period. */
function shiftOf({ granularity, previous, range, zone }: ReportQuery): number {
  if (!granularity || !previous) return 0;
  return bucketOf(range.fromMs, granularity, zone) - bucketOf(previous.fromMs, granularity, zone);
}

function keyOf(cells: Row, shift = 0): string {
  return JSON.stringify(cells.map((cell, at) => (at === 0 && shift ? Number(cell) + shift : cell)));
}

function groupsOf({ granularity, dimensions }: ReportQuery): number {
  return (granularity ? 1 : 0) + dimensions.length;
}

function rowOf(query: ReportQuery, row: Row, previous: Previous, format: (ms: number) => string): ReportRow {
  const { granularity, dimensions, zone } = query;
  const groups = groupsOf(query);
  const before = previous.get(keyOf(row.slice(0, groups)));
  const time = granularity ? { [TIME_COLUMN]: format(bucketStartMs(Number(row[0]), granularity, zone)) } : {};
  const values = dimensions.map((name, at) => [name, row[groups - dimensions.length + at] ?? null]);
  return {
    ...time,
    ...Object.fromEntries(values),
    ...metricsOf(query, row.slice(groups), query.previous && (before?.slice(groups) ?? nothing(query))),
  };
}

/** The metrics of no session at all. */
function nothing({ metrics }: ReportQuery): Row {
  return metrics.map(({ aggregation }) => (aggregation === "sum" ? 0 : null));
}

/** Metrics by column. */
function metricsOf({ metrics }: ReportQuery, cells: Row, before?: Row): ReportRow {
  return Object.fromEntries(
    metrics.flatMap((metric, at) => {
      const { column } = metric;
      const now: [string, ReportCell] = [column, cellOf(metric, cells[at])];
      return before ? [now, [column + PREVIOUS, cellOf(metric, before[at])]] : [now];
    }),
  );
}

async function previousTotals(connection: DuckDBConnection, query: ReportQuery): Promise<ReportRow> {
  if (!query.previous) return {};
  const before = await readTotals(connection, query, query.previous);
  return Object.fromEntries(query.metrics.map((metric, at) => [metric.column + PREVIOUS, cellOf(metric, before[at])]));
}

function isPlainSeries({ granularity, dimensions, sort }: ReportQuery): boolean {
  return granularity !== undefined && dimensions.length === 0 && sort.column === TIME_COLUMN;
}

/** A series has a row for each period, even without a session: a chart must not draw over a gap. */
function filled(query: ReportQuery, rows: readonly Row[]): Row[] {
  const { granularity = "day", range, zone, sort } = query;
  const byBucket = new Map(rows.map((row) => [Number(row[0]), row]));
  const buckets = [...bucketsOf(range, granularity, zone)];
  if (sort.descending) buckets.reverse();
  return buckets.map((bucket) => byBucket.get(bucket) ?? [bucket, ...nothing(query)]);
}

function cellOf(metric: MetricChoice, cell: unknown): number | null {
  return typeof cell === "number" && Number.isFinite(cell) ? answeredValue(metric, cell) : null;
}

/** The error that an overloaded engine's refusal becomes. */
export function tooLarge(): AppError {
  return new AppError(
    "report-too-large",
    "Cannot make the report: it needs more memory than there is; choose a shorter range or a filter",
  );
}

/** run: a question's rows, totals and the period before, from the facts. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { AppError } from "../../base/errors.ts";
import { formatterIn, type Range } from "../calendar.ts";
import { type DimensionName, findDimension } from "../catalogue/dimensions.ts";
import type { MetricColumn, ReportMetricId } from "../catalogue/metrics.ts";
import { COLLIDES } from "../compile/coded.ts";
import { type AnsweredDefinitions, definitionsIn } from "../compile/definitions.ts";
import { type DataTraits, dependsOnSize } from "../compile/metric.ts";
import { isPlainSeries, type Plan, planOf } from "../compile/plan.ts";
import { compile, type FoundReport, type FoundRow, noNumbers, readFound } from "../compile/report.ts";
import { chosenSql, definedSql } from "../compile/selection.ts";
import { runStatement, Values } from "../compile/statement.ts";
import { KEPT, tableName } from "../facts/names.ts";
import { type ReportQuery, TIME_COLUMN } from "../query/query.ts";
import { checkStates } from "./check-states.ts";
import { type NeverSeen, neverSeenOf } from "./never-seen.ts";

const SESSIONS = `SELECT count(*) FROM ${tableName(KEPT, "sessions")}`;
/** The engine's error for a number that is no integer of 32 bits. */
const TOO_WIDE = "Conversion Error";

/** A column by its name. One that no catalogue has doesn't compile. */
export type ColumnName =
  | MetricColumn
  | `${MetricColumn}:${"previous" | "change"}`
  | `${ReportMetricId}/${string}`
  | DimensionName
  | typeof TIME_COLUMN;

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
  /** How many of them crawlers opened. */
  readonly bots: number;
  /** Dimensions and filters that no session on record has a value of. */
  readonly neverSeen?: readonly NeverSeen[];
  /** Beside viewers: the sessions that name none. */
  readonly sessionsWithoutViewer?: number;
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
  /** The period that it is compared with, and whether sessions are known from before it, too. */
  readonly previous?: { readonly from: number; readonly to: number; readonly whole: boolean };
}

/** Answers a question. @throws AppError `invalid-query` for a player state that no session had */
export async function runReport(connection: DuckDBConnection, query: ReportQuery): Promise<ReportResult> {
  await checkStates(connection, query);
  const isLarge = dependsOnSize(query.metrics) && (await hasMany(connection));
  const { plan, found } = await find(connection, query, { isLarge });
  const { total, going, bots, versions, withoutViewer } = found.counts;
  const unseen = await neverSeenOf(connection, namesWithoutValue(query, plan, found));
  const definedIn = (values: Parameters<typeof definedSql>[1]) => definedSql(query, values);
  return {
    columns: columnsOf(query, plan),
    ...answeredRows(query, plan, found),
    totals: numbersIn(plan, found.totals),
    sessions: { total: total ?? 0, open: going ?? 0 },
    bots: bots ?? 0,
    ...(unseen.length > 0 && { neverSeen: unseen }),
    ...(withoutViewer !== undefined && { sessionsWithoutViewer: withoutViewer }),
    ...(await definitionsIn(connection, versions ?? 0, definedIn)),
    from: query.range.fromMs,
    to: query.range.toMs,
    timezone: query.zone,
    ...(query.previous && { previous: await comparedPeriod(connection, query, query.previous) }),
  };
}

/** Dimensions of which no row has a value, and those of filters that nothing passed. */
function namesWithoutValue({ filters }: ReportQuery, { groups }: Plan, { rows, counts }: FoundReport): string[] {
  const isNowhere = (at: number) => rows.every(({ keys }) => (keys[at] ?? null) === null);
  return [
    ...groups.flatMap(({ name, type, metric }, at) => (type === "place" || metric || !isNowhere(at) ? [] : [name])),
    ...(counts["total"] ? [] : filters.flatMap(({ name }) => (findDimension(name) ? [name] : []))),
  ];
}

/** A period is no fair comparison if the first session lies in it: it isn't whole. */
async function comparedPeriod(connection: DuckDBConnection, query: ReportQuery, { fromMs, toMs }: Range) {
  const values = new Values();
  const earlier = chosenSql({ ...query, range: { fromMs: 0, toMs: fromMs } }, values);
  const [[whole] = []] = await runStatement(connection, values.statement(`SELECT EXISTS (${earlier})`));
  return { from: fromMs, to: toMs, whole: whole === true };
}

/**
 * Percentiles of more sessions are counted, not sorted; of fewer, planning takes longer than sorting. Viewers of more
 * are not listed: lists stay in memory, where the engine's own tables go to disk.
 */
const MANY = 3_000_000;

async function hasMany(connection: DuckDBConnection): Promise<boolean> {
  const [[sessions] = []] = await runStatement(connection, new Values().statement(SESSIONS));
  return Number(sessions) > MANY;
}

/** Finds the numbers by a plan, or by another one where the first meets what it doesn't expect. */
async function find(
  connection: DuckDBConnection,
  query: ReportQuery,
  extent: Partial<DataTraits>,
): Promise<{ readonly plan: Plan; readonly found: FoundReport }> {
  const plan = planOf(query, extent);
  try {
    return { plan, found: readFound(plan, await runStatement(connection, compile(plan))) };
  } catch (error) {
    const text = String(error);
    if (text.includes(TOO_WIDE) && !extent.isWide) return find(connection, query, { ...extent, isWide: true });
    if (text.includes(COLLIDES) && !extent.collides) return find(connection, query, { ...extent, collides: true });
    const isSmaller = !extent.isLarge && dependsOnSize(query.metrics);
    if (isOutOfMemory(error) && isSmaller) return find(connection, query, { ...extent, isLarge: true });
    throw error;
  }
}

function columnsOf({ granularity }: ReportQuery, { groups, metrics }: Plan): ReportColumn[] {
  return [
    ...groups.map(({ name, type }): ReportColumn => {
      if (type === "place") return { name: TIME_COLUMN, kind: "time", unit: granularity ?? "" };
      return { name: name as ColumnName, kind: "dimension", unit: type };
    }),
    ...metrics.map(({ name, unit }): ReportColumn => ({ name: name as ColumnName, kind: "metric", unit })),
  ];
}

function answeredRows(query: ReportQuery, plan: Plan, found: FoundReport): Pick<ReportResult, "rows" | "rowsTotal"> {
  const series = isPlainSeries(plan) ? filled(plan, found.rows) : undefined;
  const rows = series?.slice(0, plan.limit) ?? found.rows;
  const format = formatterIn(query.zone);
  const startsMs = plan.now.places?.startsMs ?? [];
  return {
    rows: rows.map((row) => ({
      ...Object.fromEntries(
        plan.groups.map(({ name, type }, at) => {
          const key = row.keys[at] ?? null;
          return [name, type === "place" ? format(startsMs[Number(key)] ?? 0) : key];
        }),
      ),
      ...numbersIn(plan, row),
    })),
    rowsTotal: series?.length ?? found.rowsTotal,
  };
}

/** Metrics by column. */
function numbersIn({ metrics }: Plan, { numbers }: Pick<FoundRow, "numbers">): ReportRow {
  return Object.fromEntries(metrics.map(({ name }, at) => [name, numbers[at] ?? null]));
}

/** A series has a row for each period, even without a session: a chart must not draw over a gap. */
function filled(plan: Plan, rows: readonly FoundRow[]): FoundRow[] {
  const byPlace = new Map(rows.map((row) => [Number(row.keys[0]), row]));
  const places = [...(plan.now.places?.startsMs.keys() ?? [])];
  if (plan.order.descending) places.reverse();
  const numbers = noNumbers(plan);
  return places.map((place) => byPlace.get(place) ?? { keys: [place], numbers });
}

/** The engine words this by the place where it found no more. */
export function isOutOfMemory(error: unknown): boolean {
  return /Out of Memory|failed to (pin|allocate|offload)/i.test(String(error)) && !(error instanceof AppError);
}

/** The error that an overloaded engine's refusal becomes. */
export function tooLarge(): AppError {
  return new AppError(
    "report-too-large",
    "Cannot make the report: it needs more memory than there is; choose a shorter range or a filter",
  );
}

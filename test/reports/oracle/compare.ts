/** Holds an answer against the oracle's, row by row. */

import type { ReportCell, ReportResult } from "../../../src/reports/run/report.ts";
import { evaluate, type OracleAnswer, type OracleRow } from "./evaluate.ts";
import { type Cell, periodsOf } from "./items.ts";
import type { Asked } from "./questions.ts";
import type { SessionView } from "./sessions.ts";

const CHANGE = /:change$/;
const isChange = (column: string) => CHANGE.test(column);
const TOLERANCE = 1e-9;
const ROWS_DEFAULT = 100;
const ROWS_OF_SERIES = 10_000;

/** What is wrong with an answer; nothing where it is right. */
export function problemsOf(views: readonly SessionView[], asked: Asked, result: ReportResult): string[] {
  const isCompared = asked.compare || asked.metrics.some(isChange);
  const metrics = asked.metrics.map((column) => column.replace(CHANGE, ""));
  const before = isCompared ? evaluate(views, { ...asked, metrics, ...previousOf(asked) }) : undefined;
  const expected = evaluate(views, { ...asked, metrics });
  const keys = keysOf(asked, expected, before);
  const isSeries = isFilled(asked);
  return [
    ...totalsOf(asked, expected, before, result),
    ...(isSeries ? [] : countOf(asked, keys, result)),
    ...(isSeries ? timesOf(asked, result) : orderOf(asked, withMissing(expected, keys), result)),
    ...rowsOf(asked, { expected, before, keys }, result),
  ];
}

/** The rows there must be: those of now, and those of the period before at places that this one has. */
function keysOf(asked: Asked, expected: OracleAnswer, before: OracleAnswer | undefined): ReadonlySet<string> {
  const places = asked.granularity ? periodsOf(asked, asked.granularity).length : Number.POSITIVE_INFINITY;
  const within = before?.rows.filter(({ keys }) => asked.granularity === undefined || Number(keys[0]) < places) ?? [];
  return new Set([...expected.rows, ...within].map(labelsOf));
}

/** Rows of now, with those that only the period before has. */
function withMissing({ rows, none }: OracleAnswer, allKeys: ReadonlySet<string>): OracleRow[] {
  const known = new Set(rows.map(labelsOf));
  const missing = [...allKeys].filter((key) => !known.has(key)).map((key) => JSON.parse(key));
  return [...rows, ...missing.map((keys) => ({ keys, values: none(keys) }))];
}

function totalsOf(asked: Asked, expected: OracleAnswer, before: OracleAnswer | undefined, result: ReportResult) {
  const { total, open } = result.sessions;
  const counts = total === expected.sessions.total && open === expected.sessions.open;
  return [
    ...(counts ? [] : [`sessions are ${total}, ${open}, not ${expected.sessions.total}, ${expected.sessions.open}`]),
    ...numbersOf(asked, result.totals, { now: expected.totals, before: before?.totals }, "the total"),
  ];
}

function countOf(asked: Asked, rows: ReadonlySet<string>, result: ReportResult): string[] {
  const isTotalOnly = asked.dimensions.length === 0 && !asked.granularity;
  const count = isTotalOnly ? 0 : Math.min(rows.size, limitOf(asked));
  const total = isTotalOnly ? 0 : rows.size;
  return [
    ...(result.rows.length === count ? [] : [`there are ${result.rows.length} rows, not ${count}`]),
    ...(result.rowsTotal === total ? [] : [`there are ${result.rowsTotal} rows in all, not ${total}`]),
  ];
}

/** A series by time has every period, the empty ones too. */
function isFilled({ granularity, dimensions, sort }: Asked): boolean {
  return granularity !== undefined && dimensions.length === 0 && (sort === undefined || sort.column === "time");
}

function timesOf(asked: Asked, { rows }: ReportResult): string[] {
  const times = periodsOf(asked, asked.granularity ?? "day").map((ms) => formatted(ms, asked.zone));
  const expected = (asked.sort?.descending ? times.toReversed() : times).slice(0, limitOf(asked));
  const told = rows.map(({ time }) => time);
  return JSON.stringify(told) === JSON.stringify(expected) ? [] : [`times are ${told}, not ${expected}`];
}

function limitOf({ limit, granularity, dimensions }: Asked): number {
  return limit ?? (granularity && dimensions.length === 0 ? ROWS_OF_SERIES : ROWS_DEFAULT);
}

/** By whatever name was asked for. */
type Row = Readonly<Record<string, ReportCell | undefined>>;

interface Expected {
  readonly expected: OracleAnswer;
  readonly before: OracleAnswer | undefined;
  readonly keys: ReadonlySet<string>;
}

function rowsOf(asked: Asked, { expected, before, keys }: Expected, result: ReportResult) {
  const keyOf = keysTold(asked);
  const byKey = new Map(expected.rows.map((row) => [labelsOf(row), row]));
  const beforeByKey = new Map(before?.rows.map((row) => [labelsOf(row), row]));
  return result.rows.flatMap((row) => {
    const key = keyOf(row);
    const found = byKey.get(key);
    if (!keys.has(key) && !isFilled(asked)) return [`there is no row ${key}`];
    return [
      ...numbersOf(
        asked,
        row,
        {
          now: found?.values ?? expected.none(JSON.parse(key)),
          before: before && (beforeByKey.get(key)?.values ?? before.none(JSON.parse(key))),
        },
        key,
      ),
    ];
  });
}

type Numbers = readonly (number | null)[];

function numbersOf(
  { metrics, compare }: Asked,
  row: Row,
  { now, before }: { readonly now: Numbers; readonly before: Numbers | undefined },
  where: string,
): string[] {
  return metrics.flatMap((column, at) => {
    const [number = null, previous = null] = [now[at], before?.[at]];
    const expected: [string, number | null][] = isChange(column)
      ? [[column, changeOf(number, previous)]]
      : [[column, number], ...(compare ? ([[`${column}:previous`, previous]] as [string, number | null][]) : [])];
    return expected.flatMap(([name, each]) =>
      isSame(row[name], each) ? [] : [`${name} of ${where} is ${row[name]}, not ${each}`],
    );
  });
}

function changeOf(now: number | null, before: number | null): number | null {
  return now === null || before === null || !(before > 0) ? null : (now - before) / before;
}

function isSame(told: unknown, number: number | null): boolean {
  if (number === null || typeof told !== "number") return told === number;
  return Math.abs(told - number) <= TOLERANCE * Math.max(1, Math.abs(number));
}

/** Whether rows are in their order, and whether none that was left out belongs before the last. */
function orderOf(asked: Asked, rows: readonly OracleRow[], result: ReportResult): string[] {
  const { column, descending } = sortOf(asked);
  const compare = (a: Cell, b: Cell) => (descending ? comparing(b, a, true) : comparing(a, b, false));
  const problems: string[] = [];
  for (const [at, row] of result.rows.entries()) {
    const next = result.rows[at + 1];
    if (next && compare(cellOf(row, column), cellOf(next, column)) > 0) problems.push(`row ${at + 1} is out of order`);
  }
  const last = result.rows.at(-1);
  const at = isChange(column) ? -1 : asked.metrics.indexOf(column);
  if (!last || at === -1 || rows.length === result.rows.length) return problems;
  const given = new Set(result.rows.map(keysTold(asked)));
  const missed = rows.filter((row) => {
    const value = row.values[at] ?? null;
    return (
      !given.has(labelsOf(row)) && !isSame(cellOf(last, column), value) && compare(value, cellOf(last, column)) < 0
    );
  });
  return [...problems, ...missed.map((row) => `row ${labelsOf(row)} was left out`)];
}

function sortOf({ sort, granularity, metrics }: Asked): { column: string; descending: boolean } {
  if (sort) return sort;
  return granularity ? { column: "time", descending: false } : { column: metrics[0] as string, descending: true };
}

function cellOf(row: Row, column: string): Cell {
  return row[column] ?? null;
}

/** Texts by their bytes; missing values come last in either direction. */
function comparing(a: Cell, b: Cell, isReversed: boolean): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) !== isReversed ? 1 : -1;
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  return Number(a) - Number(b);
}

/** A row's keys as they are told. */
function keysTold(asked: Asked): (row: Row) => string {
  const { granularity, dimensions, zone } = asked;
  const starts = granularity ? periodsOf(asked, granularity) : [];
  const periods = new Map(starts.map((ms, at) => [formatted(ms, zone), at]));
  return (row) => {
    const time = granularity ? [periods.get(String(row["time"])) ?? -1] : [];
    return JSON.stringify([...time, ...dimensions.map((name) => row[name])]);
  };
}

function labelsOf({ keys }: OracleRow): string {
  return JSON.stringify(keys);
}

function formatted(ms: number, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return at.toString({ timeZoneName: "never", fractionalSecondDigits: 0 });
}

/** As many whole months or days before, or as long before as the range is. */
function previousOf({ fromMs, toMs, zone }: Asked): { fromMs: number; toMs: number } {
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  const from = at(fromMs);
  const to = at(toMs);
  const isBegin = (each: Temporal.ZonedDateTime) => each.equals(each.startOfDay());
  if (!isBegin(from) || !isBegin(to)) return { fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
  const days = from.toPlainDate().until(to.toPlainDate(), { largestUnit: "days" }).days;
  const months = (to.year - from.year) * 12 + to.month - from.month;
  const before = from.day === 1 && to.day === 1 ? from.subtract({ months }) : from.subtract({ days });
  return { fromMs: before.startOfDay().epochMilliseconds, toMs: fromMs };
}

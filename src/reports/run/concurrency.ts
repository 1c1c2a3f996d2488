/** Concurrency: how many sessions played content or an ad at once, over any past range. */

import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { DAY_MS } from "../../base/units.ts";
import { formatterIn, type Range, startsOf } from "../calendar.ts";
import type { DimensionName } from "../catalogue/dimensions.ts";
import { peaksSql, stretchesSql, withoutViewerSql } from "../compile/concurrent.ts";
import { type AnsweredDefinitions, definitionsIn, VERSIONS_SQL } from "../compile/definitions.ts";
import { definedSql } from "../compile/selection.ts";
import { sessionsIn } from "../compile/source.ts";
import { runStatement, runToChunks, Values } from "../compile/statement.ts";
import type { ConcurrencyQuery } from "../query/query.ts";
import { checkStates } from "./check-states.ts";
import { type Level, sweep } from "./levels.ts";

interface ConcurrencyPoint {
  /** When a period begins; of a dimension's value, when its peak was first reached. */
  readonly time: string;
  /** Most of them that played at one instant. */
  readonly peak: number;
  /** Mean over the period, or over the range. */
  readonly mean: number;
}

/** The value of the dimension under its name. */
type ConcurrencyRow = ConcurrencyPoint & Readonly<Partial<Record<DimensionName, string | number | boolean | null>>>;

export interface Concurrency extends AnsweredDefinitions {
  /** The first instant of the highest count; null if no session played. */
  readonly peak: { readonly time: string; readonly sessions?: number; readonly viewers?: number } | null;
  readonly mean: number;
  readonly rows: readonly ConcurrencyRow[];
  /** Counts the rows of a dimension, those beyond the limit among them. */
  readonly rowsTotal?: number;
  /** Beside viewers: the sessions that name none, and take no part. */
  readonly sessionsWithoutViewer?: number;
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

/** Counts day by day: a day's memory is enough, and the question can stop between two days. */
const PIECE_MS = DAY_MS;

interface Bucket extends Level {
  readonly startMs: number;
  readonly lengthMs: number;
}

/** Counts exactly: each beginning and end of playing is a step of one, and the count is constant between steps. */
export async function runConcurrency(
  connection: DuckDBConnection,
  query: ConcurrencyQuery,
  signal?: AbortSignal,
): Promise<Concurrency> {
  await checkStates(connection, query);
  const { range, zone } = query;
  const starts = bucketStarts(query);
  const isStart = new Set(starts);
  const all: Bucket[] = [];
  for (const marks of piecesOf(starts, range)) {
    signal?.throwIfAborted();
    const [fromMs = 0] = marks;
    const plays = await playsIn(connection, query, { fromMs, toMs: marks.at(-1) as number });
    const levels = sweep(
      plays,
      marks.map((mark) => mark - fromMs),
    );
    for (const [at, level] of levels.entries()) {
      const stretch = {
        ...level,
        peakAtMs: fromMs + level.peakAtMs,
        startMs: marks[at] as number,
        lengthMs: (marks[at + 1] as number) - (marks[at] as number),
      };
      const before = isStart.has(stretch.startMs) ? undefined : all.pop();
      all.push(before ? joined(before, stretch) : stretch);
    }
  }
  const highest = all.toSorted((a, b) => b.peak - a.peak).at(0);
  const format = formatterIn(zone);
  const area = all.reduce((sum, bucket) => sum + bucket.area, 0);
  const byPeriod = () => ({
    rows: all.map(({ startMs, lengthMs, peak, area: own }) => {
      return { time: format(startMs), peak, mean: own / lengthMs };
    }),
  });
  return {
    ...(query.dimensions.length > 0 ? await peaksOf(connection, query, format) : byPeriod()),
    peak: highest && highest.peak > 0 ? { time: format(highest.peakAtMs), [query.of]: highest.peak } : null,
    mean: area / (range.toMs - range.fromMs),
    ...(query.of === "viewers" && { sessionsWithoutViewer: await withoutViewer(connection, query) }),
    from: range.fromMs,
    to: range.toMs,
    timezone: zone,
    ...(area > 0 ? await definitionsOf(connection, query) : { definitions: [] }),
  };
}

/** Which definitions gave the times of playing: only where there are several, it matters whose times they are. */
async function definitionsOf(connection: DuckDBConnection, query: ConcurrencyQuery): Promise<AnsweredDefinitions> {
  const { fromMs, toMs } = query.range;
  const bitsIn = async (from: string, values = new Values()) => {
    const sql = `SELECT bit_or(versions)::DOUBLE FROM (${from})`;
    const [[bits] = []] = await runStatement(connection, values.statement(sql));
    return Number(bits ?? 0);
  };
  const playingSql = (values: Values) => {
    const plays = `SELECT session FROM ${sessionsIn(query, "plays")} WHERE "toMs" > ${fromMs} AND "fromMs" < ${toMs}`;
    return definedSql({ ...query, range: { fromMs: 0, toMs } }, values, [`s.session IN (${plays})`]);
  };
  const everyBits = await bitsIn(`SELECT ${VERSIONS_SQL} AS versions FROM ${sessionsIn(query)} s`);
  const values = new Values();
  const isOne = Number.isInteger(Math.log2(everyBits));
  return definitionsIn(connection, isOne ? everyBits : await bitsIn(playingSql(values), values), playingSql);
}

/** Beginnings and ends of playing in a piece, cut at its edges. Relative to its beginning, they are small integers. */
async function playsIn(connection: DuckDBConnection, query: ConcurrencyQuery, { fromMs, toMs }: Range) {
  const values = new Values();
  const stretches = stretchesSql({ ...query, dimensions: [] }, { fromMs, toMs }, values);
  const sql = `SELECT (a - ${fromMs})::INTEGER, (b - ${fromMs})::INTEGER FROM (${stretches})`;
  const chunks = await runToChunks(connection, values.statement(sql));
  const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const begins = new Int32Array(rows);
  const ends = new Int32Array(rows);
  let at = 0;
  for (const chunk of chunks) {
    begins.set(numbersOf(chunk, 0), at);
    ends.set(numbersOf(chunk, 1), at);
    at += chunk.rowCount;
  }
  return { begins, ends };
}

/**
 * A column of numbers without NULL.
 *
 * The vector holds an array but hands out one number at a time, which takes longer than all the rest. This takes the
 * array itself; if a new version of the binding has none, it reads one by one.
 */
function numbersOf(chunk: DuckDBDataChunk, column: number): ArrayLike<number> {
  const vector = chunk.getColumnVector(column);
  const { items } = vector as unknown as { items?: unknown };
  if (items instanceof Int32Array && items.length >= chunk.rowCount) return items.subarray(0, chunk.rowCount);
  return Array.from({ length: chunk.rowCount }, (_, row) => vector.getItem(row) as number);
}

/** The values of the dimension, those with the highest peaks. */
async function peaksOf(connection: DuckDBConnection, query: ConcurrencyQuery, format: (ms: number) => string) {
  const [name = ""] = query.dimensions;
  const { fromMs, toMs } = query.range;
  const found = (await runStatement(connection, peaksSql(query))) as [string | null, number, number, number, number][];
  const rows = found.map(([value, peak, atMs, area]): ConcurrencyRow => {
    return { [name]: value, peak, time: format(atMs), mean: area / (toMs - fromMs) };
  });
  return { rows, rowsTotal: found[0]?.[4] ?? 0 };
}

async function withoutViewer(connection: DuckDBConnection, query: ConcurrencyQuery): Promise<number> {
  const [[count] = []] = await runStatement(connection, withoutViewerSql(query));
  return Number(count ?? 0);
}

/** Where periods begin; the first begins with the range. */
function bucketStarts(query: ConcurrencyQuery): number[] {
  const { range, granularity } = query;
  return startsOf(range, granularity, query).map((ms) => Math.max(ms, range.fromMs));
}

/** The marks of each piece: where its periods begin, then where it ends and the next one begins. */
function piecesOf(starts: readonly number[], { fromMs, toMs }: Range): number[][] {
  const marks = new Set([...starts, toMs]);
  for (let ms = fromMs; ms < toMs; ms += PIECE_MS) marks.add(ms);
  const pieces: number[][] = [];
  let piece: number[] = [];
  for (const mark of [...marks].toSorted((a, b) => a - b)) {
    piece.push(mark);
    if (mark - (piece[0] as number) < PIECE_MS) continue;
    pieces.push(piece);
    piece = [mark];
  }
  return piece.length > 1 ? [...pieces, piece] : pieces;
}

/** Joins the two parts of a period that spans two pieces. */
function joined(before: Bucket, after: Bucket): Bucket {
  const higher = after.peak > before.peak ? after : before;
  return {
    startMs: before.startMs,
    lengthMs: before.lengthMs + after.lengthMs,
    peak: higher.peak,
    peakAtMs: higher.peakAtMs,
    area: before.area + after.area,
  };
}

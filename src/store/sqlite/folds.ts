/** Reading closed sessions' numbers and rows back, as they were folded. */

import { asc, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Metrics } from "../../sessions/metrics.ts";
import type { AdBreakRow, AdRow, ChapterRow } from "../../sessions/rows.ts";
import type { Span } from "../../sessions/watched.ts";
import type { StoredFold } from "../store.ts";
import { readBack } from "./rows.ts";
import { adBreaks, ads, chapters, errors, results, states } from "./schema.ts";

type PeriodColumns = Pick<
  typeof ads.$inferSelect,
  "session" | "startTs" | "timeSpent" | "completed" | "params" | "customMetadata" | "ordinal"
>;

/** The stored numbers of sessions; those that have none are left out. */
export function readFolds(db: BunSQLiteDatabase, ids: readonly number[]): Map<number, StoredFold> {
  const sessions = [...ids];
  const breaksOf = grouped(adBreakRows(db, sessions));
  const adsOf = grouped(adRows(db, sessions));
  const chaptersOf = grouped(chapterRows(db, sessions));
  const statesOf = grouped(stateRows(db, sessions));
  const errorsOf = grouped(errorRows(db, sessions));
  const rows = db.select().from(results).where(isAmong(results.session, sessions)).all();
  return new Map(
    rows.map(({ session, revision: _, ...row }) => [
      session,
      readBack(session, () => ({
        definitions: row.definitions,
        contentSegment: row.contentSegment,
        metrics: JSON.parse(row.metrics) as Metrics,
        spans: JSON.parse(row.spans) as Span[],
        playing: JSON.parse(row.playing) as Span[],
        adBreaks: breaksOf(session),
        ads: adsOf(session),
        chapters: chaptersOf(session),
        states: statesOf(session),
        errors: errorsOf(session),
      })),
    ]),
  );
}

/** One value however many there are: a thousand placeholders cost more to write than their rows cost to read. */
export function isAmong(column: SQLiteColumn, ids: readonly number[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

type Owned<T> = readonly [session: number, row: T];

function adBreakRows(db: BunSQLiteDatabase, sessions: number[]): Owned<AdBreakRow>[] {
  const rows = db
    .select()
    .from(adBreaks)
    .where(isAmong(adBreaks.session, sessions))
    .orderBy(asc(adBreaks.session), asc(adBreaks.ordinal));
  return rows.all().map((row) => [row.session, { ...periodOf(row), index: row.ordinal, adCount: row.adCount }]);
}

function adRows(db: BunSQLiteDatabase, sessions: number[]): Owned<AdRow>[] {
  const rows = db.select().from(ads).where(isAmong(ads.session, sessions)).orderBy(asc(ads.session), asc(ads.ordinal));
  return rows.all().map((row) => [row.session, { ...periodOf(row), breakIndex: row.adBreak, skipped: row.skipped }]);
}

function chapterRows(db: BunSQLiteDatabase, sessions: number[]): Owned<ChapterRow>[] {
  const rows = db
    .select()
    .from(chapters)
    .where(isAmong(chapters.session, sessions))
    .orderBy(asc(chapters.session), asc(chapters.ordinal));
  return rows.all().map((row) => [row.session, { ...periodOf(row), skipped: row.skipped }]);
}

function stateRows(db: BunSQLiteDatabase, sessions: number[]) {
  const rows = db.select().from(states).where(isAmong(states.session, sessions)).all();
  return rows.map(({ session, name, count, duration }) => [session, { name, count, durationMs: duration }] as const);
}

function errorRows(db: BunSQLiteDatabase, sessions: number[]) {
  const rows = db
    .select()
    .from(errors)
    .where(isAmong(errors.session, sessions))
    .orderBy(asc(errors.session), asc(errors.ordinal));
  return rows.all().map(({ session, ts, playhead, id, source }) => {
    return [session, { tsMs: ts, playheadMs: playhead, id, source }] as const;
  });
}

function periodOf(row: PeriodColumns) {
  return readBack(row.session, () => ({
    startTsMs: row.startTs,
    timeSpentMs: row.timeSpent,
    completed: row.completed,
    params: JSON.parse(row.params) as AdRow["params"],
    customMetadata: JSON.parse(row.customMetadata) as AdRow["customMetadata"],
  }));
}

/** The rows of each session, in the order of the rows. */
function grouped<T>(rows: readonly Owned<T>[]): (session: number) => T[] {
  const bySession = Map.groupBy(rows, ([session]) => session);
  return (session) => (bySession.get(session) ?? []).map(([, row]) => row);
}

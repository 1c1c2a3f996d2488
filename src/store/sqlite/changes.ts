/** The feed of changes: which sessions have new numbers, and which are gone, in the order in which it was stored. */

import { asc, eq, gt } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { assert } from "../../base/assert.ts";
import type { Change, StoredSession, Watermark } from "../store.ts";
import { isAmong, readFolds } from "./folds.ts";
import { sessionOf } from "./rows.ts";
import { closes, counters, erasures, results, sessions } from "./schema.ts";

export type Counter = "revision" | "lineage" | "pruned" | "unswept";

/** Reads every counter. */
export function readCounters(db: BunSQLiteDatabase): Record<Counter, number> {
  const rows = db.select().from(counters).all();
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const get = (name: Counter) => {
    const value = values.get(name);
    assert(value !== undefined, `the counter ${name} is made with the tables`);
    return value;
  };
  return { revision: get("revision"), lineage: get("lineage"), pruned: get("pruned"), unswept: get("unswept") };
}

/** Sets a counter, in the transaction that gives it its meaning. */
export function setCounter(db: BunSQLiteDatabase, name: Counter, value: number): void {
  db.update(counters).set({ value }).where(eq(counters.name, name)).run();
}

/** How far the changes reach. */
export function readWatermark(db: BunSQLiteDatabase): Watermark {
  const { revision, lineage, pruned } = readCounters(db);
  return { revision, lineage, prunedRevision: pruned };
}

/** Gives out the next `count` revisions, in the transaction that uses them. @returns the first of them */
export function takeRevisions(db: BunSQLiteDatabase, count: number): number {
  const { revision } = readCounters(db);
  setCounter(db, "revision", revision + count);
  return revision + 1;
}

/** The changes behind a revision, the oldest first. */
export function listChanges(db: BunSQLiteDatabase, afterRevision: number, limit: number): Change[] {
  const changed = db
    .select({ revision: results.revision, session: results.session })
    .from(results)
    .where(gt(results.revision, afterRevision))
    .orderBy(asc(results.revision))
    .limit(limit)
    .all();
  const erased = db
    .select({ revision: erasures.revision, session: erasures.session })
    .from(erasures)
    .where(gt(erasures.revision, afterRevision))
    .orderBy(asc(erasures.revision))
    .limit(limit)
    .all();
  const stored = readClosed(
    db,
    changed.map(({ session }) => session),
  );
  const folds = readFolds(db, [...stored.keys()]);
  return [...changed, ...erased]
    .toSorted((a, b) => a.revision - b.revision)
    .slice(0, limit)
    .map(({ revision, session: id }) => {
      const [session, fold] = [stored.get(id), folds.get(id)];
      return { revision, id, ...(session && fold && { result: { session, fold } }) };
    });
}

function readClosed(db: BunSQLiteDatabase, ids: number[]): Map<number, StoredSession> {
  const rows = db
    .select()
    .from(sessions)
    .innerJoin(closes, eq(closes.session, sessions.id))
    .where(isAmong(sessions.id, ids))
    .all();
  return new Map(rows.map((row) => [row.sessions.id, sessionOf(row.sessions, row.closes, null)]));
}

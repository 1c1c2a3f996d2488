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

/**
 * The changes behind a revision, the oldest first.
 *
 * All are read as of one moment: a change that is stored between two readings would be missed, and never seen again.
 */
export function listChanges(db: BunSQLiteDatabase, afterRevision: number, limit: number): Change[] {
  return db.transaction(() => readChanges(db, afterRevision, limit), { behavior: "deferred" });
}

interface Marked {
  readonly revision: number;
  readonly session: number;
}

function readChanges(db: BunSQLiteDatabase, afterRevision: number, limit: number): Change[] {
  const [changed, erased] = [results, erasures].map((table) =>
    db
      .select({ revision: table.revision, session: table.session })
      .from(table)
      .where(gt(table.revision, afterRevision))
      .orderBy(asc(table.revision))
      .limit(limit)
      .all(),
  ) as [Marked[], Marked[]];
  const stored = readClosed(
    db,
    changed.map(({ session }) => session),
  );
  const folds = readFolds(db, [...stored.keys()]);
  const withResults = changed.map(({ revision, session: id }): Change => {
    const [session, fold] = [stored.get(id), folds.get(id)];
    return { revision, id, ...(session && fold && { result: { session, fold } }) };
  });
  // An erasure has no numbers, even if its session number has been given to another session since.
  const without = erased.map(({ revision, session: id }): Change => ({ revision, id }));
  return [...withResults, ...without].toSorted((a, b) => a.revision - b.revision).slice(0, limit);
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

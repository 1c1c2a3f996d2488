/**
 * Removes sessions, or their events, from the file.
 *
 * The rows that make a session visible go at once; a hundred thousand others may follow, in slices. All of it is read
 * here and removed by the commit thread, so that no request waits for the disk.
 */

import type { Database } from "bun:sqlite";
import { and, asc, eq, gt, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { keyedHash } from "../../base/keyed-hash.ts";
import type { LogPosition } from "../journal.ts";
import type { ExpiredQuery } from "../queries.ts";
import type { ErasedReason, SessionEnd } from "../store.ts";
import { put, putOldDelete } from "./batch.ts";
import type { Batch, SqlValue } from "./commit.ts";
import { ofSession } from "./damage.ts";
import type { Old } from "./erased.ts";
import { readHashKey } from "./keys.ts";
import { hasOldTable } from "./moving.ts";
import { rawRows } from "./raw.ts";
import { adBreaks, ads, chapters, closes, erasures, errors } from "./schema.ts";
import type { SqliteConnection } from "./sessions.ts";

/** Rows to find before asking whether that is enough: on pages of their own they take some milliseconds to remove. */
const STEP_ROWS = 50;

/** Follows a session's chain back from an event, for one step's worth of events. */
const CHAIN_STEP = `
  WITH RECURSIVE chain (seq, prev_seq) AS (
    SELECT seq, prev_seq FROM events WHERE seq = ?1 AND session = ?2
    UNION ALL
    SELECT events.seq, events.prev_seq FROM chain JOIN events ON events.seq = chain.prev_seq AND events.session = ?2
    WHERE chain.prev_seq > 0 AND chain.prev_seq < chain.seq
  )
  SELECT seq, prev_seq FROM chain LIMIT ${STEP_ROWS}`;

/** The tables of a session's rows that may be many, and the statement that removes the first of them. */
const LONG_TABLES = [
  [adBreaks, "deleteSomeAdBreaks"],
  [ads, "deleteSomeAds"],
  [chapters, "deleteSomeChapters"],
  [errors, "deleteSomeErrors"],
] as const;

interface Erasure {
  readonly atMs: number;
  /** A person's, which keeps the hashes of sids. */
  readonly reason: ErasedReason | undefined;
  /** The numbers given out last: without their rows they would be given out again. */
  readonly numbers: LogPosition;
}

/** Makes sessions invisible, and records their remaining rows. @returns how many exist */
export function eraseBatch(
  source: SqliteConnection,
  erased: readonly SessionEnd[],
  { atMs, reason, numbers }: Erasure,
): { batch: Batch; count: number } {
  const { client, db } = source;
  const batch: SqlValue[] = [];
  put(batch, "upsertPosition", { name: "numbers", ...numbers });
  const key = readHashKey(db);
  const isMoving = hasOldTable(client);
  const find = client.query<{ sid: string; lastSeq: number | null }, [number]>(
    `SELECT sid, last_seq AS lastSeq FROM sessions LEFT JOIN closes ON closes.session = sessions.id
     WHERE sessions.id = ?`,
  );
  let count = 0;
  for (const { id: session, seq } of new Map(erased.map((each) => [each.id, each])).values()) {
    const found = ofSession(session, () => find.get(session));
    if (!found) continue;
    count += 1;
    put(batch, "raiseRevision", {});
    put(batch, "deleteStart", { session });
    if (isMoving) putOldDelete(batch, session);
    if (reason) put(batch, "keepErased", { hash: keyedHash(key, "sid", found.sid), reason, erasedAt: atMs });
    put(batch, "deleteClose", { session });
    put(batch, "deleteHead", { session });
    put(batch, "deleteResults", { session });
    put(batch, "deleteOpeningsOf", { session });
    put(batch, "insertErasure", { session, erasedAt: atMs, lastSeq: found.lastSeq ?? seq });
  }
  if (count > 0) put(batch, "setCounter", { name: "unswept", value: 1 });
  return { batch, count };
}

/** Marks sessions that closed before an instant as trimmed, if they have numbers. @returns how many */
export function trimBatch(
  db: BunSQLiteDatabase,
  { beforeMs, limit }: ExpiredQuery,
  numbers: LogPosition,
): { batch: Batch; count: number } {
  const due = db
    .select({ session: closes.session })
    .from(closes)
    // As the partial index says it, or SQLite would not use it.
    .where(
      and(sql`${closes.trimmed} = 0`, lt(closes.closedAt, beforeMs), eq(closes.pending, false), isNull(closes.failure)),
    )
    .orderBy(asc(closes.closedAt))
    .limit(limit)
    .all();
  const batch: SqlValue[] = [];
  if (due.length === 0) return { batch, count: 0 };
  put(batch, "upsertPosition", { name: "numbers", ...numbers });
  for (const { session } of due) put(batch, "trimClose", { session });
  put(batch, "setCounter", { name: "unswept", value: 1 });
  return { batch, count: due.length };
}

/** Rows of one session to remove. */
export interface Remains {
  readonly session: number;
  readonly batch: Batch;
}

/**
 * Finds invisible rows until `enough`, or until there are no more.
 *
 * @param without sessions to pass over
 * @throws DamageError for a session of which a damaged page has rows
 */
export function findRemains(
  { client, db }: SqliteConnection,
  enough: () => boolean,
  without: ReadonlySet<number>,
): { found: Remains[]; isEnough: boolean } {
  const found: Remains[] = [];
  const passed = new Set(without);
  let isEnough = false;
  while (!isEnough) {
    const rest = findErased(db, passed) ?? findTrimmed(db, passed);
    if (!rest) break;
    const { session } = rest;
    passed.add(session);
    const batch: SqlValue[] = [];
    isEnough = ofSession(session, () => putRemains({ client, db }, batch, rest, enough));
    found.push({ session, batch });
  }
  return { found, isEnough };
}

/** Finds the erasures to forget. */
export function oldErasures(db: BunSQLiteDatabase, { beforeMs, limit }: ExpiredQuery): Old {
  const oldest = db.select().from(erasures).orderBy(asc(erasures.revision)).limit(limit).all();
  const kept = oldest.findIndex(({ erasedAt, pending }) => erasedAt >= beforeMs || pending);
  const old = kept === -1 ? oldest : oldest.slice(0, kept);
  return { count: old.length, revision: old.at(-1)?.revision ?? 0 };
}

interface Rest {
  readonly session: number;
  readonly lastSeq: number;
  /** Names its erasure; absent for a trimmed session, which keeps its rows. */
  readonly revision?: number;
}

function findErased(db: BunSQLiteDatabase, passed: ReadonlySet<number>): Rest | undefined {
  return db
    .select({ session: erasures.session, lastSeq: erasures.lastSeq, revision: erasures.revision })
    .from(erasures)
    .where(and(sql`${erasures.pending} = 1`, isNotAmong(erasures.session, passed)))
    .orderBy(asc(erasures.revision))
    .limit(1)
    .get();
}

function findTrimmed(db: BunSQLiteDatabase, passed: ReadonlySet<number>): Rest | undefined {
  return db
    .select({ session: closes.session, lastSeq: closes.lastSeq })
    .from(closes)
    .where(and(sql`${closes.trimmed} = 1 and ${closes.lastSeq} > 0`, isNotAmong(closes.session, passed)))
    .limit(1)
    .get();
}

function isNotAmong(session: SQLiteColumn, passed: ReadonlySet<number>): SQL {
  return sql`${session} NOT IN (SELECT value FROM json_each(${JSON.stringify([...passed])}))`;
}

/** Removes what is left of a session, or begins to. @returns whether it is enough */
function putRemains(source: SqliteConnection, batch: SqlValue[], rest: Rest, enough: () => boolean): boolean {
  const { session, revision } = rest;
  let isEnough = false;
  let { lastSeq } = rest;
  while (lastSeq > 0 && !isEnough) {
    lastSeq = putEvents(source.client, batch, { session, lastSeq });
    isEnough = enough();
  }
  if (revision === undefined) {
    put(batch, "moveTrimmed", { session, lastSeq });
    return isEnough;
  }
  let pending = true;
  for (let after = 0; lastSeq === 0 && pending && !isEnough; after += STEP_ROWS) {
    pending = putRows(source.db, batch, session, after);
    isEnough = enough();
  }
  put(batch, "moveErasure", { revision, lastSeq, pending });
  return isEnough;
}

/** Removes the latest events of a chain. @returns the latest one left, 0 for none */
function putEvents(client: Database, batch: SqlValue[], { session, lastSeq }: Omit<Rest, "revision">): number {
  const chain = rawRows<[seq: number, prevSeq: number]>(client, CHAIN_STEP, lastSeq, session);
  for (const [seq] of chain) put(batch, "deleteEvent", { seq });
  const [seq, prevSeq] = chain.at(-1) ?? [0, 0];
  // A damaged row may lead to itself, or to a later one.
  return prevSeq < seq ? prevSeq : 0;
}

/** Removes rows of ads and the like, a step for each kind. @returns whether there may be more */
function putRows(db: BunSQLiteDatabase, batch: SqlValue[], session: number, afterOrdinal: number): boolean {
  put(batch, "deleteStates", { session });
  let isFull = false;
  for (const [table, name] of LONG_TABLES) {
    const { ordinal } = table;
    const step = db
      .select({ ordinal })
      .from(table)
      .where(and(eq(table.session, session), gt(ordinal, afterOrdinal)))
      .orderBy(asc(ordinal))
      .limit(STEP_ROWS)
      .all();
    const last = step.at(-1);
    if (last) put(batch, name, { session, ordinal: last.ordinal });
    isFull ||= step.length === STEP_ROWS;
  }
  return isFull;
}

/**
 * Removes sessions, or their events, from the file.
 *
 * The rows that make a session visible go at once; a hundred thousand others may follow, in slices.
 */

import type { Database } from "bun:sqlite";
import { and, asc, eq, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { OPENING_RULES } from "../opening.ts";
import type { ExpiredQuery } from "../queries.ts";
import type { ErasedReason, SessionEnd } from "../store.ts";
import { setCounter, takeRevisions } from "./changes.ts";
import { ofSession } from "./damage.ts";
import { keepErased } from "./erased.ts";
import { deleteStart } from "./moving.ts";
import { rawRows } from "./raw.ts";
import {
  adBreaks,
  ads,
  chapters,
  closes,
  erasures,
  errors,
  heads,
  openings,
  results,
  sessions,
  states,
} from "./schema.ts";
import type { Source } from "./sessions.ts";

/** Rows to remove before asking whether that is enough: on pages of their own they take some milliseconds. */
const STEP_ROWS = 50;

/** Follows a session's chain back from an event, for one step's worth of events. */
const CHAIN_STEP = `
  WITH RECURSIVE chain (seq, prev_seq) AS (
    SELECT seq, prev_seq FROM events WHERE seq = ?1 AND session = ?2
    UNION ALL
    SELECT events.seq, events.prev_seq FROM chain JOIN events ON events.seq = chain.prev_seq AND events.session = ?2
  )
  SELECT seq, prev_seq FROM chain LIMIT ${STEP_ROWS}`;

/** Makes sessions invisible, and records their remaining rows. @returns how many existed */
export function eraseSessions(
  { client, db }: Source,
  erased: readonly SessionEnd[],
  atMs: number,
  reason: ErasedReason | undefined,
): number {
  let revision = takeRevisions(db, erased.length);
  let count = 0;
  for (const { id, seq } of erased) {
    const session = db.select({ sid: sessions.sid }).from(sessions).where(eq(sessions.id, id)).get();
    if (!session || !deleteStart(client, id)) continue;
    if (reason) keepErased(db, session.sid, { revision, reason, erasedAt: atMs });
    const close = db.delete(closes).where(eq(closes.session, id)).returning({ lastSeq: closes.lastSeq }).get();
    db.delete(heads).where(eq(heads.session, id)).run();
    db.delete(results).where(eq(results.session, id)).run();
    // By the whole key: an index by session alone would cost every opening.
    db.delete(openings)
      .where(and(inArray(openings.rule, OPENING_RULES), eq(openings.session, id)))
      .run();
    const lastSeq = close?.lastSeq ?? seq;
    db.insert(erasures).values({ revision, session: id, erasedAt: atMs, lastSeq, pending: true }).run();
    revision += 1;
    count += 1;
  }
  if (count > 0) setCounter(db, "unswept", 1);
  return count;
}

/** Marks sessions that closed before an instant as trimmed, if they have numbers. @returns how many */
export function trimSessions(db: BunSQLiteDatabase, { beforeMs, limit }: ExpiredQuery): number {
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
  const ids = due.map(({ session }) => session);
  if (ids.length === 0) return 0;
  db.update(closes).set({ trimmed: true }).where(inArray(closes.session, ids)).run();
  setCounter(db, "unswept", 1);
  return ids.length;
}

/**
 * Removes invisible rows until `enough`.
 *
 * @param without sessions to pass over
 * @returns whether more are left
 * @throws DamageError for a session of which a damaged page has rows
 */
export function removeRemains({ client, db }: Source, enough: () => boolean, without: ReadonlySet<number>): boolean {
  const passed = JSON.stringify([...without]);
  while (true) {
    const left = removeErased(client, db, passed) || removeTrimmed(client, db, passed);
    if (!left) return false;
    if (enough()) return true;
  }
}

/** Forgets old erasures, and records how far. @returns how many */
export function pruneErasures(db: BunSQLiteDatabase, { beforeMs, limit }: ExpiredQuery): number {
  const oldest = db.select().from(erasures).orderBy(asc(erasures.revision)).limit(limit).all();
  const kept = oldest.findIndex(({ erasedAt, pending }) => erasedAt >= beforeMs || pending);
  const old = kept === -1 ? oldest : oldest.slice(0, kept);
  const last = old.at(-1);
  if (!last) return 0;
  db.delete(erasures).where(sql`${erasures.revision} <= ${last.revision}`).run();
  setCounter(db, "pruned", last.revision);
  return old.length;
}

/** Takes one step through the rows of an erased session. @returns whether there was one */
function removeErased(client: Database, db: BunSQLiteDatabase, passed: string): boolean {
  const rest = db
    .select()
    .from(erasures)
    .where(and(sql`${erasures.pending} = 1`, isNotAmong(erasures.session, passed)))
    .orderBy(asc(erasures.revision))
    .limit(1)
    .get();
  if (!rest) return false;
  const { revision, session } = rest;
  ofSession(session, () => {
    const lastSeq = removeEvents(client, rest);
    const pending = lastSeq > 0 || removeRows(db, session) > 0;
    db.update(erasures).set({ lastSeq, pending }).where(eq(erasures.revision, revision)).run();
  });
  return true;
}

/** Takes one step through the events of a trimmed session. @returns whether there was one */
function removeTrimmed(client: Database, db: BunSQLiteDatabase, passed: string): boolean {
  const rest = db
    .select({ session: closes.session, lastSeq: closes.lastSeq })
    .from(closes)
    .where(and(sql`${closes.trimmed} = 1 and ${closes.lastSeq} > 0`, isNotAmong(closes.session, passed)))
    .limit(1)
    .get();
  if (!rest) return false;
  ofSession(rest.session, () => {
    const lastSeq = removeEvents(client, rest);
    db.update(closes).set({ lastSeq }).where(eq(closes.session, rest.session)).run();
  });
  return true;
}

function isNotAmong(session: SQLiteColumn, passed: string): SQL {
  return sql`${session} NOT IN (SELECT value FROM json_each(${passed}))`;
}

/** Removes the latest events of a chain. @returns the latest one left, 0 for none */
function removeEvents(client: Database, { session, lastSeq }: { session: number; lastSeq: number }): number {
  if (lastSeq === 0) return 0;
  const chain = rawRows<[seq: number, prevSeq: number]>(client, CHAIN_STEP, lastSeq, session);
  const remove = client.query<never, [number]>("DELETE FROM events WHERE seq = ?");
  for (const [seq] of chain) remove.run(seq);
  return chain.at(-1)?.[1] ?? 0;
}

/** Removes rows of ads and the like, a step for each kind. @returns how many */
function removeRows(db: BunSQLiteDatabase, session: number): number {
  let removed = db.delete(states).where(eq(states.session, session)).returning({ name: states.name }).all().length;
  for (const table of [adBreaks, ads, chapters, errors]) {
    const step = db.select({ ordinal: table.ordinal }).from(table).where(eq(table.session, session)).limit(STEP_ROWS);
    const ordinals = step.all().map(({ ordinal }) => ordinal);
    if (ordinals.length === 0) continue;
    db.delete(table)
      .where(and(eq(table.session, session), inArray(table.ordinal, ordinals)))
      .run();
    removed += ordinals.length;
  }
  return removed;
}

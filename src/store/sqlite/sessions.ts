/** Finding sessions: each with how it ended, and with its numbers if it has some. */

import { and, asc, count, desc, eq, gt, gte, inArray, isNotNull, lt, lte, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { ClosedQuery, Erasable, SessionQuery, StoredSession } from "../store.ts";
import { sessionOf } from "./rows.ts";
import { closes, results, sessions } from "./schema.ts";

const NEWEST_FIRST = [desc(sessions.startedAt), desc(sessions.id)];
const OLDEST_FIRST = [asc(sessions.startedAt), asc(sessions.id)];

export function findSession(db: BunSQLiteDatabase, sid: string): StoredSession | undefined {
  return select(db, eq(sessions.sid, sid), { order: NEWEST_FIRST, limit: 1 })[0];
}

export function listSessions(db: BunSQLiteDatabase, query: SessionQuery): StoredSession[] {
  const { first = "newest", fromMs, toMs, untilId, after, closedOnly, limit } = query;
  const key = sql`(${sessions.startedAt}, ${sessions.id})`;
  const place = after && sql`(${after.startedAtMs}, ${after.id})`;
  const where = and(
    started({ fromMs, toMs, untilId }),
    place && (first === "newest" ? sql`${key} < ${place}` : sql`${key} > ${place}`),
    closedOnly ? isNotNull(closes.session) : undefined,
  );
  return select(db, where, { order: first === "newest" ? NEWEST_FIRST : OLDEST_FIRST, limit });
}

export function countSessions(db: BunSQLiteDatabase, query: StartQuery): number {
  const all = db.select({ sessions: count() }).from(sessions);
  return all.where(started(query)).get()?.sessions ?? 0;
}

export function getSessions(db: BunSQLiteDatabase, ids: readonly number[]): StoredSession[] {
  return select(db, inArray(sessions.id, [...ids]), { order: NEWEST_FIRST, limit: ids.length });
}

/** Reads nothing that was sent, so that a damaged session can be erased. */
export function findErasable(db: BunSQLiteDatabase, ids: readonly number[]): Erasable[] {
  const { id, sid } = sessions;
  const rows = db.select({ id, sid, seq: closes.lastSeq }).from(sessions).leftJoin(closes, eq(closes.session, id));
  const found = rows.where(inArray(id, [...ids])).all();
  return found.map(({ seq, ...session }) => ({ ...session, ...(seq !== null && { seq }) }));
}

export function listClosed(db: BunSQLiteDatabase, query: ClosedQuery): StoredSession[] {
  const { afterId, trimmed, fromMs, toMs, limit } = query;
  const where = and(gt(closes.session, afterId), areTrimmed(trimmed), started({ fromMs, toMs }));
  return select(db, where, { order: [asc(closes.session)], limit });
}

export function countClosed(
  db: BunSQLiteDatabase,
  { fromMs, toMs, trimmed }: Omit<ClosedQuery, "afterId" | "limit">,
): number {
  const join = db.select({ closed: count() }).from(closes).innerJoin(sessions, eq(closes.session, sessions.id));
  return join.where(and(started({ fromMs, toMs }), areTrimmed(trimmed))).get()?.closed ?? 0;
}

/** The numbers of closed sessions with events that no result has seen, behind a number. */
export function listPending(db: BunSQLiteDatabase, afterId: number, limit: number): number[] {
  const { session } = closes;
  const pending = db
    .select({ session })
    .from(closes)
    // As the partial index says it, or SQLite would not use it.
    .where(and(gt(session, afterId), sql`${closes.pending} = 1`))
    .orderBy(asc(session))
    .limit(limit);
  return pending.all().map((row) => row.session);
}

interface Listing {
  readonly order: readonly SQL[];
  readonly limit: number;
}

function select(db: BunSQLiteDatabase, where: SQL | undefined, { order, limit }: Listing): StoredSession[] {
  return db
    .select()
    .from(sessions)
    .leftJoin(closes, eq(closes.session, sessions.id))
    .leftJoin(results, eq(results.session, sessions.id))
    .where(where)
    .orderBy(...order)
    .limit(limit)
    .all()
    .map((row) => sessionOf(row.sessions, row.closes, row.results));
}

type StartQuery = Pick<SessionQuery, "fromMs" | "toMs" | "untilId">;

function started({ fromMs, toMs, untilId }: StartQuery): SQL | undefined {
  return and(
    fromMs === undefined ? undefined : gte(sessions.startedAt, fromMs),
    toMs === undefined ? undefined : lt(sessions.startedAt, toMs),
    untilId === undefined ? undefined : lte(sessions.id, untilId),
  );
}

function areTrimmed(trimmed: boolean | undefined): SQL | undefined {
  return trimmed === undefined ? undefined : eq(closes.trimmed, trimmed);
}

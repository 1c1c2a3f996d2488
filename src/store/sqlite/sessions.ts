/** Finding sessions: each with how it ended, and with its numbers if it has some. */

import { and, asc, count, desc, eq, gt, gte, inArray, isNotNull, lt, lte, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { ClosedQuery, SessionPageQuery, SessionQuery, StoredSession } from "../store.ts";
import { sessionOf } from "./rows.ts";
import { closes, results, sessions } from "./schema.ts";

const NEWEST_FIRST = [desc(sessions.startedAt), desc(sessions.id)];
const OLDEST_FIRST = [asc(sessions.startedAt), asc(sessions.id)];

export function findSession(db: BunSQLiteDatabase, sid: string): StoredSession | undefined {
  return select(db, eq(sessions.sid, sid), { order: NEWEST_FIRST, limit: 1 })[0];
}

export function listSessions(db: BunSQLiteDatabase, query: SessionQuery): StoredSession[] {
  const { fromMs, toMs, after, closedOnly, limit } = query;
  const where = and(
    startedIn(fromMs, toMs),
    after && sql`(${sessions.startedAt}, ${sessions.id}) < (${after.startedAtMs}, ${after.id})`,
    closedOnly ? isNotNull(closes.session) : undefined,
  );
  return select(db, where, { order: NEWEST_FIRST, limit });
}

export function getSessions(db: BunSQLiteDatabase, ids: readonly number[]): StoredSession[] {
  return select(db, inArray(sessions.id, [...ids]), { order: NEWEST_FIRST, limit: ids.length });
}

export function listClosed(db: BunSQLiteDatabase, query: ClosedQuery): StoredSession[] {
  const { afterId, pendingOnly, trimmed, fromMs, toMs, limit } = query;
  const where = and(
    gt(closes.session, afterId),
    // As the partial index says it, or SQLite would not use it.
    pendingOnly ? sql`${closes.pending} = 1` : undefined,
    trimmed === undefined ? undefined : eq(closes.trimmed, trimmed),
    startedIn(fromMs, toMs),
  );
  return select(db, where, { order: [asc(closes.session)], limit });
}

export function countClosed(
  db: BunSQLiteDatabase,
  { fromMs, toMs, trimmed }: Omit<ClosedQuery, "afterId" | "pendingOnly" | "limit">,
): number {
  const join = db.select({ closed: count() }).from(closes).innerJoin(sessions, eq(closes.session, sessions.id));
  const where = and(startedIn(fromMs, toMs), trimmed === undefined ? undefined : eq(closes.trimmed, trimmed));
  return join.where(where).get()?.closed ?? 0;
}

export function pageSessions(db: BunSQLiteDatabase, query: SessionPageQuery): StoredSession[] {
  const { untilId, fromMs, toMs, after, limit } = query;
  const where = and(
    lte(sessions.id, untilId),
    startedIn(fromMs, toMs),
    after && sql`(${sessions.startedAt}, ${sessions.id}) > (${after.startedAtMs}, ${after.id})`,
  );
  return select(db, where, { order: OLDEST_FIRST, limit });
}

export function countSessions(
  db: BunSQLiteDatabase,
  { untilId, fromMs, toMs }: Omit<SessionPageQuery, "after" | "limit">,
): number {
  const all = db.select({ sessions: count() }).from(sessions);
  return all.where(and(lte(sessions.id, untilId), startedIn(fromMs, toMs))).get()?.sessions ?? 0;
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

function startedIn(fromMs: number | undefined, toMs: number | undefined): SQL | undefined {
  return and(
    fromMs === undefined ? undefined : gte(sessions.startedAt, fromMs),
    toMs === undefined ? undefined : lt(sessions.startedAt, toMs),
  );
}

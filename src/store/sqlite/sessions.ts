/** Finding sessions: each with how it ended, and with its numbers if it has some. */

import { and, asc, count, desc, eq, gt, gte, inArray, isNotNull, lt, lte, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { ClosedQuery, Erasable, SessionQuery, StoredSession } from "../store.ts";
import { isAmong } from "./folds.ts";
import { takePage } from "./page.ts";
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

/** Reads sessions by their numbers, in this order. */
export function getSessions(db: BunSQLiteDatabase, ids: readonly number[]): StoredSession[] {
  const weights = new Map(weigh(db, isAmong(sessions.id, ids)).map((row) => [row.id, row]));
  return read(
    db,
    ids.flatMap((id) => weights.get(id) ?? []),
  );
}

/** Reads nothing that was sent, so that a damaged session can be erased. */
export function findNumber(db: BunSQLiteDatabase, sid: string): number | undefined {
  return db.select({ id: sessions.id }).from(sessions).where(eq(sessions.sid, sid)).get()?.id;
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

/** How many sessions {@link listPending} has in all. */
export function countPending(db: BunSQLiteDatabase): number {
  return db.select({ pending: count() }).from(closes).where(sql`${closes.pending} = 1`).get()?.pending ?? 0;
}

interface Listing {
  readonly order?: readonly SQL[];
  readonly limit?: number;
}

interface Weighed {
  readonly id: number;
  readonly bytes: number;
}

function select(db: BunSQLiteDatabase, where: SQL | undefined, listing: Listing): StoredSession[] {
  return read(db, weigh(db, where, listing));
}

/** What sessions weigh of which nothing is read yet: SQLite knows the length of a text without reading it. */
function weigh(db: BunSQLiteDatabase, where: SQL | undefined, { order = [], limit = -1 }: Listing = {}): Weighed[] {
  const bytes = sql<number>`octet_length(${sessions.payload}) + ifnull(octet_length(${sessions.flags}), 0)
    + ifnull(octet_length(${sessions.wire}), 0)
    + ifnull(octet_length(${results.metrics}), 0)`;
  return db
    .select({ id: sessions.id, bytes })
    .from(sessions)
    .leftJoin(closes, eq(closes.session, sessions.id))
    .leftJoin(results, eq(results.session, sessions.id))
    .where(where)
    .orderBy(...order)
    .limit(limit)
    .all();
}

/** Reads as many of them as a page holds, in this order. */
function read(db: BunSQLiteDatabase, weighed: readonly Weighed[]): StoredSession[] {
  const ids = takePage(weighed, ({ bytes }) => bytes).page.map(({ id }) => id);
  const { definitions, metrics, contentSegment } = results;
  const rows = db
    .select({ sessions, closes, results: { definitions, metrics, contentSegment } })
    .from(sessions)
    .leftJoin(closes, eq(closes.session, sessions.id))
    .leftJoin(results, eq(results.session, sessions.id))
    .where(isAmong(sessions.id, ids))
    .all();
  const found = new Map(rows.map((row) => [row.sessions.id, sessionOf(row.sessions, row.closes, row.results)]));
  return ids.flatMap((id) => found.get(id) ?? []);
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

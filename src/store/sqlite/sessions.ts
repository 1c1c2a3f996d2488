/** Finds sessions: each with how it ended, and with its numbers if it has some. */

import type { Database } from "bun:sqlite";
import {
  and,
  asc,
  count,
  desc,
  eq,
  getViewSelectedFields,
  gt,
  gte,
  inArray,
  isNotNull,
  lt,
  lte,
  type SQL,
  sql,
} from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { DamageError, type Skip } from "../damage.ts";
import type { ClosedQuery, SessionQuery } from "../queries.ts";
import { listedBy } from "../session-key.ts";
import type { Erasable, StoredSession } from "../store.ts";
import { isDamage, ofSession, unlessDamaged } from "./damage.ts";
import { findOldNumber } from "./moving.ts";
import { takePage } from "./page.ts";
import { rawRows } from "./raw.ts";
import { sessionOf } from "./rows.ts";
import { closes, results, sessions } from "./schema.ts";
import { CLOSES_BY_NUMBER, type Entry, SESSIONS_BY_START, walk } from "./walk.ts";

/** One connection, raw and through Drizzle. */
export interface SqliteConnection {
  readonly client: Database;
  readonly db: BunSQLiteDatabase;
}

const NEWEST_FIRST = [desc(sessions.startedAt), desc(sessions.id)];
const OLDEST_FIRST = [asc(sessions.startedAt), asc(sessions.id)];

export function findSession({ client, db }: SqliteConnection, sid: string): StoredSession | undefined {
  const ids = ofSession(undefined, () => numbersLike(client, sid));
  for (const id of ids) {
    const session = getSession(db, id);
    if (session?.sid === sid) return session;
  }
  return undefined;
}

/** Worded like the index. */
const NUMBERS_LIKE = `SELECT id FROM starts
  WHERE substr(sid, 1, 8) = unhex(substr(?1, 1, 16)) AND substr(sid, 25, 8) = unhex(substr(?1, 49, 16))`;

/**
 * The numbers of the sessions whose ids may be this one: of one, or none. Reads the index of ids alone, so that its
 * reader can name a damaged session in an error.
 */
function numbersLike(client: Database, sid: string): number[] {
  const find = () => rawRows<[id: number]>(client, NUMBERS_LIKE, sid).flat();
  const found = find();
  if (found.length > 0) return found;
  const old = findOldNumber(client, sid);
  // Once more, since the row may have moved in between.
  return old === undefined ? find() : [old];
}

export function listSessions(source: SqliteConnection, query: SessionQuery, skip?: Skip): StoredSession[] {
  const { first = "newest", fromMs, toMs, untilId, after, closedOnly, limit } = query;
  const key = sql`(${sessions.startedAt}, ${sessions.id})`;
  const place = after && sql`(${after.startedAtMs}, ${after.id})`;
  const where = and(
    started({ fromMs, toMs, untilId }),
    place && (first === "newest" ? sql`${key} < ${place}` : sql`${key} > ${place}`),
    closedOnly ? isNotNull(closes.session) : undefined,
  );
  const listing = { order: first === "newest" ? NEWEST_FIRST : OLDEST_FIRST, limit };
  const behind = first === "newest" ? -1 : 1;
  const isInOrder = (a: Place, b: Place) => behind * (b.startedAtMs - a.startedAtMs || b.id - a.id) > 0;
  return around(
    source,
    skip,
    () => inOrder(select(source.db, where, listing), after, isInOrder),
    () => entriesByStart(source.client, query),
    {
      limit,
      isKnown: (entry) => isIndexed(source.client, entry),
      isListed: ({ close }) => !closedOnly || close !== undefined,
    },
  );
}

type Place = Pick<StoredSession, "startedAtMs" | "id">;

/** @throws DamageError where a damaged page has rows of elsewhere, after which a list would begin again */
function inOrder<From>(
  sessions: StoredSession[],
  after: From | undefined,
  isInOrder: (a: From | StoredSession, b: StoredSession) => boolean,
): StoredSession[] {
  let last: From | StoredSession | undefined = after;
  for (const session of sessions) {
    if (last && !isInOrder(last, session)) throw outOfOrder(session);
    last = session;
  }
  return sessions;
}

function outOfOrder({ id }: StoredSession): DamageError {
  return new DamageError(id, `Cannot list session ${id}: a page of the database is damaged; run playhead check`);
}

/** Whether the index of starts still has a session: it may have been erased since it was listed. */
function isIndexed(client: Database, { key, id }: Entry): boolean {
  const [next] = walk(client, SESSIONS_BY_START, { key, id: id - 1 });
  return next?.id === id;
}

/** A list's sessions, past damaged pages of its index. */
function* entriesByStart(client: Database, query: SessionQuery): Generator<Entry, void, void> {
  const { first, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, untilId = Number.MAX_SAFE_INTEGER, after } = query;
  const descending = first !== "oldest";
  const edge = { key: descending ? toMs : fromMs - 1 };
  const from = after ? { key: after.startedAtMs, id: after.id } : edge;
  for (const entry of walk(client, SESSIONS_BY_START, from, descending)) {
    if (entry.key < fromMs || entry.key >= toMs) return;
    if (entry.id <= untilId) yield entry;
  }
}

export function countSessions(db: BunSQLiteDatabase, query: StartQuery): number {
  const all = db.select({ sessions: count() }).from(sessions);
  return unlessDamaged(
    () => all.where(started(query)).get()?.sessions ?? 0,
    () => 0,
  );
}

/** Reads sessions by their numbers, in that order. */
export function getSessions(source: SqliteConnection, ids: readonly number[], skip?: Skip): StoredSession[] {
  const { db } = source;
  const all = () => {
    const asked = { ids: JSON.stringify(ids) };
    const weights = new Map(
      readingsOf(db)
        .weights.all(asked)
        .map((row) => [row.id, row]),
    );
    return read(
      db,
      ids.flatMap((id) => weights.get(id) ?? []),
    );
  };
  const [only, second] = ids;
  if (only !== undefined && second === undefined && !skip) return ofSession(only, all);
  return around(source, skip, all, () => ids.map((id) => ({ key: id, id })), { limit: ids.length });
}

function getSession(db: BunSQLiteDatabase, id: number): StoredSession | undefined {
  return ofSession(id, () => readWhole(db, [id])[0]);
}

interface Around {
  readonly limit: number;
  /** Whether an index has an entry, whose session is damaged if it can't be found. */
  readonly isKnown?: (entry: Entry) => boolean;
  readonly isListed?: (session: StoredSession) => boolean;
}

/** Reads a page at once; if it meets damage, reads session by session, and leaves damaged ones out. */
function around(
  { db }: SqliteConnection,
  skip: Skip | undefined,
  read: () => StoredSession[],
  entries: () => Iterable<Entry>,
  { limit, isKnown = () => false, isListed = () => true }: Around,
): StoredSession[] {
  try {
    return read();
  } catch (error) {
    if (!skip || !isDamage(error)) throw error;
  }
  function* readable() {
    for (const entry of entries()) {
      const { id } = entry;
      const session = unlessDamaged(
        () => getSession(db, id) ?? (isKnown(entry) ? "damaged" : undefined),
        () => "damaged" as const,
      );
      if (session === "damaged") skip?.(id);
      else if (session && isListed(session)) yield session;
    }
  }
  return takePage(readable().take(limit), textBytesIn).page;
}

function textBytesIn({ start, result }: StoredSession): number {
  return JSON.stringify([start, result]).length;
}

/** Reads no payload, so that a damaged session can be erased. */
export function findNumber({ client, db }: SqliteConnection, sid: string): number | undefined {
  return numbersLike(client, sid).find((id) => {
    const stored = db.select({ sid: sessions.sid }).from(sessions).where(eq(sessions.id, id));
    return unlessDamaged(
      () => stored.get()?.sid === sid,
      () => true,
    );
  });
}

/** Reads no payload, so that a damaged session can be erased; leaves out one on a damaged page. */
export function findErasable(db: BunSQLiteDatabase, ids: readonly number[]): Erasable[] {
  return unlessDamaged(
    () => readErasable(db, ids),
    () =>
      ids.flatMap((each) =>
        unlessDamaged(
          () => readErasable(db, [each]),
          () => [],
        ),
      ),
  );
}

function readErasable(db: BunSQLiteDatabase, ids: readonly number[]): Erasable[] {
  const { id, sid } = sessions;
  const rows = db.select({ id, sid, seq: closes.lastSeq }).from(sessions).leftJoin(closes, eq(closes.session, id));
  const found = rows.where(inArray(id, [...ids])).all();
  return found.map(({ seq, ...session }) => ({ ...session, ...(seq !== null && { seq }) }));
}

export function listClosed(source: SqliteConnection, query: ClosedQuery, skip?: Skip): StoredSession[] {
  const { afterId, trimmed, limit } = query;
  const where = and(gt(closes.session, afterId), areTrimmed(trimmed), started(query));
  const isStarted = listedBy(query);
  return around(
    source,
    skip,
    () => inOrder(select(source.db, where, { order: [asc(closes.session)], limit }), { id: afterId }, isNumberBehind),
    () => walk(source.client, CLOSES_BY_NUMBER, { key: afterId }),
    {
      limit,
      isListed: (session) =>
        session.close !== undefined &&
        isStarted(session) &&
        (trimmed === undefined || trimmed === (session.trimmed ?? false)),
    },
  );
}

function isNumberBehind(a: Pick<StoredSession, "id">, b: StoredSession): boolean {
  return a.id < b.id;
}

export function countClosed(
  db: BunSQLiteDatabase,
  { fromMs, toMs, trimmed }: Omit<ClosedQuery, "afterId" | "limit">,
): number {
  const join = db.select({ closed: count() }).from(closes).innerJoin(sessions, eq(closes.session, sessions.id));
  return unlessDamaged(
    () => join.where(and(started({ fromMs, toMs }), areTrimmed(trimmed))).get()?.closed ?? 0,
    () => 0,
  );
}

/** The numbers of closed sessions with events that no result has seen, after a number. */
export function listPending(client: Database, afterId: number, limit: number): number[] {
  // Worded like the partial index, or SQLite would not use that.
  const pending = client.query<never, [number, number]>(
    "SELECT session FROM closes WHERE session > ? AND pending = 1 ORDER BY session LIMIT ?",
  );
  return (pending.values(afterId, limit) as unknown as [session: number][]).flat();
}

/** Scans a range of numbers, without an index, since nearly every session can be folded. */
export function countFailed(client: Database, { afterId, limit }: { afterId: number; limit: number }) {
  const [first] = walk(client, CLOSES_BY_NUMBER, { key: afterId });
  if (!first) return { failed: 0 };
  const lastId = first.id + limit - 1;
  const count = client.query<{ failed: number }, [number, number]>(
    "SELECT count(*) AS failed FROM closes WHERE session BETWEEN ? AND ? AND failure IS NOT NULL",
  );
  const failed = unlessDamaged(
    () => count.get(first.id, lastId)?.failed ?? 0,
    () => 0,
  );
  return { failed, lastId };
}

/** How many folds of a session have begun since one last ended. */
export function countAttempts(db: BunSQLiteDatabase, session: number): number {
  const { attempts } = closes;
  return db.select({ attempts }).from(closes).where(eq(closes.session, session)).get()?.attempts ?? 0;
}

/** How many sessions {@link listPending} would list in all. */
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
  return read(db, weigh(db, where, listing).all());
}

/** The weight of unread sessions: SQLite knows the length of a text without reading it. */
function weigh(db: BunSQLiteDatabase, where: SQL | undefined, { order = [], limit = -1 }: Listing = {}) {
  const bytes = sql<number>`octet_length(${sessions.payload}) + ifnull(octet_length(${sessions.flags}), 0)
    + ifnull(octet_length(${sessions.wire}), 0) + ifnull(octet_length(${sessions.derived}), 0)
    + ifnull(octet_length(${results.metrics}), 0)
    + ifnull(octet_length(${results.ledger}), 0) + ifnull(octet_length(${results.unmended}), 0)`;
  return (
    db
      // With the keys of every order, by which SQLite can then merge both tables of starts.
      .select({ id: sessions.id, bytes, startedAt: sessions.startedAt, session: closes.session })
      .from(sessions)
      .leftJoin(closes, eq(closes.session, sessions.id))
      .leftJoin(results, eq(results.session, sessions.id))
      .where(where)
      .orderBy(...order)
      .limit(limit)
  );
}

/** Prepares what is read most: building and preparing it costs four times as much as a session that is read by it. */
function prepareReadings(db: BunSQLiteDatabase) {
  const { definitions, metrics, contentSegment, unmended, ledger, choices } = results;
  const isAsked = sql`${sessions.id} IN (SELECT value FROM json_each(${sql.placeholder("ids")}))`;
  const rows = db
    .select({
      sessions: getViewSelectedFields(sessions),
      closes,
      results: { definitions, metrics, contentSegment, unmended, ledger, choices },
    })
    .from(sessions)
    .leftJoin(closes, eq(closes.session, sessions.id))
    .leftJoin(results, eq(results.session, sessions.id))
    .where(isAsked);
  return { rows: rows.prepare(), weights: weigh(db, isAsked).prepare() };
}

const READINGS = new WeakMap<BunSQLiteDatabase, ReturnType<typeof prepareReadings>>();

function readingsOf(db: BunSQLiteDatabase): ReturnType<typeof prepareReadings> {
  const known = READINGS.get(db);
  if (known) return known;
  const readings = prepareReadings(db);
  READINGS.set(db, readings);
  return readings;
}

/** Lets go of prepared statements, with which a connection would stay open. */
export function forgetReadings(db: BunSQLiteDatabase): void {
  READINGS.delete(db);
}

/** Reads as many of them as a page holds, in order. */
function read(db: BunSQLiteDatabase, weighed: readonly Weighed[]): StoredSession[] {
  return readWhole(
    db,
    takePage(weighed, ({ bytes }) => bytes).page.map(({ id }) => id),
  );
}

/** Reads sessions, whatever they weigh. */
function readWhole(db: BunSQLiteDatabase, ids: readonly number[]): StoredSession[] {
  const rows = readingsOf(db).rows.all({ ids: JSON.stringify(ids) });
  const found = new Map(rows.map((row) => [row.sessions.id, sessionOf(row.sessions, row.closes, row.results)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

type StartQuery = Partial<Pick<SessionQuery, "fromMs" | "toMs" | "untilId">>;

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

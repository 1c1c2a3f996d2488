/** The store over one SQLite file: an append-only log of events, and ordinary tables beside it. */

import type { Database } from "bun:sqlite";
import { asc, eq, lt } from "drizzle-orm";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { assert } from "../../base/assert.ts";
import { Mutex } from "../../base/mutex.ts";
import type {
  Activity,
  ArrivedEvent,
  Bookmark,
  Change,
  ClosedQuery,
  Due,
  DueQuery,
  ExpiredQuery,
  Extent,
  Head,
  LogPage,
  LogPosition,
  LogQuery,
  RestoredHeads,
  SessionPageQuery,
  SessionQuery,
  SessionResult,
  Store,
  StoredFold,
  StoredSession,
  VisitorPage,
  VisitorQuery,
  Watermark,
  Write,
} from "../store.ts";
import { checkpointBatch, headsBatch, numbered, ordersOf } from "./batch.ts";
import { listChanges, readCounters, readWatermark, setCounter, takeRevisions } from "./changes.ts";
import { type Committer, createCommitter } from "./commit.ts";
import { openCommitThread } from "./commit-thread.ts";
import { countDue } from "./due.ts";
import { eraseSessions, pruneErasures, removeRemains, trimSessions } from "./erasure.ts";
import { FileWatch } from "./files.ts";
import { readFolds } from "./folds.ts";
import { noteLineage } from "./lineage.ts";
import { readExtent, readLog } from "./log.ts";
import { checkCurrent, migrate } from "./migrate.ts";
import { closeBeside, openDatabase, type SqliteOptions } from "./open.ts";
import { readActivity, restoreHeads } from "./restore.ts";
import { saveResult } from "./results.ts";
import { type EventValues, eventOf } from "./rows.ts";
import { closes, positions, sessions } from "./schema.ts";
import {
  countClosed,
  countSessions,
  findSession,
  getSessions,
  listClosed,
  listSessions,
  pageSessions,
} from "./sessions.ts";
import { prepareStatements, type Statements } from "./statements.ts";
import { Sweeper } from "./sweep.ts";
import { transact, translate } from "./transaction.ts";
import { findVisitor } from "./visitors.ts";

/** A command can wait for a server; a server must not wait for a command. */
const BESIDE_TIMEOUT_MS = 10_000;
/** Each waits for a quarter of a second: whoever stops a server waits for it. */
const CHECKPOINT_TRIES_MAX = 3;
const CHECKPOINT_WAIT_MS = 50;

/** Follows a session's chain from its latest event back to its first. */
const CHAIN = `
  WITH RECURSIVE chain (seq, prev_seq) AS (
    SELECT seq, prev_seq FROM events WHERE seq = ?
    UNION ALL
    SELECT events.seq, events.prev_seq FROM chain JOIN events ON events.seq = chain.prev_seq
  )
  SELECT ts, received_at, type, playhead, payload, flags FROM chain JOIN events USING (seq) ORDER BY seq`;

export interface StoreOptions extends SqliteOptions {
  /** Commits appended writes in a thread of their own, so that this one doesn't wait for the disk. */
  readonly thread?: boolean;
}

/**
 * Opens the file, brings it to this version's schema and returns its store.
 *
 * @throws AppError `database-newer`, `database-drifted`, `store-failed`
 */
export function openSqliteStore(options: StoreOptions): Store {
  return openWith(options, migrate);
}

/**
 * Opens a file that another process may be writing to: waits longer for its lock, and changes no schema.
 *
 * @throws AppError `database-outdated`, `database-newer`, `database-drifted`, `store-failed`
 */
export function openSqliteStoreBeside(options: SqliteOptions): Store {
  return openWith({ ...options, busyTimeoutMs: BESIDE_TIMEOUT_MS }, checkCurrent);
}

/**
 * Opens a file for reading alone, beside whoever writes to it.
 *
 * @throws AppError `database-outdated`, `database-newer`, `database-drifted`, `store-failed`
 */
export function openSqliteStoreForReading(options: Omit<SqliteOptions, "readOnly">): Store {
  return openWith({ ...options, busyTimeoutMs: BESIDE_TIMEOUT_MS, readOnly: true }, checkCurrent);
}

function openWith(options: StoreOptions, ready: (client: Database) => void): Store {
  const client = openDatabase(options);
  try {
    ready(client);
    return new SqliteStore(client, options);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Brings the file to this version's schema, and closes it again. @returns the migrations that were applied now */
export function migrateDatabase(options: SqliteOptions): string[] {
  const client = openDatabase(options);
  try {
    return migrate(client);
  } finally {
    client.close();
  }
}

interface WriterParts {
  readonly statements: Statements;
  readonly committer: Committer;
  readonly files: FileWatch;
}

class SqliteStore implements Store {
  readonly #client: Database;
  readonly #db: BunSQLiteDatabase;
  /** Absent in a reader. */
  readonly #parts: WriterParts | undefined;
  /** The numbers given out last. */
  #position: LogPosition;
  /** Whoever writes: the file takes one transaction at a time, and a second one would wait with its whole thread. */
  readonly #writing = new Mutex();

  /** A reader leaves the log as it is. */
  readonly #readOnly: boolean;
  readonly #sweeper: Sweeper;

  constructor(client: Database, options: StoreOptions) {
    this.#client = client;
    this.#readOnly = options.readOnly === true;
    this.#sweeper = new Sweeper(options);
    this.#db = drizzle({ client });
    this.#position = lastPosition(client);
    if (this.#readOnly) return;
    noteLineage(options.path, client);
    const files = new FileWatch(options.path);
    const statements = prepareStatements(this.#db);
    const orders = ordersOf(statements);
    const committer = options.thread ? openCommitThread(options, orders) : createCommitter(client, orders, files);
    this.#parts = { statements, committer, files };
  }

  get #writer(): WriterParts {
    assert(this.#parts, "a reader writes nothing");
    return this.#parts;
  }

  append(writes: readonly Write[]): Promise<void> {
    return this.#writing.run(async () => {
      const { batch, position, heads } = numbered(writes, this.#position);
      await this.#writer.committer.commit(batch);
      this.#position = position;
      for (const [head, { id, seq, close }] of heads) {
        head.id = id;
        head.seq = seq;
        if (close) head.close = close;
      }
    });
  }

  noticeAppended(): void {
    this.#writer.committer.notice();
  }

  async findSession(sid: string): Promise<StoredSession | undefined> {
    return findSession(this.#db, sid);
  }

  async listSessions(query: SessionQuery): Promise<StoredSession[]> {
    return listSessions(this.#db, query);
  }

  async getSessions(ids: readonly number[]): Promise<StoredSession[]> {
    return getSessions(this.#db, ids);
  }

  async listClosed(query: ClosedQuery): Promise<StoredSession[]> {
    return listClosed(this.#db, query);
  }

  async countClosed(query: Omit<ClosedQuery, "afterId" | "pendingOnly" | "limit">): Promise<number> {
    return countClosed(this.#db, query);
  }

  async pageSessions(query: SessionPageQuery): Promise<StoredSession[]> {
    return pageSessions(this.#db, query);
  }

  async countSessions(query: Omit<SessionPageQuery, "after" | "limit">): Promise<number> {
    return countSessions(this.#db, query);
  }

  async readExtent(): Promise<Extent> {
    return readExtent(this.#client);
  }

  async readLog(query: LogQuery): Promise<LogPage> {
    return readLog(this.#client, query);
  }

  async saveResults(saved: readonly SessionResult[], bookmark?: Bookmark): Promise<void> {
    await this.#transact(() => {
      let revision = takeRevisions(this.#db, saved.length);
      for (const result of saved) {
        saveResult(this.#writer.statements, result, revision);
        revision += 1;
      }
      if (bookmark) this.#writer.statements.upsertPosition.run({ ...bookmark, seq: 0 });
    });
  }

  async readFolds(ids: readonly number[]): Promise<ReadonlyMap<number, StoredFold>> {
    return readFolds(this.#db, ids);
  }

  async listChanges({ afterRevision, limit }: { afterRevision: number; limit: number }): Promise<Change[]> {
    return listChanges(this.#db, afterRevision, limit);
  }

  async watermark(): Promise<Watermark> {
    return readWatermark(this.#db);
  }

  async findVisitor(query: VisitorQuery): Promise<VisitorPage> {
    return findVisitor(this.#client, query);
  }

  async erase(erased: readonly Pick<Head, "id" | "seq">[], atMs: number): Promise<number> {
    const count = await this.#transact(() => {
      this.#keepNumbers();
      return eraseSessions(this.#db, erased, atMs);
    });
    this.#checkpoint();
    return count;
  }

  async countDue(query: DueQuery): Promise<Due> {
    return countDue(this.#db, query);
  }

  async listExpired({ beforeMs, limit }: ExpiredQuery): Promise<number[]> {
    const { id, startedAt } = sessions;
    const rows = this.#db.select({ id }).from(sessions).innerJoin(closes, eq(closes.session, id));
    const oldest = rows.where(lt(startedAt, beforeMs)).orderBy(asc(startedAt)).limit(limit);
    return oldest.all().map((row) => row.id);
  }

  async trim(query: ExpiredQuery): Promise<number> {
    return this.#transact(() => {
      this.#keepNumbers();
      return trimSessions(this.#db, query);
    });
  }

  async removeRemains(enough: () => boolean): Promise<boolean> {
    const more = await this.#transact(() => removeRemains(this.#client, this.#db, enough));
    this.#checkpoint();
    return more;
  }

  async sweep(isStopped: () => boolean): Promise<boolean> {
    if (readCounters(this.#db).unswept === 0) return true;
    try {
      const alone = <T>(work: () => T) => this.#writing.run(async () => work());
      if (!(await this.#sweeper.sweep(alone, isStopped))) return false;
    } catch (error) {
      throw translate(error);
    }
    await this.#transact(() => setCounter(this.#db, "unswept", 0));
    return true;
  }

  async pruneErasures(query: ExpiredQuery): Promise<number> {
    return this.#transact(() => pruneErasures(this.#db, query));
  }

  async findBookmark(name: string): Promise<Bookmark | undefined> {
    const { session } = positions;
    return this.#db.select({ name: positions.name, session }).from(positions).where(eq(positions.name, name)).get();
  }

  async removeBookmark(name: string): Promise<void> {
    await this.#transact(() => this.#db.delete(positions).where(eq(positions.name, name)).run());
  }

  async readEvents({ seq }: Pick<Head, "id" | "seq">): Promise<ArrivedEvent[]> {
    const rows = this.#client.query<never, [number]>(CHAIN).values(seq) as unknown as EventValues[];
    return rows.map(([ts, receivedAt, type, playhead, payload, flags]) =>
      eventOf({ ts, receivedAt, type, playhead, payload, flags }),
    );
  }

  async restoreHeads(): Promise<RestoredHeads> {
    return restoreHeads(this.#client);
  }

  async readActivity(after: LogPosition): Promise<Activity> {
    return readActivity(this.#client, after);
  }

  async saveHeads(heads: readonly Head[]): Promise<void> {
    await this.#writing.run(() => this.#writer.committer.commit(headsBatch(heads)));
  }

  async finishCheckpoint(position: LogPosition): Promise<void> {
    await this.#writing.run(() => this.#writer.committer.commit(checkpointBatch(position)));
  }

  position(): LogPosition {
    // A reader gives out no numbers: whoever writes has gone on since.
    return this.#readOnly ? lastPosition(this.#client) : this.#position;
  }

  async probe(): Promise<void> {
    await this.#transact(() => this.#writer.statements.probe.run());
    await this.checkFiles();
  }

  async checkFiles(): Promise<void> {
    this.#writer.files.check();
  }

  async close(): Promise<void> {
    if (this.#readOnly) return closeBeside(this.#client);
    await this.#writing.run(() => this.#writer.committer.close());
    try {
      await this.#emptyLog();
    } catch {
      // The log stays beside the file, and the next start reads it: nothing is lost.
    } finally {
      this.#client.close();
      this.#sweeper[Symbol.dispose]();
    }
  }

  /** A transaction of this thread's, between two batches. */
  #transact<T>(work: () => T): Promise<T> {
    return this.#writing.run(async () => transact(this.#client, work));
  }

  /** Copies the log into the file. Somebody who is just ending a read, or a checkpoint of his own, is waited for. */
  async #emptyLog(): Promise<void> {
    const checkpoint = this.#client.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)");
    for (let tries = 1; checkpoint.get()?.busy === 1 && tries < CHECKPOINT_TRIES_MAX; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, CHECKPOINT_WAIT_MS));
    }
    checkpoint.finalize();
  }

  /** Removing touches a page a row: left to itself the log would be copied all at once, which stops requests. */
  #checkpoint(): void {
    try {
      this.#client.run("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (error) {
      throw translate(error);
    }
  }

  /** Remembers the numbers given out last, so that none is given out again when its row is gone. */
  #keepNumbers(): void {
    this.#writer.statements.upsertPosition.run({ name: "numbers", ...this.position() });
  }
}

/** The numbers given out last; a checkpoint remembers them when the rows themselves are gone. */
function lastPosition(client: Database): LogPosition {
  const row = client
    .query<LogPosition, []>(
      `SELECT
        max((SELECT coalesce(max(seq), 0) FROM events), (SELECT coalesce(max(seq), 0) FROM positions)) AS seq,
        max((SELECT coalesce(max(id), 0) FROM sessions), (SELECT coalesce(max(session), 0) FROM positions)) AS session`,
    )
    .get();
  assert(row, "an aggregate has a row");
  return row;
}

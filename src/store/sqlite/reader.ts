/** Reading one SQLite file: an append-only log of events, and ordinary tables beside it. */

import type { Database } from "bun:sqlite";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { assert } from "../../base/assert.ts";
import type {
  ArrivedEvent,
  Change,
  ClosedQuery,
  Cursor,
  Due,
  DueQuery,
  Extent,
  LogPage,
  LogQuery,
  OpenPage,
  SessionEnd,
  SessionQuery,
  StoredFold,
  StoredSession,
  StoreReader,
  VisitorPage,
  VisitorQuery,
  Watermark,
} from "../store.ts";
import { listChanges, readWatermark } from "./changes.ts";
import { countDue } from "./due.ts";
import { readFolds } from "./folds.ts";
import { lastPosition, readExtent, readLog } from "./log.ts";
import { closeBeside } from "./open.ts";
import { listOpen } from "./restore.ts";
import { type EventValues, eventOf, readBack } from "./rows.ts";
import { countClosed, countSessions, findSession, getSessions, listClosed, listSessions } from "./sessions.ts";
import { findVisitor } from "./visitors.ts";

/** Follows a session's chain from its latest event back to its first. */
const CHAIN = `
  WITH RECURSIVE chain (seq, prev_seq) AS (
    SELECT seq, prev_seq FROM events WHERE seq = ?
    UNION ALL
    SELECT events.seq, events.prev_seq FROM chain JOIN events ON events.seq = chain.prev_seq
  )
  SELECT session, ts, received_at, type, playhead, payload, flags FROM chain JOIN events USING (seq) ORDER BY seq`;

type ChainRow = [session: number, ...event: EventValues];

export class SqliteReader implements StoreReader {
  protected readonly client: Database;
  protected readonly db: BunSQLiteDatabase;

  constructor(client: Database) {
    this.client = client;
    this.db = drizzle({ client });
  }

  async findSession(sid: string): Promise<StoredSession | undefined> {
    return findSession(this.db, sid);
  }

  async getSessions(ids: readonly number[]): Promise<StoredSession[]> {
    return getSessions(this.db, ids);
  }

  async listSessions(query: SessionQuery): Promise<StoredSession[]> {
    return listSessions(this.db, query);
  }

  async countSessions(query: Pick<SessionQuery, "fromMs" | "toMs" | "untilId">): Promise<number> {
    return countSessions(this.db, query);
  }

  async listClosed(query: ClosedQuery): Promise<StoredSession[]> {
    return listClosed(this.db, query);
  }

  async countClosed(query: Omit<ClosedQuery, "afterId" | "limit">): Promise<number> {
    return countClosed(this.db, query);
  }

  async listOpen(since?: Cursor): Promise<OpenPage> {
    return listOpen(this.client, since);
  }

  async knows(id: number): Promise<boolean> {
    return id <= lastPosition(this.client).session;
  }

  async readEvents({ id, seq }: SessionEnd): Promise<ArrivedEvent[]> {
    const rows = this.client.query<never, [number]>(CHAIN).values(seq) as unknown as ChainRow[];
    return readBack(id, () =>
      rows.map(([session, ts, receivedAt, type, playhead, payload, flags]) => {
        assert(session === id, "a chain stays within its session");
        return eventOf({ ts, receivedAt, type, playhead, payload, flags });
      }),
    );
  }

  async readExtent(): Promise<Extent> {
    return readExtent(this.client);
  }

  async readLog(query: LogQuery): Promise<LogPage> {
    return readLog(this.client, query);
  }

  async readFolds(ids: readonly number[]): Promise<ReadonlyMap<number, StoredFold>> {
    return readFolds(this.client, ids);
  }

  async listChanges({ afterRevision, limit }: { afterRevision: number; limit: number }): Promise<Change[]> {
    return listChanges({ client: this.client, db: this.db }, afterRevision, limit);
  }

  async watermark(): Promise<Watermark> {
    return readWatermark(this.db);
  }

  async findVisitor(query: VisitorQuery): Promise<VisitorPage> {
    return findVisitor(this.client, query);
  }

  async countDue(query: DueQuery): Promise<Due> {
    return countDue(this.db, query);
  }

  async close(): Promise<void> {
    closeBeside(this.client);
  }
}

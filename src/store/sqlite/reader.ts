/** Reading one SQLite file: an append-only log of events, and ordinary tables beside it. */

import type { Database } from "bun:sqlite";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { DEFAULT_DEFINITIONS, type Definitions } from "../../sessions/definitions.ts";
import type { Cursor, Extent, LogPage, LogQuery } from "../log.ts";
import type { Outline, ReadBound } from "../outline.ts";
import type {
  ArrivedEvent,
  Change,
  ClosedQuery,
  Due,
  DueQuery,
  ErasedSid,
  OpenPage,
  SessionEnd,
  SessionQuery,
  Settled,
  StoredFold,
  StoredSession,
  StoreReader,
  VisitorPage,
  VisitorQuery,
  Watermark,
} from "../store.ts";
import type { NamedToken } from "../token.ts";
import { readChain, readOutline, readSome } from "./chain.ts";
import { listChanges, listSettled, readWatermark } from "./changes.ts";
import { countDue } from "./due.ts";
import { findErased, listErased } from "./erased.ts";
import { readFolds } from "./folds.ts";
import { readKey } from "./keys.ts";
import { lastPosition, readExtent, readLog } from "./log.ts";
import { closeBeside } from "./open.ts";
import { listOpen } from "./restore.ts";
import { countClosed, countSessions, findSession, getSessions, listClosed, listSessions } from "./sessions.ts";
import { findToken, listTokens } from "./tokens.ts";
import { findVisitor } from "./visitors.ts";

export class SqliteReader implements StoreReader {
  protected readonly client: Database;
  protected readonly db: BunSQLiteDatabase;
  readonly definitions: Definitions;

  constructor(client: Database, definitions = DEFAULT_DEFINITIONS) {
    this.definitions = definitions;
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

  async readEvents(end: SessionEnd): Promise<ArrivedEvent[]>;
  async readEvents(end: SessionEnd, most: ReadBound): Promise<ArrivedEvent[] | undefined>;
  async readEvents(end: SessionEnd, most?: ReadBound): Promise<ArrivedEvent[] | undefined> {
    return readChain(this.client, end, most);
  }

  readOutline(end: SessionEnd, most: ReadBound): Promise<Outline | undefined> {
    return readOutline(this.client, end, most);
  }

  async readSome(id: number, seqs: readonly number[]): Promise<ArrivedEvent[]> {
    return readSome(this.client, id, seqs);
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

  async listSettled({ afterRevision, limit }: { afterRevision: number; limit: number }): Promise<Settled[]> {
    return listSettled(this.db, afterRevision, limit);
  }

  async watermark(): Promise<Watermark> {
    return readWatermark(this.db);
  }

  async listErased({ afterRevision, limit }: { afterRevision: number; limit: number }): Promise<ErasedSid[]> {
    return listErased(this.db, afterRevision, limit);
  }

  async findErased(sids: readonly string[]): Promise<ReadonlySet<string>> {
    return findErased(this.db, sids);
  }

  async findVisitor(query: VisitorQuery): Promise<VisitorPage> {
    return findVisitor(this.client, query);
  }

  async countDue(query: DueQuery): Promise<Due> {
    return countDue(this.db, query);
  }

  async hashKey(): Promise<Uint8Array> {
    return readKey(this.db, "hash");
  }

  async listTokens(): Promise<NamedToken[]> {
    return listTokens(this.db);
  }

  async findToken(hash: string): Promise<NamedToken | undefined> {
    return findToken(this.db, hash);
  }

  async close(): Promise<void> {
    closeBeside(this.client);
  }
}

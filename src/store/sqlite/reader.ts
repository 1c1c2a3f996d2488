/** Reads one SQLite file: an append-only log of events, and ordinary tables beside it. */

import type { Database } from "bun:sqlite";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { DEFAULT_DEFINITIONS, type Definitions } from "../../sessions/definitions.ts";
import { DamageError, reporting, type Skip } from "../damage.ts";
import type { Cursor, Extent, LogPage, LogQuery } from "../log.ts";
import type { Outline, ReadBound } from "../outline.ts";
import type { ChangesQuery, ClosedQuery, Due, DueQuery, SessionQuery, VisitorPage, VisitorQuery } from "../queries.ts";
import type {
  ArrivedEvent,
  Change,
  ErasedSid,
  OpenPage,
  SessionEnd,
  Settled,
  StoredFold,
  StoredSession,
  StoreReader,
  Watermark,
} from "../store.ts";
import type { NamedToken } from "../token.ts";
import { readChain, readOutline, readSome } from "./chain.ts";
import { listChanges, listSettled, readWatermark } from "./changes.ts";
import { countDue } from "./due.ts";
import { findErased, listErased } from "./erased.ts";
import { readFolds } from "./folds.ts";
import { readHashKey } from "./keys.ts";
import { lastPosition, readExtent, readLog } from "./log.ts";
import { closeBeside, type SqliteOptions } from "./open.ts";
import { listOpen } from "./restore.ts";
import {
  countClosed,
  countSessions,
  findSession,
  forgetReadings,
  getSessions,
  listClosed,
  listSessions,
} from "./sessions.ts";
import { findToken, listTokens } from "./tokens.ts";
import { findVisitor } from "./visitors.ts";

/** How a store reports damage. */
export interface DamageOptions {
  /** Called with the number of a damaged session each time a reading meets it. */
  readonly onDamage?: Skip | undefined;
}

type ReaderOptions = DamageOptions & Pick<SqliteOptions, "path" | "definitions" | "nowMs">;

export class SqliteReader implements StoreReader {
  readonly client: Database;
  readonly db: BunSQLiteDatabase;
  readonly place: string | undefined;
  readonly definitions: Definitions;
  readonly nowMs: (() => number) | undefined;
  readonly #onDamage: Skip;

  constructor(
    client: Database,
    { path, definitions = DEFAULT_DEFINITIONS, nowMs, onDamage = () => {} }: ReaderOptions,
  ) {
    this.nowMs = nowMs;
    this.definitions = definitions;
    this.client = client;
    this.place = path;
    this.db = drizzle({ client });
    this.#onDamage = onDamage;
  }

  async findSession(sid: string): Promise<StoredSession | undefined> {
    return this.#noting(() => findSession(this, sid));
  }

  async getSessions(ids: readonly number[], skip?: Skip): Promise<StoredSession[]> {
    return this.#noting(() => getSessions(this, ids, this.#noted(skip)));
  }

  async listSessions(query: SessionQuery, skip?: Skip): Promise<StoredSession[]> {
    return this.#noting(() => listSessions(this, query, this.#noted(skip)));
  }

  async countSessions(query: Pick<SessionQuery, "fromMs" | "toMs" | "untilId">): Promise<number> {
    return countSessions(this.db, query);
  }

  async listClosed(query: ClosedQuery, skip?: Skip): Promise<StoredSession[]> {
    return this.#noting(() => listClosed(this, query, this.#noted(skip)));
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
    return this.#noting(() => readChain(this.client, end, most));
  }

  async readOutline(end: SessionEnd, most: ReadBound): Promise<Outline | undefined> {
    try {
      return await readOutline(this.client, end, most);
    } catch (error) {
      throw this.note(error);
    }
  }

  async readSome(id: number, seqs: readonly number[]): Promise<ArrivedEvent[]> {
    return this.#noting(() => readSome(this.client, id, seqs));
  }

  async readExtent(): Promise<Extent> {
    return readExtent(this.client);
  }

  async readLog(query: LogQuery, skip?: Skip): Promise<LogPage> {
    return this.#noting(() => readLog(this.client, query, this.#noted(skip)));
  }

  async readFolds(ids: readonly number[], skip?: Skip): Promise<ReadonlyMap<number, StoredFold>> {
    return this.#noting(() => readFolds(this.client, ids, this.#noted(skip)));
  }

  async listChanges(query: ChangesQuery): Promise<Change[]> {
    return listChanges(this, query, this.#onDamage);
  }

  async listSettled(query: ChangesQuery): Promise<Settled[]> {
    return listSettled(this.db, query);
  }

  async watermark(): Promise<Watermark> {
    return readWatermark(this.db);
  }

  async listErased(query: ChangesQuery): Promise<ErasedSid[]> {
    return listErased(this.db, query);
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
    return readHashKey(this.db);
  }

  async listTokens(): Promise<NamedToken[]> {
    return listTokens(this.db);
  }

  async findToken(hash: string): Promise<NamedToken | undefined> {
    return findToken(this.db, hash);
  }

  async close(): Promise<void> {
    forgetReadings(this.db);
    closeBeside(this.client);
  }

  #noted(skip: Skip | undefined): Skip | undefined {
    return reporting(this.#onDamage, skip);
  }

  #noting<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.note(error);
    }
  }

  /** Reports an error if it is damage. */
  protected note(error: unknown): unknown {
    if (error instanceof DamageError) this.#onDamage(error.session);
    return error;
  }
}

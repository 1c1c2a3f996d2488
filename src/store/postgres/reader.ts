/** Reads a PostgreSQL that several nodes write to. */

import { assert } from "../../base/assert.ts";
import { keyedHash } from "../../base/keyed-hash.ts";
import { SECOND_MS } from "../../base/units.ts";

import { DEFAULT_DEFINITIONS, type Definitions } from "../../sessions/definitions.ts";
import { DamageError, reporting, type Skip } from "../damage.ts";
import { isStartOf } from "../event-text.ts";
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
import { textsText } from "./arrays.ts";
import { listChanges, listErased, listSettled, readFolds, readWatermark } from "./changes.ts";
import type { PostgresClient } from "./client.ts";
import { readEvents, readOutline, readSome } from "./events.ts";
import { readExtent, readLog } from "./log.ts";
import type { Big } from "./rows.ts";
import {
  countClosed,
  countDue,
  countSessions,
  findSession,
  getSessions,
  listClosed,
  listSessions,
} from "./sessions.ts";
import { findToken, listTokens } from "./tokens.ts";

export interface ReaderOptions {
  readonly definitions?: Definitions | undefined;
  /** The clock that dates arrivals. */
  readonly nowMs?: (() => number) | undefined;
  /** Called with the number of a damaged session each time a reading meets it. */
  readonly onDamage?: Skip | undefined;
}

/** How long an event may take from its arrival to the tables: it waits in a queue, and its batch may be sent again. */
const ON_ITS_WAY_MS = 15 * SECOND_MS;

export class PostgresReader implements StoreReader {
  readonly client: PostgresClient;
  readonly place: string;
  readonly definitions: Definitions;
  readonly nowMs: (() => number) | undefined;
  readonly #onDamage: Skip;
  /** What came with the latest cursor, so that the next call leaves out what has not gone on since. */
  #told: { readonly cursor: Cursor; readonly ends: ReadonlyMap<number, number> } | undefined;
  #hashKey: Uint8Array | undefined;

  constructor(
    client: PostgresClient,
    { url, definitions = DEFAULT_DEFINITIONS, nowMs, onDamage }: ReaderOptions & { readonly url: string },
  ) {
    this.place = url;
    this.client = client;
    this.definitions = definitions;
    this.nowMs = nowMs;
    this.#onDamage = onDamage ?? (() => {});
  }

  findSession(sid: string): Promise<StoredSession | undefined> {
    return this.#noting(findSession(this.client, sid));
  }

  getSessions(ids: readonly number[], skip?: Skip): Promise<StoredSession[]> {
    return this.#noting(getSessions(this.client, ids, this.noted(skip)));
  }

  listSessions(query: SessionQuery, skip?: Skip): Promise<StoredSession[]> {
    return this.#noting(listSessions(this.client, query, this.noted(skip)));
  }

  countSessions(query: Pick<SessionQuery, "fromMs" | "toMs" | "untilId">): Promise<number> {
    return countSessions(this.client, query);
  }

  listClosed(query: ClosedQuery, skip?: Skip): Promise<StoredSession[]> {
    return this.#noting(listClosed(this.client, query, this.noted(skip)));
  }

  countClosed(query: Omit<ClosedQuery, "afterId" | "limit">): Promise<number> {
    return countClosed(this.client, query);
  }

  async listOpen(since?: Cursor): Promise<OpenPage> {
    const sinceMs = since === undefined ? 0 : Number(since) - ON_ITS_WAY_MS;
    const rows = await this.client.run<{ session: Big; n: number; arrived_at: Big }>(
      "SELECT session, n, arrived_at FROM heads WHERE arrived_at > $1::bigint ORDER BY session",
      [sinceMs],
    );
    const told = this.#told?.cursor === since ? this.#told?.ends : undefined;
    const ends = rows.map(({ session, n }) => ({ id: Number(session), seq: n }));
    const latestMs = rows.reduce((latest, row) => Math.max(latest, Number(row.arrived_at)), Number(since ?? 0));
    const cursor = String(latestMs);
    this.#told = { cursor, ends: new Map(ends.map(({ id, seq }) => [id, seq])) };
    return { ends: ends.filter(({ id, seq }) => told?.get(id) !== seq), cursor };
  }

  async knows(id: number): Promise<boolean> {
    const [row] = await this.client.run<{ last: Big | null }>(
      "SELECT greatest((SELECT max(id) FROM sessions), (SELECT max(session) FROM positions)) AS last",
    );
    return id <= Number(row?.last ?? 0);
  }

  readEvents(end: SessionEnd): Promise<ArrivedEvent[]>;
  readEvents(end: SessionEnd, most: ReadBound): Promise<ArrivedEvent[] | undefined>;
  readEvents(end: SessionEnd, most?: ReadBound): Promise<ArrivedEvent[] | undefined> {
    return this.#noting(readEvents(this.client, end, most));
  }

  readOutline(end: SessionEnd, most: ReadBound): Promise<Outline | undefined> {
    return this.#noting(readOutline(this.client, end, most));
  }

  readSome(id: number, seqs: readonly number[]): Promise<ArrivedEvent[]> {
    return this.#noting(readSome(this.client, id, seqs));
  }

  readExtent(): Promise<Extent> {
    return readExtent(this.client);
  }

  readLog(query: LogQuery, skip?: Skip): Promise<LogPage> {
    return this.#noting(readLog(this.client, query, this.noted(skip)));
  }

  readFolds(ids: readonly number[], skip?: Skip): Promise<ReadonlyMap<number, StoredFold>> {
    return this.#noting(readFolds(this.client, ids, this.noted(skip)));
  }

  listChanges(query: ChangesQuery): Promise<Change[]> {
    return listChanges(this.client, query, this.#onDamage);
  }

  listSettled(query: ChangesQuery): Promise<Settled[]> {
    return listSettled(this.client, query);
  }

  watermark(): Promise<Watermark> {
    return readWatermark(this.client);
  }

  listErased(query: ChangesQuery): Promise<ErasedSid[]> {
    return listErased(this.client, query);
  }

  async findErased(sids: readonly string[]): Promise<ReadonlySet<string>> {
    const key = await this.hashKey();
    const sidOf = new Map(sids.map((sid) => [keyedHash(key, "sid", sid), sid]));
    const rows = await this.client.run<{ hash: string }>("SELECT hash FROM erased WHERE hash = ANY($1::text::text[])", [
      textsText([...sidOf.keys()]),
    ]);
    return new Set(rows.flatMap(({ hash }) => sidOf.get(hash) ?? []));
  }

  /** Reads every start of a range, since an index of visitors would be more personal data. */
  async findVisitor({ visitorId, afterId, limit }: VisitorQuery): Promise<VisitorPage> {
    const rows = await this.client.run<{ id: Big; payload: string | null }>(
      `SELECT id, CASE WHEN position($3 IN payload) > 0 OR position($4 IN payload) > 0 THEN payload END AS payload
       FROM (
         SELECT id, payload FROM sessions WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint) AS range ORDER BY id`,
      // As it is, and in JSON.
      [afterId, limit, visitorId, JSON.stringify(visitorId)],
    );
    const last = rows.at(-1);
    const found = rows.filter(({ payload }) => payload !== null && isStartOf(payload, visitorId));
    return { ids: found.map(({ id }) => Number(id)), ...(last && { lastId: Number(last.id) }) };
  }

  countDue(query: DueQuery): Promise<Due> {
    return countDue(this.client, query);
  }

  async hashKey(): Promise<Uint8Array> {
    if (!this.#hashKey) {
      const [row] = await this.client.run<{ value: string }>("SELECT value FROM keys WHERE name = 'hash'");
      assert(row, "the hash key is made with its table");
      this.#hashKey = Uint8Array.fromHex(row.value);
    }
    return this.#hashKey;
  }

  listTokens(): Promise<NamedToken[]> {
    return listTokens(this.client);
  }

  findToken(hash: string): Promise<NamedToken | undefined> {
    return findToken(this.client, hash);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  protected noted(skip: Skip | undefined): Skip | undefined {
    return reporting(this.#onDamage, skip);
  }

  async #noting<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (error instanceof DamageError) this.#onDamage(error.session);
      throw error;
    }
  }
}

/**
 * The numbers of open sessions beside the facts of closed ones: in memory, as of some seconds ago.
 *
 * They are folded only where an event came since, and only while somebody asks for reports.
 */

import type { DuckDBConnection } from "@duckdb/node-api";
import { systemClock } from "../../base/clock.ts";
import { nextTurn } from "../../base/turn.ts";
import { MIB } from "../../base/units.ts";
import { failureOf } from "../../store/fold-failure.ts";
import { type FoldStore, foldStored } from "../../store/fold-stored.ts";
import type { Cursor } from "../../store/log.ts";
import { sessionsOf, textBytesOf } from "../../store/pages.ts";
import type { StoredSession, StoreReader } from "../../store/store.ts";
import { appendFacts, removeSessions } from "./append.ts";
import type { FactSource } from "./column.ts";
import { compactOpen, OPEN, tableName } from "./database.ts";

type ReadStore = Pick<StoreReader, "listOpen" | "getSessions"> & FoldStore;

/** Sessions that are folded and put in at once: some 20 ms, after which a report may have its turn. */
const SLICE = 100;
/** Text of rows that is put in at once: heavy sessions end a slice earlier. */
const SLICE_BYTES_MAX = 4 * MIB;
/** Sessions whose rows may be gone from the tables before these are written anew, which is a tenth of the work. */
const GONE_MAX = 1000;
/** A session whose fold takes longer than this rests afterwards, for so many times as long: its rows are older. */
const REST_OVER_MS = 50;
const REST_FACTOR = 20;

export class OpenSessions {
  readonly #store: ReadStore;
  /** The latest event of each session that may be open, by its number. */
  readonly #latest = new Map<number, number>();
  /** Those with events that no row has seen. */
  readonly #stale = new Set<number>();
  /** Long sessions: until when they rest, on the stopwatch, and whether events came meanwhile. */
  readonly #resting = new Map<number, { readonly untilMs: number; isStale: boolean }>();
  /** Where the store was looked at last. */
  #cursor: Cursor | undefined;
  /** Sessions that were put in since the tables were written anew, each as often as it was. */
  #put = 0;
  /** Absent where rows have come or gone since it was looked at. */
  #firstStartMs: number | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #levelAtMs = Number.NEGATIVE_INFINITY;

  constructor(store: ReadStore) {
    this.#store = store;
  }

  /** The moment, on the stopwatch, as of which the rows are; long ago before the first refresh. */
  get levelAtMs(): number {
    return this.#levelAtMs;
  }

  /** Whether a refresh is half done. */
  get isRefreshing(): boolean {
    return this.#stale.size > 0;
  }

  /** When the first of the sessions with a row here started: a question about the time before needs none of them. */
  async firstStartMs(connection: DuckDBConnection): Promise<number> {
    if (this.#firstStartMs === undefined) {
      const sql = `SELECT coalesce(min("startedAt")::DOUBLE, 'inf') FROM ${tableName(OPEN, "sessions")}`;
      const found = await connection.runAndReadAll(sql);
      this.#firstStartMs = Number(found.getRowsJS()[0]?.[0]);
    }
    return this.#firstStartMs;
  }

  /** Forgets sessions that have closed: their rows are among the kept ones now. */
  forget(ids: readonly number[]): void {
    if (ids.length > 0) this.#firstStartMs = undefined;
    for (const id of ids) {
      this.#latest.delete(id);
      this.#stale.delete(id);
      this.#resting.delete(id);
    }
  }

  /** Looks which sessions have new events; {@link step} then folds them. */
  async look(nowMs: number): Promise<void> {
    const { ends, cursor } = await this.#store.listOpen(this.#cursor);
    this.#cursor = cursor;
    for (const { id, seq } of ends) {
      this.#latest.set(id, Math.max(seq, this.#latest.get(id) ?? 0));
      const resting = this.#resting.get(id);
      if (resting) resting.isStale = true;
      else this.#stale.add(id);
    }
    for (const [id, { untilMs, isStale }] of this.#resting) {
      if (nowMs < untilMs) continue;
      this.#resting.delete(id);
      if (isStale) this.#stale.add(id);
    }
    this.#readAtMs = nowMs;
    if (!this.isRefreshing) this.#levelAtMs = nowMs;
  }

  /** Folds some sessions with new events. @returns whether any is left */
  async step(connection: DuckDBConnection): Promise<boolean> {
    const sources = await this.#foldSome([...this.#stale].slice(0, SLICE));
    await removeSessions(
      connection,
      OPEN,
      sources.map(({ session }) => session.id),
    );
    await appendFacts(connection, OPEN, sources);
    this.#firstStartMs = undefined;
    this.#put += sources.length;
    // Twice as many, so that of many open sessions not all are copied time and again.
    if (this.#put > GONE_MAX + 2 * this.#latest.size) {
      await compactOpen(connection);
      this.#put = this.#latest.size;
    }
    if (!this.isRefreshing) this.#levelAtMs = this.#readAtMs;
    await nextTurn();
    return this.isRefreshing;
  }

  /** Folds sessions until they weigh enough; those that are gone are done with, too. */
  async #foldSome(ids: readonly number[]): Promise<FactSource[]> {
    const sources: FactSource[] = [];
    const left = new Set(ids);
    let bytes = 0;
    for await (const page of sessionsOf(this.#store, ids, () => {})) {
      for (const session of page) {
        left.delete(session.id);
        this.#stale.delete(session.id);
        // What has numbers comes with the changes, and takes its row here away, or has come already.
        if (session.result) {
          this.forget([session.id]);
          continue;
        }
        for (const source of await this.#fold(session)) {
          sources.push(source);
          bytes += textBytesOf(source.fold);
        }
        if (bytes >= SLICE_BYTES_MAX) return sources;
      }
    }
    for (const id of left) this.#stale.delete(id);
    return sources;
  }

  /** @returns nothing for a session that can't be folded: it must not keep the others from being reported */
  async #fold(session: StoredSession): Promise<FactSource[]> {
    const { id } = session;
    const sinceMs = systemClock.elapsedMs();
    try {
      const fold = await foldStored(this.#store, session, this.#latest.get(id) ?? 0);
      const tookMs = systemClock.elapsedMs() - sinceMs;
      const untilMs = this.#readAtMs + REST_FACTOR * tookMs;
      if (tookMs > REST_OVER_MS) this.#resting.set(id, { untilMs, isStale: false });
      // One that has just closed has no numbers for a moment, and is neither open nor lost.
      return [{ session, fold, open: session.close === undefined }];
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
      return [];
    }
  }
}

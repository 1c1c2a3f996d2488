/**
 * The facts of open sessions beside those of closed ones: in memory, some seconds old.
 *
 * Only sessions with new events, or that have fallen silent since, are folded, and only while reports are asked for.
 */

import type { DuckDBConnection } from "@duckdb/node-api";
import { systemClock } from "../../base/clock.ts";
import { nextTurn } from "../../base/turn.ts";
import { MIB } from "../../base/units.ts";
import { VIEWER_KEYS } from "../../protocol/personal.ts";
import { createViewerOf, type ViewerOf } from "../../protocol/viewer.ts";
import { failureOf } from "../../store/fold-failure.ts";
import { type FoldStore, foldStored, SILENCE_MS } from "../../store/fold-stored.ts";
import type { Cursor } from "../../store/log.ts";
import { sessionsOf, textBytesOf } from "../../store/pages.ts";
import type { StoredSession, StoreReader } from "../../store/store.ts";
import { appendFacts, removeSessions } from "./append.ts";
import type { FactSource } from "./column.ts";
import { compactOpen } from "./database.ts";
import { OPEN, tableName } from "./names.ts";

type ReadStore = Pick<StoreReader, "listOpen" | "getSessions" | "hashKey"> & FoldStore;

/** Sessions to fold and insert at once: some 20 ms, after which a report may have its turn. */
const SLICE = 100;
/** Row text to insert at once: heavy sessions end a slice sooner. */
const SLICE_BYTES_MAX = 4 * MIB;
/** Sessions whose rows may have been deleted before the tables are rewritten, which is a tenth of the work. */
const GONE_MAX = 1000;
/** A session whose fold takes longer than this then rests for several times as long, and its rows age meanwhile. */
const REST_OVER_MS = 50;
const REST_FACTOR = 20;

export class OpenSessions {
  readonly #store: ReadStore;
  readonly #viewerKeys: readonly string[];
  #viewerOf: ViewerOf | undefined;
  /** The latest event of each session that may be open, by its number. */
  readonly #latest = new Map<number, number>();
  /** Sessions with events that their rows don't include yet. */
  readonly #stale = new Set<number>();
  /** Long sessions: until when they rest, on the stopwatch, and whether events arrived meanwhile. */
  readonly #resting = new Map<number, { readonly untilMs: number; isStale: boolean }>();
  /** Sessions with new events, those of the oldest first: when they will have been silent, on the stopwatch. */
  readonly #silentAtMs = new Map<number, number>();
  /** How far the store was read last. */
  #cursor: Cursor | undefined;
  /** Insertions since the tables were last rewritten, repeated ones included. */
  #put = 0;
  /** Absent if rows have been added or removed since it was read. */
  #firstStartMs: number | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #levelAtMs = Number.NEGATIVE_INFINITY;

  constructor(store: ReadStore, viewerKeys: readonly string[] = VIEWER_KEYS) {
    this.#store = store;
    this.#viewerKeys = viewerKeys;
  }

  /** The instant, on the stopwatch, that the rows show; long ago before the first refresh. */
  get levelAtMs(): number {
    return this.#levelAtMs;
  }

  /** Whether a refresh is half done. */
  get isRefreshing(): boolean {
    return this.#stale.size > 0;
  }

  /** The earliest start of an open session: questions about earlier ranges need none of these rows. */
  async firstStartMs(connection: DuckDBConnection): Promise<number> {
    if (this.#firstStartMs === undefined) {
      const sql = `SELECT coalesce(min("startedAt")::DOUBLE, 'inf') FROM ${tableName(OPEN, "sessions")}`;
      const found = await connection.runAndReadAll(sql);
      this.#firstStartMs = Number(found.getRowsJS()[0]?.[0]);
    }
    return this.#firstStartMs;
  }

  /** Forgets sessions that have closed: the kept tables have their rows now. */
  forget(ids: readonly number[]): void {
    if (ids.length > 0) this.#firstStartMs = undefined;
    for (const id of ids) {
      this.#latest.delete(id);
      this.#silentAtMs.delete(id);
      this.#stale.delete(id);
      this.#resting.delete(id);
    }
  }

  /** Finds the sessions with new events; {@link step} then folds them. */
  async look(nowMs: number): Promise<void> {
    const { ends, cursor } = await this.#store.listOpen(this.#cursor);
    this.#cursor = cursor;
    for (const { id, seq } of ends) {
      this.#latest.set(id, Math.max(seq, this.#latest.get(id) ?? 0));
      this.#silentAtMs.delete(id);
      this.#silentAtMs.set(id, nowMs + SILENCE_MS);
      this.#noteStale(id);
    }
    for (const [id, atMs] of this.#silentAtMs) {
      if (nowMs < atMs) break;
      this.#silentAtMs.delete(id);
      this.#noteStale(id);
    }
    for (const [id, { untilMs, isStale }] of this.#resting) {
      if (nowMs < untilMs) continue;
      this.#resting.delete(id);
      if (isStale) this.#stale.add(id);
    }
    this.#readAtMs = nowMs;
    if (!this.isRefreshing) this.#levelAtMs = nowMs;
  }

  #noteStale(id: number): void {
    const resting = this.#resting.get(id);
    if (resting) resting.isStale = true;
    else this.#stale.add(id);
  }

  /** Folds some sessions with new events. @returns whether any are left */
  async step(connection: DuckDBConnection): Promise<boolean> {
    const sources = await this.#foldSome([...this.#stale].slice(0, SLICE));
    await removeSessions(
      connection,
      OPEN,
      sources.map(({ session }) => session.id),
    );
    await appendFacts(connection, OPEN, sources);
    // A slice that ended early is of heavy sessions: what was made of them must be gone when the next one comes.
    if (this.isRefreshing && sources.length < SLICE) Bun.gc(true);
    this.#firstStartMs = undefined;
    this.#put += sources.length;
    // The more open sessions, the more insertions it waits for, so that it doesn't copy them all time and again.
    if (this.#put > GONE_MAX + 2 * this.#latest.size) {
      await compactOpen(connection);
      this.#put = this.#latest.size;
    }
    if (!this.isRefreshing) this.#levelAtMs = this.#readAtMs;
    await nextTurn();
    return this.isRefreshing;
  }

  /** Folds sessions until their rows weigh enough; skips erased ones. */
  async #foldSome(ids: readonly number[]): Promise<FactSource[]> {
    const sources: FactSource[] = [];
    const left = new Set(ids);
    let bytes = 0;
    for await (const page of sessionsOf(this.#store, ids, () => {})) {
      for (const session of page) {
        left.delete(session.id);
        this.#stale.delete(session.id);
        // A settled session arrives with the changes, which replace its row here, or has arrived already.
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

  /** @returns none for a session that can't be folded, which must not keep the others out of reports */
  async #fold(session: StoredSession): Promise<FactSource[]> {
    const { id } = session;
    this.#viewerOf ??= createViewerOf(await this.#store.hashKey(), this.#viewerKeys);
    const sinceMs = systemClock.elapsedMs();
    try {
      const fold = await foldStored(this.#store, session, this.#latest.get(id) ?? 0);
      const tookMs = systemClock.elapsedMs() - sinceMs;
      const untilMs = this.#readAtMs + REST_FACTOR * tookMs;
      if (tookMs > REST_OVER_MS) this.#resting.set(id, { untilMs, isStale: false });
      // A session that has just closed is unsettled for a moment, and must not drop out of reports.
      return [{ session, fold, viewer: this.#viewerOf(session.start), open: session.close === undefined }];
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
      return [];
    }
  }
}

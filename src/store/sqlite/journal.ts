/** Writing one SQLite file: the log and its checkpoints, results, and erasures. */

import type { Database } from "bun:sqlite";
import { asc, eq, lt } from "drizzle-orm";
import { assert } from "../../base/assert.ts";
import { AppError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import type { FoldFailure } from "../../sessions/fold-failures.ts";
import { DamageError } from "../damage.ts";
import type { Head, JournalStore, LogPosition, RestoredHeads, Write } from "../journal.ts";
import type { KnownOpening, OldOpeningsQuery, RecentOpening, RecentOpeningsQuery } from "../opening.ts";
import type { Bookmark, ExpiredQuery } from "../queries.ts";
import type { Erasable, ErasedReason, SessionEnd, SessionResult, Store } from "../store.ts";
import type { NamedToken, TokenAddition } from "../token.ts";
import { batchOf, headsBatch, moveBatch, numbered, put, templatesOf } from "./batch.ts";
import { type Counter, readCounters } from "./changes.ts";
import { type Batch, type Committer, createCommitter, type SqlValue } from "./commit.ts";
import { openCommitThread } from "./commit-thread.ts";
import { isDamage, unlessDamaged } from "./damage.ts";
import { type Old, oldErased } from "./erased.ts";
import { eraseBatch, findRemains, oldErasures, type Remains, trimBatch } from "./erasure.ts";
import { FileWatch } from "./files.ts";
import { markLog } from "./lineage.ts";
import { lastPosition } from "./log.ts";
import { dropOld, leftToMove, readSlice } from "./moving.ts";
import type { SqliteOptions } from "./open.ts";
import { findOpening, listOpenings, oldOpenings } from "./openings.ts";
import { type DamageOptions, SqliteReader } from "./reader.ts";
import { restoreHeads } from "./restore.ts";
import { resultsBatch } from "./results.ts";
import { closes, positions, sessions } from "./schema.ts";
import { countAttempts, countFailed, countPending, findErasable, findNumber, listPending } from "./sessions.ts";
import { prepareStatements } from "./statements.ts";
import { Sweeper } from "./sweep.ts";
import type { SweepStep } from "./sweep-step.ts";
import { additionOf, countTokens, rowOf } from "./tokens.ts";
import { transact } from "./transaction.ts";

/** Each waits for a quarter of a second, and delays the stop of the server by as much. */
const CHECKPOINT_TRIES_MAX = 3;
const CHECKPOINT_WAIT_MS = 50;
const NOT_RESTORED =
  "Cannot restore the open sessions: a page that has them is damaged; run playhead check, which says what to do";
const NO_END =
  "Cannot go on with the log: the page that has its end is damaged; run playhead check, which says what to do";

export interface StoreOptions extends SqliteOptions, DamageOptions {
  /** Commits appended writes in a thread of their own, so that this one doesn't wait for the disk. */
  readonly thread?: boolean;
}

/** Writes to the file. The server alone appends to its log; a command beside it is given a `Store`. */
export class SqliteJournal extends SqliteReader implements JournalStore {
  readonly #committer: Committer;
  readonly #sweeper: Sweeper;
  readonly #files: FileWatch;
  /** The numbers given out last. */
  #position: LogPosition;
  /** The last session that {@link claimPending} gave out; 0 when the next call starts over. */
  #claimed = 0;
  /** Erased or trimmed sessions of which damage keeps some rows. */
  readonly #unremovable = new Set<number>();
  /** The file takes one transaction at a time, and a second one would wait with its whole thread. */
  readonly #writing = new Mutex();

  constructor(client: Database, options: StoreOptions) {
    super(client, options);
    try {
      markLog(client);
    } catch {
      // A full disk, or another writer, must not prevent the start; without a mark the log merely goes unchecked.
    }
    this.#files = new FileWatch(options.path);
    this.#sweeper = new Sweeper(options.path);
    this.#position = unlessDamaged(
      () => lastPosition(client),
      (cause) => {
        throw new AppError("store-failed", NO_END, { cause });
      },
    );
    const templates = templatesOf(prepareStatements(this.db));
    this.#committer = options.thread
      ? openCommitThread(options, templates)
      : createCommitter(client, options, { templates, files: this.#files });
  }

  append(writes: readonly Write[]): Promise<void> {
    return this.#writing.run(async () => {
      const { batch, position, heads } = numbered(writes, this.#position);
      await this.#committer.commit(batch);
      assertAhead(position, this.#position);
      this.#position = position;
      for (const [head, { id, seq, events, bytes, close }] of heads) {
        assert(id > 0 && seq >= head.seq, "a stored head has a number, and moves on");
        head.id = id;
        head.seq = seq;
        head.events = events;
        head.bytes = bytes;
        if (close) head.close = close;
      }
    });
  }

  noticeAppended(): void {
    this.#committer.notice();
  }

  async claimPending(limit: number): Promise<number[]> {
    const page = listPending(this.client, this.#claimed, limit);
    this.#claimed = page.length < limit ? 0 : (page.at(-1) ?? 0);
    return page;
  }

  async countPending(): Promise<number> {
    return countPending(this.db);
  }

  async saveResults(saved: readonly SessionResult[], atMs: number, bookmark?: Bookmark): Promise<void> {
    await this.#store(() => resultsBatch(saved, atMs, bookmark));
  }

  async settleImported({ afterId, limit }: { afterId: number; limit: number }): Promise<void> {
    await this.#commit(() => batchOf("settleImported", { afterId, untilId: afterId + limit }));
  }

  async saveFailure({ id: session, seq }: Parameters<Store["saveFailure"]>[0], failure: FoldFailure): Promise<void> {
    await this.#store(() => batchOf("failClose", { session, seq: seq ?? null, failure }));
  }

  async countAttempt(session: number): Promise<number> {
    await this.#store(() => batchOf("countAttempt", { session }));
    return countAttempts(this.db, session);
  }

  async forgetAttempts(session: number): Promise<void> {
    await this.#store(() => batchOf("forgetAttempts", { session }));
  }

  async erase(erased: readonly SessionEnd[], atMs: number, reason?: ErasedReason): Promise<number> {
    const count = await this.#storeCounted(() => eraseBatch(this, erased, { atMs, reason, numbers: this.#position }));
    await this.#checkpoint();
    return count;
  }

  async findNumber(sid: string): Promise<number | undefined> {
    return findNumber(this, sid);
  }

  async findErasable(ids: readonly number[]): Promise<Erasable[]> {
    return findErasable(this.db, ids);
  }

  async listExpired({ beforeMs, offset = 0, limit }: ExpiredQuery): Promise<number[]> {
    const { id, startedAt } = sessions;
    // With its key, by which SQLite can then merge both tables of starts.
    const rows = this.db.select({ id, startedAt }).from(sessions).innerJoin(closes, eq(closes.session, id));
    const oldest = rows.where(lt(startedAt, beforeMs)).orderBy(asc(startedAt)).limit(limit).offset(offset);
    return oldest.all().map((row) => row.id);
  }

  async trim(query: ExpiredQuery): Promise<number> {
    return this.#storeCounted(() => trimBatch(this.db, query, this.#position));
  }

  async removeRemains(enough: () => boolean): Promise<boolean> {
    try {
      const isMore = await this.#writing.run(async () => {
        const { found, isEnough } = findRemains(this, enough, this.#unremovable);
        await this.#remove(found);
        return isEnough;
      });
      await this.#checkpoint();
      return isMore;
    } catch (error) {
      if (error instanceof DamageError && error.session !== undefined) this.#unremovable.add(error.session);
      throw this.note(error);
    }
  }

  async sweep(isStopped: () => boolean): Promise<boolean> {
    if (readCounters(this.db).unswept === 0) return true;
    const take = (step: SweepStep) => this.#writing.run(() => this.#committer.sweep(step));
    return this.#sweeper.sweep(this.client, take, isStopped);
  }

  async moveOld(enough: () => boolean): Promise<void> {
    if (leftToMove(this.client) === undefined) return;
    await this.#writing.run(async () => {
      const slice = readSlice(this.client, enough);
      if (slice.moved.length > 0) await this.#committer.commit(moveBatch(slice));
      if (slice.isLast) transact(this.client, () => dropOld(this.client));
    });
    await this.#checkpoint();
  }

  async countOld(): Promise<number | undefined> {
    return leftToMove(this.client);
  }

  async pruneErasures(query: ExpiredQuery): Promise<number> {
    return this.#storeCounted(() => pruned("pruneErasures", "pruned", oldErasures(this.db, query)));
  }

  async countFailed(query: Parameters<Store["countFailed"]>[0]): ReturnType<Store["countFailed"]> {
    return countFailed(this.client, query);
  }

  async pruneErased(query: ExpiredQuery): Promise<number> {
    return this.#storeCounted(() => pruned("pruneErased", "forgotten", oldErased(this.db, query)));
  }

  async addToken(token: NamedToken): Promise<TokenAddition> {
    await this.#store(() => batchOf("insertToken", rowOf(token)));
    return additionOf(this.db, token);
  }

  async removeToken(name: string): Promise<boolean> {
    const removed = () => ({ batch: batchOf("deleteToken", { name }), count: countTokens(this.db, name) });
    return (await this.#storeCounted(removed)) > 0;
  }

  async noteTokenUse(hash: string, usedAtMs: number): Promise<void> {
    await this.#store(() => batchOf("noteTokenUse", { hash, usedAt: usedAtMs }));
  }

  async findBookmark(name: string): Promise<Bookmark | undefined> {
    const { session } = positions;
    return this.db.select({ name: positions.name, session }).from(positions).where(eq(positions.name, name)).get();
  }

  async removeBookmark(name: string): Promise<void> {
    await this.#store(() => batchOf("deletePosition", { name }));
  }

  async restoreHeads(): Promise<RestoredHeads> {
    return unlessDamaged(
      () => restoreHeads(this.client),
      (cause) => {
        throw new AppError("store-failed", NOT_RESTORED, { cause });
      },
    );
  }

  async findOpening(key: string): Promise<KnownOpening | undefined> {
    return findOpening(this.client, key);
  }

  async listOpenings(query: RecentOpeningsQuery): Promise<RecentOpening[]> {
    return listOpenings(this, query);
  }

  async forgetOpenings(query: OldOpeningsQuery): Promise<number> {
    const { last, count } = oldOpenings(this.client, query);
    if (count > 0) await this.#commit(() => batchOf("deleteOpenings", { rule: query.rule, session: last }));
    return count;
  }

  async saveHeads(heads: readonly Head[]): Promise<void> {
    await this.#commit(() => headsBatch(heads));
  }

  async finishCheckpoint(position: LogPosition): Promise<void> {
    assertAhead(this.#position, position);
    await this.#commit(() => batchOf("upsertPosition", { name: "heads", ...position }));
  }

  position(): LogPosition {
    return this.#position;
  }

  async probe(): Promise<void> {
    await this.#commit(() => batchOf("probe", {}));
    await this.checkFiles();
  }

  async checkFiles(): Promise<void> {
    this.#files.check();
  }

  override async close(): Promise<void> {
    await this.#writing.run(() => this.#committer.close());
    try {
      await this.#emptyLog();
    } catch {
      // The log stays beside the file, and the next start reads it: nothing is lost.
    } finally {
      this.client.close();
      this.#sweeper[Symbol.dispose]();
    }
  }

  /** Commits a batch that is made once it is its turn. */
  #commit(batchNow: () => Batch): Promise<void> {
    return this.#writing.run(() => this.#committer.commit(batchNow()));
  }

  /** As {@link #commit}. Damage that it meets needn't keep players from storing. */
  #store(batchNow: () => Batch): Promise<void> {
    return tellDamage(() => this.#commit(batchNow));
  }

  /** As {@link #store}. @returns how much the batch does; with nothing to do, it isn't committed */
  async #storeCounted(batchNow: () => { readonly batch: Batch; readonly count: number }): Promise<number> {
    return this.#writing.run(async () => {
      const { batch, count } = batchNow();
      if (count > 0) await tellDamage(() => this.#committer.commit(batch));
      return count;
    });
  }

  /** Removes what is left of some sessions. @throws DamageError with the session whose rows are on a damaged page */
  async #remove(remains: readonly Remains[]): Promise<void> {
    const all = remains.flatMap(({ batch }) => batch);
    try {
      if (all.length > 0) await tellDamage(() => this.#committer.commit(all));
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      const [only, second] = remains;
      if (only && !second) throw new DamageError(only.session, error.message, { cause: error });
      for (const each of remains) await this.#remove([each]);
    }
  }

  /** Copies the log into the file. Waits for a read, or another checkpoint, that is about to end. */
  async #emptyLog(): Promise<void> {
    const checkpoint = this.client.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)");
    for (let tries = 1; checkpoint.get()?.busy === 1 && tries < CHECKPOINT_TRIES_MAX; tries += 1) {
      await Bun.sleep(CHECKPOINT_WAIT_MS);
    }
    checkpoint.finalize();
  }

  /** Removing touches a page for each row: copied all at once, the log would hold up commits for too long. */
  #checkpoint(): Promise<void> {
    return this.#writing.run(() => this.#committer.checkpoint());
  }
}

/** Removes the rows up to a revision, and records in a counter how far. */
function pruned(rows: "pruneErasures" | "pruneErased", counter: Counter, { count, revision }: Old) {
  const batch: SqlValue[] = [];
  put(batch, rows, { revision });
  put(batch, "setCounter", { name: counter, value: revision });
  return { batch, count };
}

/** Runs a transaction. @throws DamageError in place of the error for a damaged page */
async function tellDamage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DamageError) throw error;
    const { cause } = error as Error;
    if (!isDamage(cause)) throw error;
    throw new DamageError(undefined, "Cannot store this: a page of the database is damaged; run playhead check", {
      cause,
    });
  }
}

function assertAhead(later: LogPosition, earlier: LogPosition): void {
  assert(later.seq >= earlier.seq && later.session >= earlier.session, "a place in the log only grows");
}

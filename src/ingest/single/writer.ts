/**
 * Group commit: writes that queue during a commit form the next batch, which shares one sync.
 *
 * Sessions are erased between two batches, so that no event of an erased session is stored.
 *
 * The promise of `add` resolves after the commit. The queue is bounded: writes beyond the bound are refused at once.
 */

import { AppError } from "../../base/errors.ts";
import { Histogram } from "../../base/histogram.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { JournalStore, Write } from "../../store/journal.ts";
import { COMMIT_SECONDS, COMMIT_WRITES, type CommitFigures } from "../commit-figures.ts";
import type { IntakeStats } from "../intake.ts";
import { queueFull, unknownSession, waitedTooLong } from "../refusals.ts";

export interface WriterOptions {
  readonly store: Pick<JournalStore, "append" | "noticeAppended">;
  /** Events that may wait; more are refused with `overloaded`. */
  readonly queueEventsMax: number;
  /** How long a write may wait before it is refused: clients give up after 5 s. */
  readonly queueWaitMsMax: number;
  readonly elapsedMs: () => number;
  /** Called once when the medium has failed: nothing more will be stored. */
  readonly onFailure: (error: AppError) => void;
}

/** Events in one transaction; bounds how long a commit blocks the event loop. */
const BATCH_EVENTS_MAX = 2000;
/**
 * How long a batch waits for its turn of the loop before the next request flushes it instead. With more than 1,024
 * readable sockets Bun reads on and on, tens of thousands of requests in one turn, and all would be refused.
 */
const TURN_MS_MIN = 20;
/** How often, during a commit, to expire writes that have waited too long. */
const LATE_LOOK_MS = 250;

interface Waiting {
  readonly write: Write;
  readonly sizeEvents: number;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Writer implements CommitFigures {
  readonly #options: WriterOptions;
  #queue: Waiting[] = [];
  #queuedEvents = 0;
  #flushing = false;
  /** The flush that waits for its turn of the loop, if any. */
  #turn: { readonly sinceMs: number } | undefined;
  #lastCommitMs = 0;
  #failure: AppError | undefined;
  #committedBatches = 0;
  #committedEvents = 0;
  #idle: Array<() => void> = [];
  #alone: Array<() => Promise<void>> = [];
  /** How many writes shared each commit. */
  readonly commitWrites = new Histogram(COMMIT_WRITES);
  /** How long each commit took. */
  readonly commitSeconds = new Histogram(COMMIT_SECONDS);

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /**
   * Queues a write; resolves when it is durable.
   *
   * @throws AppError `overloaded` when the queue is full or the write waited too long; none of it was stored
   * @throws AppError `session-not-found` when the session was erased while the write waited
   * @throws AppError as `JournalStore.append`
   */
  add(write: Write): Promise<void> {
    const nowMs = this.#options.elapsedMs();
    this.#options.store.noticeAppended?.();
    // On a slow disk, half of the time goes to commits, the other half to refusing at once.
    const patienceMs = Math.max(TURN_MS_MIN, this.#lastCommitMs);
    if (this.#turn && nowMs - this.#turn.sinceMs > patienceMs) this.#takeTurn(this.#turn);
    if (this.#failure) return Promise.reject(this.#failure);
    const sizeEvents = write.events.length + 1;
    // An idle queue takes any write: an array larger than the bound must not be refused for ever.
    if (this.#queuedEvents > 0 && this.#queuedEvents + sizeEvents > this.#options.queueEventsMax) {
      return Promise.reject(queueFull());
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ write, sizeEvents, sinceMs: nowMs, resolve, reject });
      this.#queuedEvents += sizeEvents;
      this.#schedule();
    });
  }

  /**
   * Does short work on the store between two batches: after the one under way, and before waiting writes.
   *
   * @throws AppError `store-failed` when nothing more will be stored
   */
  runAlone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#alone.push(() => work().then(resolve, reject));
      this.#schedule();
    });
  }

  /** Refuses all further writes, since some part of the server has met a failure of the medium. */
  fail(error: AppError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#options.onFailure(error);
  }

  /** Refuses waiting writes of erased sessions. */
  noteErased(ids: ReadonlySet<number>): void {
    for (const { write } of this.#queue) if (ids.has(write.head.id)) write.head.erased = true;
  }

  stats(): Omit<IntakeStats, "closes" | "repeatedStarts"> {
    return {
      queuedEvents: this.#queuedEvents,
      committedBatches: this.#committedBatches,
      committedEvents: this.#committedEvents,
    };
  }

  /** Resolves once the queue is empty. */
  drain(): Promise<void> {
    if (this.#queue.length === 0 && !this.#flushing) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const turn = { sinceMs: this.#options.elapsedMs() };
    this.#turn = turn;
    // Two turns of the loop: the first reads the sockets that were ready, the second those that became so meanwhile.
    setImmediate(() => setImmediate(() => this.#takeTurn(turn)));
  }

  /** Flushes, unless this turn has been taken already. */
  #takeTurn(turn: { readonly sinceMs: number }): void {
    if (this.#turn !== turn) return;
    this.#turn = undefined;
    void this.#flush();
  }

  async #flush(): Promise<void> {
    for (const work of this.#alone.splice(0)) await work();
    const batch = this.#take();
    if (this.#failure) for (const { reject } of batch) reject(this.#failure);
    else if (batch.length > 0) await this.#commit(batch);
    this.#flushing = false;
    if (this.#queue.length > 0 || this.#alone.length > 0) this.#schedule();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Takes the next batch, without writes that have waited too long or belong to an erased session. */
  #take(): Waiting[] {
    const oldestMs = this.#options.elapsedMs() - this.#options.queueWaitMsMax;
    const batch: Waiting[] = [];
    let taken = 0;
    let sizeEvents = 0;
    for (const waiting of this.#queue) {
      if (batch.length > 0 && sizeEvents + waiting.sizeEvents > BATCH_EVENTS_MAX) break;
      taken += 1;
      this.#queuedEvents -= waiting.sizeEvents;
      const refusal = refusalOf(waiting, oldestMs);
      if (refusal) {
        waiting.reject(refusal);
        continue;
      }
      sizeEvents += waiting.sizeEvents;
      batch.push(waiting);
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    return batch;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const sinceMs = this.#options.elapsedMs();
    const late = setInterval(() => this.#refuseLate(), LATE_LOOK_MS);
    try {
      await this.#options.store.append(batch.map(({ write }) => write));
    } catch (error) {
      await this.#fail(batch, error);
      return;
    } finally {
      clearInterval(late);
    }
    this.#lastCommitMs = this.#options.elapsedMs() - sinceMs;
    this.commitSeconds.observe(this.#lastCommitMs / SECOND_MS);
    this.commitWrites.observe(batch.length);
    this.#committedBatches += 1;
    for (const waiting of batch) {
      this.#committedEvents += waiting.sizeEvents;
      waiting.resolve();
    }
  }

  /** Refuses writes at the front of the queue that have waited too long: a hanging sync would hold them for ever. */
  #refuseLate(): void {
    const oldestMs = this.#options.elapsedMs() - this.#options.queueWaitMsMax;
    const inTime = this.#queue.findIndex((waiting) => refusalOf(waiting, oldestMs) === undefined);
    for (const waiting of this.#queue.splice(0, inTime === -1 ? this.#queue.length : inTime)) {
      this.#queuedEvents -= waiting.sizeEvents;
      waiting.reject(refusalOf(waiting, oldestMs));
    }
  }

  async #fail(batch: readonly Waiting[], error: unknown): Promise<void> {
    const operating = error instanceof AppError;
    if (operating && error.code === "store-failed") this.fail(error);
    if (operating || batch.length === 1) {
      for (const { reject } of batch) reject(error);
      return;
    }
    // A write that fails for a reason of its own must not fail its neighbours.
    for (const waiting of batch) await this.#commit([waiting]);
  }
}

function refusalOf({ write, sinceMs }: Waiting, oldestMs: number): AppError | undefined {
  if (write.head.erased) return unknownSession();
  return sinceMs < oldestMs ? waitedTooLong() : undefined;
}

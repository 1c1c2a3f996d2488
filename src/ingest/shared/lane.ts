/**
 * Group commit for a shared store: what queues while a batch is stored forms the next one.
 *
 * A lane stores one batch at a time. All lanes of a node share one bound on what waits.
 *
 * A batch costs the database as much as some fifteen events, and several nodes have small ones. So a lane that is busy
 * waits for more to come.
 */

import { AppError } from "../../base/errors.ts";
import { Histogram } from "../../base/histogram.ts";
import { SECOND_MS } from "../../base/units.ts";
import { COMMIT_SECONDS, COMMIT_WRITES } from "../commit-figures.ts";
import { queueFull, waitedTooLong } from "../refusals.ts";

interface LoadOptions {
  /** Events that may wait; more are refused with `overloaded`. */
  readonly queueEventsMax: number;
  /** How long an event may wait before it is refused: clients give up after 5 s. */
  readonly queueWaitMsMax: number;
  readonly elapsedMs: () => number;
}

/** What waits in all lanes of a node, and what they have stored. */
export class Load {
  readonly options: LoadOptions;
  queuedEvents = 0;
  committedBatches = 0;
  committedEvents = 0;
  /** How often this node was the first to find that the store lacks what it had acknowledged. */
  historyLosses = 0;
  /** How many requests shared each commit. */
  readonly commitWrites = new Histogram(COMMIT_WRITES);
  /** How long each commit took. */
  readonly commitSeconds = new Histogram(COMMIT_SECONDS);

  constructor(options: LoadOptions) {
    this.options = options;
  }
}

interface CommitLaneOptions<Item> {
  readonly load: Load;
  /** Stores a batch. @returns the places of items that were not taken */
  readonly store: (batch: readonly Item[]) => Promise<ReadonlySet<number>>;
  /** Distinguishes items: a batch has the first of several with one key. Absent for one that may stand beside any. */
  readonly keyOf: (item: Item) => string | undefined;
  readonly eventsIn: (item: Item) => number;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly key: string | undefined;
  readonly events: number;
  readonly sinceMs: number;
  readonly resolve: (isTaken: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const BATCH_EVENTS_MAX = 1000;
/** A batch of this many is cheap enough. */
const ENOUGH = 32;
/** How long to wait for them. */
const LINGER_MS_MAX = 20;
/** If none has come for this long, none is expected. */
const LINGER_LOOK_MS = 2;
/** How often, during a commit, to refuse what has waited too long. */
const LATE_LOOK_MS = 250;

export class CommitLane<Item> {
  readonly #options: CommitLaneOptions<Item>;
  #queue: Waiting<Item>[] = [];
  #work: Promise<void> | undefined;
  /** How many the latest batch had. */
  #latest = 0;

  constructor(options: CommitLaneOptions<Item>) {
    this.#options = options;
  }

  /**
   * Queues an item; resolves once it is durable, or was not taken.
   *
   * @throws AppError `overloaded` when the queue is full, or it waited too long; it was not stored
   * @throws AppError as `SharedStore`
   */
  add(item: Item): Promise<boolean> {
    const { load, keyOf, eventsIn } = this.#options;
    const events = eventsIn(item);
    if (load.queuedEvents > 0 && load.queuedEvents + events > load.options.queueEventsMax) {
      return Promise.reject(queueFull());
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, key: keyOf(item), events, sinceMs: load.options.elapsedMs(), resolve, reject });
      load.queuedEvents += events;
      this.#work ??= this.#flush();
    });
  }

  /** Resolves once nothing waits. */
  async drain(): Promise<void> {
    await this.#work;
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      // The first turn reads the sockets that were ready, the second those that became so meanwhile.
      await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
      if (this.#latest > 1) await this.#linger();
      this.#refuseLate();
      const batch = this.#take();
      this.#latest = batch.length;
      if (batch.length > 0) await this.#store(batch);
    }
    this.#work = undefined;
  }

  /** Waits while more come, until there are enough. */
  async #linger(): Promise<void> {
    const { elapsedMs } = this.#options.load.options;
    const untilMs = elapsedMs() + LINGER_MS_MAX;
    for (let before = 0; before < this.#queue.length && this.#queue.length < ENOUGH && elapsedMs() < untilMs; ) {
      before = this.#queue.length;
      await Bun.sleep(LINGER_LOOK_MS);
    }
  }

  #take(): Waiting<Item>[] {
    const { load } = this.#options;
    const batch: Waiting<Item>[] = [];
    const left: Waiting<Item>[] = [];
    const keys = new Set<string>();
    let events = 0;
    for (const waiting of this.#queue) {
      const { key } = waiting;
      const isFull = batch.length > 0 && events + waiting.events > BATCH_EVENTS_MAX;
      if (isFull || (key !== undefined && keys.has(key))) {
        left.push(waiting);
        continue;
      }
      if (key !== undefined) keys.add(key);
      batch.push(waiting);
      events += waiting.events;
    }
    this.#queue = left;
    load.queuedEvents -= events;
    return batch;
  }

  async #store(batch: readonly Waiting<Item>[]): Promise<void> {
    const { load, store } = this.#options;
    // Every statement takes its locks in this order, so that two nodes never wait for each other.
    const sorted = batch.toSorted((a, b) => compare(a.key ?? "", b.key ?? ""));
    const sinceMs = load.options.elapsedMs();
    const late = setInterval(() => this.#refuseLate(), LATE_LOOK_MS);
    try {
      const missing = await store(sorted.map(({ item }) => item));
      load.committedBatches += 1;
      load.commitWrites.observe(batch.length);
      load.commitSeconds.observe((load.options.elapsedMs() - sinceMs) / SECOND_MS);
      for (const [at, { events, resolve }] of sorted.entries()) {
        const isTaken = !missing.has(at);
        if (isTaken) load.committedEvents += events;
        resolve(isTaken);
      }
    } catch (error) {
      await this.#fail(batch, error);
    } finally {
      clearInterval(late);
    }
  }

  /** An item that fails for a reason of its own must not fail its neighbours. */
  async #fail(batch: readonly Waiting<Item>[], error: unknown): Promise<void> {
    if (error instanceof AppError || batch.length === 1) {
      for (const { reject } of batch) reject(error);
      // What waited meanwhile would wait as long again, and its players would have left.
      if (error instanceof AppError && error.code === "store-unreachable") this.#refuse(() => true, error);
      return;
    }
    for (const waiting of batch) await this.#store([waiting]);
  }

  #refuseLate(): void {
    const { load } = this.#options;
    const oldestMs = load.options.elapsedMs() - load.options.queueWaitMsMax;
    if ((this.#queue[0]?.sinceMs ?? oldestMs) >= oldestMs) return;
    this.#refuse(({ sinceMs }) => sinceMs < oldestMs, waitedTooLong());
  }

  #refuse(which: (waiting: Waiting<Item>) => boolean, error: AppError): void {
    const refused = this.#queue.filter(which);
    this.#queue = this.#queue.filter((waiting) => !which(waiting));
    for (const { events, reject } of refused) {
      this.#options.load.queuedEvents -= events;
      reject(error);
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

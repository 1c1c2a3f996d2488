/**
 * Gives numbers to closed sessions that are longer than a page: one at a time, beside the passes of the closer.
 *
 * A late event folds the whole session again. So a session rests after each fold for many times as long as that took;
 * it stays pending meanwhile, and is folded once more at the end.
 */

import type { Log } from "../base/log.ts";
import { nextTurn } from "../base/turn.ts";
import { SECOND_MS } from "../base/units.ts";
import { ATTEMPTS_MAX } from "../store/fold-failure.ts";
import type { FoldSession } from "../store/fold-stored.ts";
import type { Store, StoredSession } from "../store/store.ts";
import { type FoldedSession, keepFailure, resultOf } from "./settle.ts";

export interface LongFoldsOptions {
  readonly store: Store;
  readonly fold: FoldSession;
  readonly elapsedMs: () => number;
  /** The instant that dates a result. */
  readonly steadyMs: () => number;
  readonly onFolded: (folded: FoldedSession["folded"], session: StoredSession) => void;
  readonly onFailure: (session: Pick<StoredSession, "id" | "sid">, error: unknown) => void;
  readonly log: Log;
}

/** A session rests for this many times as long as its fold took. */
const REST_FACTOR = 20;
/** After a fold that may succeed a moment later: the Worker was lost, or has too much to do. */
const AFTER_REFUSAL_MS = 5 * SECOND_MS;

export class LongFolds {
  readonly #options: LongFoldsOptions;
  /** In the order of their coming; the first is the one that is being folded. */
  readonly #queue = new Set<number>();
  /** When sessions may be folded again, on the stopwatch. */
  readonly #restUntilMs = new Map<number, number>();
  #work: Promise<void> = Promise.resolve();
  readonly #stopping = new AbortController();

  constructor(options: LongFoldsOptions) {
    this.#options = options;
  }

  /** Whether a session waits for its turn, or rests. */
  holds(id: number): boolean {
    if (this.#queue.has(id)) return true;
    const untilMs = this.#restUntilMs.get(id);
    if (untilMs === undefined) return false;
    if (this.#options.elapsedMs() < untilMs) return true;
    this.#restUntilMs.delete(id);
    return false;
  }

  add(id: number): void {
    this.#queue.add(id);
    if (this.#queue.size === 1) this.#work = this.#foldAll();
  }

  /** Resolves once no session waits. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** Leaves what waits for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #foldAll(): Promise<void> {
    for (const id of this.#queue) {
      if (!this.#stopping.signal.aborted) {
        await this.#fold(id).catch((error: unknown) => {
          this.#options.log.error("A long session's numbers could not be kept", { session: id, error: String(error) });
          this.#rest(id, AFTER_REFUSAL_MS);
        });
      }
      this.#queue.delete(id);
      await nextTurn();
    }
    this.#forgetRested();
  }

  async #fold(id: number): Promise<void> {
    const { store, fold, elapsedMs, steadyMs, onFolded, onFailure } = this.#options;
    const [session] = await store.getSessions([id]);
    if (!session?.close) return;
    if ((await store.countAttempt(id)) > ATTEMPTS_MAX) {
      await store.saveFailure({ id, seq: session.seq ?? 0 }, "interrupted");
      onFailure(session, "Each fold of it ended the process");
      return;
    }
    const sinceMs = elapsedMs();
    try {
      const result = resultOf(session, await fold(session, session.seq ?? 0, this.#stopping.signal));
      await store.saveResults([result], steadyMs());
      onFolded(result.folded, session);
      this.#rest(id, REST_FACTOR * (elapsedMs() - sinceMs));
    } catch (error) {
      await store.forgetAttempts(id);
      if (this.#stopping.signal.aborted) return;
      if (!(await keepFailure(store, id, error))) this.#rest(id, AFTER_REFUSAL_MS);
      onFailure(session, error);
    }
  }

  #rest(id: number, ms: number): void {
    this.#restUntilMs.set(id, this.#options.elapsedMs() + ms);
  }

  #forgetRested(): void {
    const nowMs = this.#options.elapsedMs();
    for (const [id, untilMs] of this.#restUntilMs) if (untilMs <= nowMs) this.#restUntilMs.delete(id);
  }
}

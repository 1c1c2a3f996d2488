/** Counts, once a minute, the sessions with no numbers or outdated ones because their last fold failed. */

import { nextTurn } from "../base/turn.ts";
import { MINUTE_MS } from "../base/units.ts";
import type { Store } from "../store/store.ts";

/** Sessions to read before the event loop gets its turn: a millisecond or two. */
const PAGE = 10_000;
/** Commands beside the server change the number too, so it is counted rather than kept. */
const COUNT_EVERY_MS = MINUTE_MS;

export class FailedFolds {
  readonly #store: Pick<Store, "countFailed">;
  readonly #elapsedMs: () => number;
  #count: number | undefined;
  #countedAtMs = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<Store, "countFailed">, elapsedMs: () => number) {
    this.#store = store;
    this.#elapsedMs = elapsedMs;
  }

  /** Undefined until first counted. */
  get count(): number | undefined {
    return this.#count;
  }

  /** Counts the sessions, if due. @param isStopped asked between pages */
  async look(isStopped: () => boolean): Promise<void> {
    const nowMs = this.#elapsedMs();
    if (nowMs - this.#countedAtMs < COUNT_EVERY_MS) return;
    this.#countedAtMs = nowMs;
    let count = 0;
    for (let afterId: number | undefined = 0; afterId !== undefined; await nextTurn()) {
      if (isStopped()) return;
      const { failed, lastId }: Awaited<ReturnType<Store["countFailed"]>> = await this.#store.countFailed({
        afterId,
        limit: PAGE,
      });
      count += failed;
      afterId = lastId;
    }
    this.#count = count;
  }

  /** Makes the next look count them. */
  forget(): void {
    this.#countedAtMs = Number.NEGATIVE_INFINITY;
  }
}

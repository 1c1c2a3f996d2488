/**
 * The clock that all nodes share: the database's, as this node's stopwatch tells it between two measurements.
 *
 * A node whose own calendar is wrong by minutes thus answers like the others. The line never goes back.
 */

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { SECOND_MS } from "../../base/units.ts";

interface CommonClockOptions {
  /** Reads the database's clock. */
  readonly measure: () => Promise<number>;
  readonly clock: Pick<Clock, "elapsedMs">;
  readonly log: Log;
}

const MEASURE_EVERY_MS = 10 * SECOND_MS;

export class CommonClock implements Disposable {
  readonly #options: CommonClockOptions;
  /** What the database's clock shows when the stopwatch is at 0. */
  #anchorMs = 0;
  #latestMs = Number.NEGATIVE_INFINITY;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(options: CommonClockOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#follow(), MEASURE_EVERY_MS);
    this.#timer.unref();
  }

  static async open(options: CommonClockOptions): Promise<CommonClock> {
    const common = new CommonClock(options);
    await common.#measure();
    return common;
  }

  readonly nowMs = (): number => {
    this.#latestMs = Math.max(this.#latestMs, Math.round(this.#anchorMs + this.#options.clock.elapsedMs()));
    return this.#latestMs;
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #follow(): Promise<void> {
    await this.#measure().catch((error: unknown) => {
      this.#options.log.warn("The database's clock could not be read; going on with the server's own", {
        error: String(error),
      });
    });
  }

  /** Takes the middle of the round trip, unless the line agrees with it as closely as that can tell. */
  async #measure(): Promise<void> {
    const { measure, clock } = this.#options;
    const askedMs = clock.elapsedMs();
    const shownMs = await measure();
    const errorMs = (clock.elapsedMs() - askedMs) / 2;
    const anchorMs = shownMs - askedMs - errorMs;
    if (Math.abs(anchorMs - this.#anchorMs) > errorMs + 1) this.#anchorMs = anchorMs;
  }
}

/** How fast events arrive, so that reports leave room for them. */

import type { Clock } from "../base/clock.ts";
import { SECOND_MS } from "../base/units.ts";

/**
 * Events a second from which reports leave a core to them. An answer takes tens of milliseconds: of fewer events
 * hardly one comes meanwhile, and the report would take twice as long for it.
 */
const BRISK_PER_SECOND = 50;

export class Pace {
  readonly #count: () => number;
  readonly #clock: Pick<Clock, "elapsedMs">;
  #counted: number;
  #countedAtMs: number;
  #perSecond = 0;

  /** @param count says how many events there were so far */
  constructor(count: () => number, clock: Pick<Clock, "elapsedMs">) {
    this.#count = count;
    this.#clock = clock;
    this.#counted = count();
    this.#countedAtMs = clock.elapsedMs();
  }

  /** Whether many events arrived between the last two looks. */
  get isBrisk(): boolean {
    return this.#perSecond >= BRISK_PER_SECOND;
  }

  /** Measures since the last look. */
  look(): void {
    const nowMs = this.#clock.elapsedMs();
    const tookMs = nowMs - this.#countedAtMs;
    if (tookMs <= 0) return;
    const counted = this.#count();
    this.#perSecond = ((counted - this.#counted) * SECOND_MS) / tookMs;
    this.#counted = counted;
    this.#countedAtMs = nowMs;
  }
}

/** How fast events arrive: reports leave a core to many of them, and memory is given back once a load is over. */

import { fullGC } from "bun:jsc";
import type { Clock } from "../base/clock.ts";
import { SECOND_MS } from "../base/units.ts";

/**
 * Events a second from which the server is busy with them. A report or a collection of garbage takes tens of
 * milliseconds: of fewer events hardly one comes meanwhile.
 */
const BRISK_PER_SECOND = 50;
/** Less garbage than these leave isn't worth a pause: they make some 100 MB of it. */
const LOAD_EVENTS_MIN = 10_000;

export class Pace implements Disposable {
  readonly #count: () => number;
  readonly #clock: Pick<Clock, "elapsedMs">;
  #counted: number;
  #countedAtMs: number;
  /** The count at the end of the last load. */
  #collectedAt: number;
  #perSecond = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param count says how many events the server has stored since its start */
  constructor(count: () => number, clock: Pick<Clock, "elapsedMs">) {
    this.#count = count;
    this.#clock = clock;
    this.#counted = count();
    this.#collectedAt = this.#counted;
    this.#countedAtMs = clock.elapsedMs();
  }

  /** Looks each second, and collects after a load: the engine would keep its garbage until more has come. */
  static started(...options: ConstructorParameters<typeof Pace>): Pace {
    const pace = new Pace(...options);
    pace.#timer = setInterval(() => {
      if (pace.look()) fullGC();
    }, SECOND_MS);
    pace.#timer.unref();
    return pace;
  }

  /** Whether many events arrived between the last two looks. */
  get isBrisk(): boolean {
    return this.#perSecond >= BRISK_PER_SECOND;
  }

  /** Measures since the last look. @returns whether a load is over, once for each */
  look(): boolean {
    const nowMs = this.#clock.elapsedMs();
    const tookMs = nowMs - this.#countedAtMs;
    if (tookMs <= 0) return false;
    const counted = this.#count();
    this.#perSecond = ((counted - this.#counted) * SECOND_MS) / tookMs;
    this.#counted = counted;
    this.#countedAtMs = nowMs;
    if (this.isBrisk || counted - this.#collectedAt < LOAD_EVENTS_MIN) return false;
    this.#collectedAt = counted;
    return true;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

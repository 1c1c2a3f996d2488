/** A clock that a test moves by hand. */

import type { Clock } from "../../src/base/clock.ts";

export class ManualClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;

  constructor(nowMs = 1_790_000_000_000) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.#nowMs += ms;
    this.#elapsedMs += ms;
  }

  /** Sets the calendar without time passing, as an operator or NTP does. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }
}

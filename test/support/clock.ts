/** A clock that a test moves by hand. */

import type { Clock } from "../../src/base/clock.ts";
import { TS } from "./requests.ts";

export class ManualClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;

  constructor(nowMs = TS) {
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

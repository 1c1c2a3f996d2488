/** The memory that bodies under way take, all of them together. */

import { AppError } from "../base/errors.ts";

/** Arrays leave the rest to events, so that players are served while uploads have all that they may. */
const ARRAYS_SHARE = 0.75;
/** What is only announced leaves the rest to what has come: a head costs its sender nothing. */
const ANNOUNCED_SHARE = 0.5;

export class InFlight {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes some more for a body. @throws AppError `overloaded` when there is no room for it */
  take(bytes: number, isArray: boolean): void {
    if (this.#bytes + bytes > this.#bytesMax * (isArray ? ARRAYS_SHARE : 1)) {
      throw new AppError("overloaded", "Cannot take the body: too many are under way; repeat it later");
    }
    this.#bytes += bytes;
  }

  /** Takes as much as a body has announced, where that leaves enough for others. @returns whether it did */
  takeAnnounced(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax * ANNOUNCED_SHARE) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The memory of all bodies under way. */

import { AppError } from "../../base/errors.ts";

/** The share of arrays: the rest is for events, so that players are served while uploads use all of theirs. */
const ARRAYS_SHARE = 0.75;
/** The share of announced bytes: the rest is for received ones, since announcing costs a sender nothing. */
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

  /** Takes more memory for a body. @throws AppError `overloaded` without room for it */
  take(bytes: number, isArray: boolean): void {
    if (this.#bytes + bytes > this.#bytesMax * (isArray ? ARRAYS_SHARE : 1)) {
      throw new AppError("overloaded", "Cannot take the body: too many are under way; repeat it later");
    }
    this.#bytes += bytes;
  }

  /** Takes as much as a body has announced, if that leaves enough for others. @returns whether it did */
  takeAnnounced(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax * ANNOUNCED_SHARE) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

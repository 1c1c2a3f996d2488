/** The memory of all bodies under way. */

import { AppError } from "../../base/errors.ts";
import { UnreadError } from "../answer/errors.ts";

/** The share of arrays: the rest is for events, so that players are served while uploads use all of theirs. */
const ARRAYS_SHARE = 0.75;
/** The share of announced bytes: the rest is for received ones, since announcing costs a sender nothing. */
const ANNOUNCED_SHARE = 0.5;

const NO_ROOM = "Cannot take the body: too many are under way; repeat it later";

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
    if (!this.#hasRoom(bytes, isArray)) throw new AppError("overloaded", NO_ROOM);
    this.#bytes += bytes;
  }

  /**
   * Looks for room for an array before it is read: thousands that began would cost more than their answers.
   *
   * @param bytes what it needs at least
   * @throws UnreadError `overloaded` without room for it
   */
  admitArray(bytes: number): void {
    if (!this.#hasRoom(bytes, true)) throw new UnreadError("overloaded", NO_ROOM);
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

  #hasRoom(bytes: number, isArray: boolean): boolean {
    return this.#bytes + bytes <= this.#bytesMax * (isArray ? ARRAYS_SHARE : 1);
  }
}

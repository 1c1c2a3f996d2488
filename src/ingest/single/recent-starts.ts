/**
 * Sessions by the hash of their starts' keys, for a minute or two: in two generations, of which the older is dropped as
 * a whole.
 */

import { SlotIndex } from "../../base/slot-index.ts";
import type { HeadRecords } from "./head-records.ts";

/** A minute of 3,300 starts a second, in 4 MB; as many older ones may be there. At more, some go sooner. */
export const RECENT_MIN = 200_000;

export class RecentStarts {
  readonly #records: HeadRecords;
  #young = new SlotIndex();
  #old = new SlotIndex();
  /** The hash to look for: one start in ninety trillion meets that of another by chance. */
  readonly #sought = new BigUint64Array(1);
  readonly #soughtWords = new Uint32Array(this.#sought.buffer);
  /** Keeps keys with equal hashes from being chosen. */
  readonly #seed = crypto.getRandomValues(new BigUint64Array(1))[0] as bigint;

  constructor(records: HeadRecords) {
    this.#records = records;
  }

  find(key: string): number | undefined {
    this.#sought[0] = BigInt(Bun.hash(key, this.#seed));
    const hash = this.#soughtWords[0] as number;
    return this.#young.find(hash, this.#isSought) ?? this.#old.find(hash, this.#isSought);
  }

  /** Notes the latest session of a start. */
  set(key: string, slot: number): void {
    const before = this.find(key);
    if (before !== undefined) this.forget(before);
    if (this.#young.size >= RECENT_MIN) this.age();
    this.#records.setPrint(slot, this.#soughtWords);
    this.#young.add(this.#soughtWords[0] as number, slot);
  }

  /** Forgets a session, if its start is known. */
  forget(slot: number): void {
    const [hash] = this.#records.printOf(slot);
    this.#young.remove(hash, slot);
    this.#old.remove(hash, slot);
  }

  /** Drops the older generation. */
  age(): void {
    this.#old = this.#young;
    this.#young = new SlotIndex();
  }

  readonly #isSought = (slot: number): boolean => {
    const [low, high] = this.#records.printOf(slot);
    return low === this.#soughtWords[0] && high === this.#soughtWords[1];
  };
}

/** Popularity with a long tail: the second is half as popular as the first, the hundredth a hundredth. */

import { assert } from "../base/assert.ts";
import type { Random } from "./random.ts";

export class Zipf<T> {
  readonly #items: readonly T[];
  /** Cumulative weights, each item's own included. */
  readonly #sums: Float64Array;

  /** @param items the most popular first; @param exponent 1 for the law itself, less for a flatter one */
  constructor(items: readonly T[], exponent: number) {
    assert(items.length > 0, "there is something to be popular");
    this.#items = items;
    this.#sums = new Float64Array(items.length);
    let sum = 0;
    for (let rank = 0; rank < items.length; rank += 1) {
      sum += (rank + 1) ** -exponent;
      this.#sums[rank] = sum;
    }
  }

  /** Draws an item by its popularity. */
  pick(random: Random): T {
    const wanted = random.ratio() * (this.#sums.at(-1) ?? 0);
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return this.#items[low] as T;
  }
}

/**
 * Chance with a seed: the same seed gives the same viewers.
 *
 * The generator is Chris Doty-Humphrey's sfc32: 128 bits of state, passes PractRand, a dozen operations a number.
 */

const UINT32 = 0x1_0000_0000;
const WARM_UP_ROUNDS = 12;

/** One stream of numbers, independent of the streams of other ids: so any session can be made by itself. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param stream what the numbers are for; @param id which one of these */
  constructor(seed: number, stream: number, id: number) {
    this.#a = mixed(seed);
    this.#b = mixed(stream ^ this.#a);
    this.#c = mixed(id ^ this.#b);
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) this.ratio();
  }

  /** From 0 to just below 1. */
  ratio(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / UINT32;
  }

  /** True in this share of cases. */
  chance(ratio: number): boolean {
    return this.ratio() < ratio;
  }

  /** A number between two. */
  between(min: number, max: number): number {
    return min + (max - min) * this.ratio();
  }

  /** An integer between two, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.ratio() * (max - min + 1));
  }

  /** One item of a list that isn't empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.ratio() * list.length)] as T;
  }

  /** One of the rows, by their weights. */
  weighted<T extends { readonly weight: number }>(rows: readonly T[]): T {
    let left = this.ratio() * rows.reduce((sum, { weight }) => sum + weight, 0);
    for (const row of rows) {
      left -= row.weight;
      if (left < 0) return row;
    }
    return rows.at(-1) as T;
  }

  /** A duration as people take them: half below the median, and a long tail above. */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.ratio())) * Math.cos(2 * Math.PI * this.ratio());
    return median * Math.exp(sigma * normal);
  }

  /** A count with this mean, at most `max`. */
  poisson(mean: number, max: number): number {
    const least = Math.exp(-mean);
    let count = 0;
    for (let product = this.ratio(); product > least && count < max; product *= this.ratio()) count += 1;
    return count;
  }

  /** Hexadecimal digits, as ids of installations have them. */
  hex(digits: number): string {
    let text = "";
    while (text.length < digits)
      text += Math.floor(this.ratio() * UINT32)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, digits);
  }

  /** Decimal digits, as ids of visitors have them. */
  digits(count: number): string {
    let text = "";
    while (text.length < count)
      text += Math.floor(this.ratio() * 1e9)
        .toString()
        .padStart(9, "0");
    return text.slice(0, count);
  }
}

/** The finaliser of MurmurHash3: neighbouring seeds become strangers. */
function mixed(seed: number): number {
  let bits = (seed + 0x9e37_79b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}

/** Counts observations below each of some bounds: three additions each, and no observation is kept. */

export class Histogram {
  /** Upper bounds, rising; larger values count too. */
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at += 1;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Observations at or below each bound, then the total. */
  cumulative(): number[] {
    let below = 0;
    return [...this.#counts].map((count) => {
      below += count;
      return below;
    });
  }
}

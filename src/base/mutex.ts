/** Mutual exclusion. */

/** Runs pieces of work one at a time, in the order of the calls. */
export class Mutex {
  /** Settles with the latest work; undefined once all work has settled. */
  #last: Promise<void> | undefined;

  /** Whether no work runs or waits. */
  get isIdle(): boolean {
    return this.#last === undefined;
  }

  /** Runs work after all earlier work has settled, even if it failed; synchronously when idle. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const outcome = this.#last ? this.#last.then(work) : work();
    const over = () => {
      if (this.#last === last) this.#last = undefined;
    };
    const last = outcome.then(over, over);
    this.#last = last;
    return outcome;
  }
}

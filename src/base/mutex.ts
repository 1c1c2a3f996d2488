/** One at a time. */

/** Lets pieces of work run one after the other, in the order in which they were asked for. */
export class Mutex {
  /** The work that was asked for last; undefined once all of it is over. */
  #last: Promise<void> | undefined;

  /** Whether nothing runs, and nothing waits for its turn. */
  get isIdle(): boolean {
    return this.#last === undefined;
  }

  /** Runs some work once whatever was asked for before is over, also if that failed; at once when nothing is. */
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

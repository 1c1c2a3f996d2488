/** One at a time. */

/** Lets pieces of work run one after the other, in the order in which they were asked for. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs some work once whatever was asked for before is over, also if that failed. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const outcome = this.#last.then(work);
    this.#last = outcome.catch(() => {});
    return outcome;
  }
}

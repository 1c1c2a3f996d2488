/** What a disk has damaged of the store: an error of one session, which lists pass over and tell once. */

import { AppError } from "../base/errors.ts";

/** A session whose rows are not what was written. */
export class DamageError extends AppError {
  /** Its number; undefined where the damage hides even that. */
  readonly session: number | undefined;

  constructor(session: number | undefined, message: string, options?: { cause?: unknown }) {
    super("session-damaged", message, options);
    this.session = session;
  }
}

/**
 * Called with the number of each session that a list leaves out because it is damaged, at times more than once.
 * Without a number: an event of which the damage hides the session.
 */
export type Skip = (session: number | undefined) => void;

/** A damaged disk may hold millions of them: the others go uncounted. */
const KEPT_MAX = 10_000;

/** The damaged sessions that were met, each of them once. */
export class DamageMet {
  readonly #onNew: Skip;
  readonly #met = new Set<number | undefined>();

  /** @param onNew called for each that was not met before */
  constructor(onNew: Skip) {
    this.#onNew = onNew;
  }

  get count(): number {
    return this.#met.size;
  }

  readonly note: Skip = (session) => {
    if (this.#met.has(session) || this.#met.size >= KEPT_MAX) return;
    this.#met.add(session);
    this.#onNew(session);
  };
}

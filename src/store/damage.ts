/** Damage by a disk: an error of one session, which lists pass over and report once. */

import { AppError } from "../base/errors.ts";
import { FormError } from "./form.ts";

/** A session's rows differ from what was written. */
export class DamageError extends AppError {
  /** Its number; undefined if the damage hides even that. */
  readonly session: number | undefined;

  constructor(session: number | undefined, message: string, options?: { cause?: unknown }) {
    super("session-damaged", message, options);
    this.session = session;
  }
}

/**
 * Reads rows of a session back, and repeats the assertions of their writing: a disk may have damaged them, which is no
 * bug, and concerns this session alone.
 *
 * @throws DamageError for any error of `read`
 */
export function readBack<T>(session: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const why =
      cause instanceof FormError ? `a payload of it is damaged, for ${cause.message}` : "a row of it is damaged";
    throw new DamageError(session, `Cannot read session ${session}: ${why}; run playhead check`, { cause });
  }
}

/**
 * Called with the number of each damaged session that a list leaves out, possibly more than once. Called without a
 * number for an event whose session the damage hides.
 */
export type Skip = (session: number | undefined) => void;

/** Makes a skip that also reports the damage. */
export function reporting(onDamage: Skip, skip: Skip | undefined): Skip | undefined {
  if (!skip) return undefined;
  return (session) => {
    onDamage(session);
    skip(session);
  };
}

/** Reads an entry of a list, which is left out if it is damaged and there is a `skip`. */
export function unlessSkipped<T>(skip: Skip | undefined, read: () => T): T[] {
  try {
    return [read()];
  } catch (error) {
    if (!skip || !(error instanceof DamageError)) throw error;
    skip(error.session);
    return [];
  }
}

/** A damaged disk may have millions: further ones go uncounted. */
const KEPT_MAX = 10_000;

/** The damaged sessions met so far, each once. */
export class DamageMet {
  readonly #onNew: Skip;
  readonly #met = new Set<number | undefined>();

  /** @param onNew called for each new one */
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

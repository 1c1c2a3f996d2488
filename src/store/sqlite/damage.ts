/** Tells damage from other failures, and which session it hits. */

import { DamageError } from "../damage.ts";
import { isOfPage } from "./transaction.ts";

/** Whether an error means that stored data differs from what was written, rather than that it can't be reached. */
export function isDamage(error: unknown): boolean {
  return error instanceof DamageError || isOfPage(error);
}

/** Runs a reading of one session. @throws DamageError in place of SQLite's error for a damaged page */
export function ofSession<T>(session: number | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isOfPage(error)) throw error;
    const whose = session === undefined ? "the session" : `session ${session}`;
    throw new DamageError(session, `Cannot read ${whose}: a page of the database is damaged; run playhead check`, {
      cause: error,
    });
  }
}

/** The result of a reading, or a replacement if it meets damage. */
export function unlessDamaged<T, Else>(read: () => T, otherwise: (error: unknown) => Else): T | Else {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return otherwise(error);
  }
}

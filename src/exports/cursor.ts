/**
 * The text with which a follower of changes continues after its last export: the database's lineage and a place among
 * its changes.
 */

import { AppError } from "../base/errors.ts";
import type { Watermark } from "../store/store.ts";

/** A cursor, read but not yet compared with the database. */
export type ChangeCursor = Pick<Watermark, "lineage" | "revision">;

/** The changes of an export. */
export interface ChangeRange {
  readonly afterRevision: number;
  readonly untilRevision: number;
}

/** The header of an export that has the cursor for the next one. */
export const CURSOR_HEADER = "Playhead-Cursor";

const CURSOR = /^([0-9a-z]{1,11})-(\d{1,15})$/;
const RADIX = 36;
const AFRESH = "export everything once, and follow from the cursor of that export";

export function cursorTextOf({ lineage, revision }: ChangeCursor): string {
  return `${lineage.toString(RADIX)}-${revision}`;
}

/** Reads a cursor. @throws AppError `invalid-query` */
export function parseCursor(name: string, text: string): ChangeCursor {
  const [, lineage = "", revision = ""] = CURSOR.exec(text) ?? [];
  if (lineage !== "") return { lineage: Number.parseInt(lineage, RADIX), revision: Number(revision) };
  throw new AppError(
    "invalid-query",
    `Cannot follow changes: ${name} must be a cursor that an earlier export gave; without one, everything is exported`,
  );
}

/**
 * The changes after a cursor, up to the database's latest.
 *
 * @throws AppError `invalid-query` when some can't be known: the cursor is of another database, or too old
 */
export function rangeBehind(cursor: ChangeCursor, now: Watermark): ChangeRange {
  if (cursor.lineage !== now.lineage) {
    throw cannotFollow("the cursor is of another database, or of this one before a backup was restored");
  }
  if (cursor.revision > now.revision) throw cannotFollow("the cursor is ahead of the database, which has lost changes");
  if (cursor.revision < now.prunedErasedRevision) {
    throw cannotFollow("the cursor is so old that later erasures are forgotten");
  }
  return { afterRevision: cursor.revision, untilRevision: now.revision };
}

function cannotFollow(why: string): AppError {
  return new AppError("invalid-query", `Cannot follow changes: ${why}; ${AFRESH}`);
}

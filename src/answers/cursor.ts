/** Cursors of lists: the place after the last entry of a page, which a client hands back unchanged. */

import { AppError } from "../base/errors.ts";

/** Writes the numbers that name a place in a list. */
export function cursorAt(...place: readonly number[]): string {
  return Buffer.from(place.join(".")).toString("base64url");
}

/** Reads a cursor, by a form with a group for each number. @throws AppError `invalid-query` */
export function readCursor(cursor: string, form: RegExp): number[] {
  const [whole, ...place] = form.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (whole === undefined) throw unknownCursor();
  return place.map(Number);
}

/** The error of a cursor that no page gave out. */
export function unknownCursor(): AppError {
  return new AppError("invalid-query", "cursor must be the nextCursor of an earlier page");
}

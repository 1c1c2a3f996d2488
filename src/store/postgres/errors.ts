/** What failures of PostgreSQL mean. No message repeats what a statement or its address holds: it may be secret. */

import { SQL } from "bun";
import { AppError } from "../../base/errors.ts";
import { DamageError } from "../damage.ts";

/**
 * States after which the same batch may be sent again, since the fence keeps it from being stored twice: broken
 * connections, a server that stops or starts, deadlocks, unknown outcomes, a standby, time that has run out, and what
 * an operator sets right without a word to this process.
 */
const PASSING = /^(08...|57P0[1-5]|40P01|40001|40003|25006|25P0[34]|55P03|57014|28...|3D000|42501|53[0234]..|58...)$/;
const READ_ONLY = "25006";
/** What states mean, for an operator who would have to look them up. */
const WHY: Readonly<Record<string, string>> = {
  [READ_ONLY]: "it takes no writes, as a standby does",
  "28000": "it refuses the user",
  "28P01": "it refuses the password",
  "3D000": "the server has no database of this name",
  "42501": "the user lacks a right",
  "53200": "it has no memory left",
  "53300": "it has no connection left",
  "57P03": "it is starting or stopping",
  "58030": "it cannot use its files",
};
const FULL = "53100";
const DAMAGED = /^XX00[12]$/;
/** The states of a row, a type and a table that exist already. */
const TAKEN = "23505";
const MADE: readonly (string | undefined)[] = [TAKEN, "42710", "42P07"];

/** The state of a missing column. */
const NO_COLUMN = "42703";

/** The SQLSTATE of an error of the server; undefined for one of the connection. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof SQL.PostgresError)) return undefined;
  const { errno } = error;
  return errno === undefined || !/^[0-9A-Z]{5}$/.test(String(errno)) ? undefined : String(errno);
}

/** Whether a row with this key exists already. */
export function isTaken(error: unknown): boolean {
  return stateOf(error) === TAKEN;
}

/** Whether another node has just made the same table. */
export function isMade(error: unknown): boolean {
  return MADE.includes(stateOf(error));
}

/** Whether a table of this name is another program's. */
export function isOtherTable(error: unknown): boolean {
  return stateOf(error) === NO_COLUMN;
}

/** Whether the server that was asked is a standby, or configured like one. */
export function isReadOnly(error: unknown): boolean {
  return stateOf(error) === READ_ONLY;
}

/** Names the failures of the store; anything else is a bug and stays what it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof SQL.PostgresError)) return error;
  const state = stateOf(error);
  if (state === undefined) return unreachable(error.code, error);
  if (state === FULL) {
    return new AppError("store-full", "Cannot write the database: its disk is full; make room", { cause: error });
  }
  if (DAMAGED.test(state)) {
    const message = "Cannot read the database: a page of it is damaged; look into the log of PostgreSQL";
    return new DamageError(undefined, message, { cause: error });
  }
  return PASSING.test(state) ? unreachable(WHY[state] ?? state, error) : error;
}

/** The error of a store that can't be reached now, and may be a moment later. */
export function unreachable(why: string, cause?: unknown): AppError {
  const message = `Cannot reach the database: ${why}; repeat the request later`;
  return new AppError("store-unreachable", message, { cause });
}

/** Whether a later attempt may succeed. */
export function isPassing(error: unknown): boolean {
  return error instanceof AppError && error.code === "store-unreachable";
}

/** What failures of PostgreSQL mean. No message repeats what a statement or its address holds: it may be secret. */

import { SQL } from "bun";
import { AppError } from "../../base/errors.ts";
import { DamageError } from "../damage.ts";

/**
 * States after which the same batch may be sent again, since the fence keeps it from being stored twice: broken
 * connections, a server that stops or starts, deadlocks, unknown outcomes, a standby, and time that has run out.
 */
const PASSING = /^(08...|57P0[1-4]|40P01|40001|40003|25006|55P03|57014|53300|53400)$/;
const FULL = "53100";
const DAMAGED = /^XX00[12]$/;
/** A row, a type and a table that is there already. */
const TAKEN = "23505";
const MADE: readonly (string | undefined)[] = [TAKEN, "42710", "42P07"];

/** The SQLSTATE of an error of the server; undefined for one of the connection. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof SQL.PostgresError)) return undefined;
  const { errno } = error;
  return errno === undefined || !/^[0-9A-Z]{5}$/.test(String(errno)) ? undefined : String(errno);
}

/** Whether a row with this key is there already. */
export function isTaken(error: unknown): boolean {
  return stateOf(error) === TAKEN;
}

/** Whether another node has just made the same table. */
export function isMade(error: unknown): boolean {
  return MADE.includes(stateOf(error));
}

/** Names the failures of the store; anything else is a bug and stays what it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof SQL.PostgresError)) return error;
  const state = stateOf(error);
  if (state === undefined || PASSING.test(state)) return unreachable(state ?? error.code, error);
  if (state === FULL) {
    return new AppError("store-full", "Cannot write the database: its disk is full; make room", { cause: error });
  }
  if (DAMAGED.test(state)) {
    const message = "Cannot read the database: a page of it is damaged; look into the log of PostgreSQL";
    return new DamageError(undefined, message, { cause: error });
  }
  return error;
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

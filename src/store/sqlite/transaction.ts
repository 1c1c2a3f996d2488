/** One write transaction, and what its failures mean. */

import { type Database, SQLiteError } from "bun:sqlite";
import { AppError } from "../../base/errors.ts";
import { forgetPages } from "./connection.ts";

/**
 * Runs `work` between BEGIN IMMEDIATE and COMMIT; any throw leaves nothing behind.
 *
 * IMMEDIATE, since a deferred BEGIN that writes later fails with BUSY_SNAPSHOT at once. `work` must be synchronous:
 * an await would let other statements into the transaction.
 *
 * @throws AppError `store-full` when there is no room, `store-failed` when the medium fails
 */
export function transact<T>(client: Database, work: () => T): T {
  try {
    client.run("BEGIN IMMEDIATE");
    const result = work();
    client.run("COMMIT");
    return result;
  } catch (error) {
    // A full disk and an I/O error have rolled back already; a second ROLLBACK would hide what happened.
    if (client.inTransaction) client.run("ROLLBACK");
    throw translate(error);
  }
}

/** Whether SQLite has met a damaged page: then it is to meet it again at the next reading. */
export function isOfPage(error: unknown): boolean {
  const isDamaged = error instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code ?? "");
  if (isDamaged) forgetPages();
  return isDamaged;
}

/** Names the failures of the medium; anything else is a bug and stays what it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = error.code ?? "";
  // SHMSIZE: the log has outgrown its index, and there is no room for a larger one.
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE") {
    return new AppError("store-full", "Cannot write the database: the disk is full; make room", { cause: error });
  }
  if (code.startsWith("SQLITE_BUSY")) {
    return new AppError("overloaded", "Cannot write the database: another process holds its lock; try again later", {
      cause: error,
    });
  }
  if (/^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN|READONLY)/.test(code)) {
    return new AppError("store-failed", `Cannot write the database: ${code}`, { cause: error });
  }
  return error;
}

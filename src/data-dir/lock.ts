/** One process per data directory. */

import { Database } from "bun:sqlite";
import { accessSync, closeSync, constants, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { OWNER_FILE_MODE } from "../base/permissions.ts";
import { unusable } from "./unusable.ts";

/**
 * Locks the directory for this process, until the lock is disposed of or the process ends in any way.
 *
 * @throws AppError `data-dir-locked`, `data-dir-unusable`
 */
export function lockDataDir(dataDir: string): Disposable {
  const lock = tryLock(lockOf(dataDir));
  if (lock) return lock;
  throw new AppError(
    "data-dir-locked",
    `Cannot use the data directory "${dataDir}": another process uses it; stop that, or name another directory`,
  );
}

/** Whether a server or a command has locked the directory once. */
export function isDataDir(dataDir: string): boolean {
  return existsSync(lockOf(dataDir));
}

function lockOf(dataDir: string): string {
  return join(dataDir, "lock");
}

/**
 * Locks a file, creating it if necessary; returns undefined while this process or another holds the lock.
 *
 * The lock is SQLite's own on an empty file. The kernel drops it with the process; a file with a process id would
 * outlive a kill -9, and could name another process after a container restarts.
 *
 * @param waitMs how long to wait for the lock; default 0
 * @throws AppError `data-dir-unusable`
 */
export function tryLock(path: string, waitMs = 0): Disposable | undefined {
  try {
    closeSync(openSync(path, "wx", OWNER_FILE_MODE));
  } catch (error) {
    // Never open an existing file: closing it would drop a lock that this very process holds.
    if ((error as { code?: string }).code !== "EEXIST") throw unusable(path, error);
  }
  const lock = openLock(path);
  try {
    lock.run(`PRAGMA busy_timeout = ${waitMs}`);
    // SQLite writes nothing here, and a journal file would only stay behind.
    lock.run("PRAGMA journal_mode = MEMORY");
    lock.run("PRAGMA locking_mode = EXCLUSIVE");
    lock.run("BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    return undefined;
  }
  return { [Symbol.dispose]: () => lock.close() };
}

function openLock(path: string): Database {
  try {
    // SQLite's own error names neither the file nor the reason.
    accessSync(path, constants.R_OK | constants.W_OK);
    return new Database(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Locks the directory; undefined when another process uses it. @throws AppError `data-dir-unusable` */
export function tryLockDataDir(dataDir: string): Disposable | undefined {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof AppError && error.code === "data-dir-locked") return undefined;
    throw error;
  }
}

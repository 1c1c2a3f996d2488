/** One process per data directory. */

import { Database } from "bun:sqlite";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { OWNER_FILE_MODE } from "../base/modes.ts";
import { unusable } from "./unusable.ts";

/**
 * Takes the directory for this process, until it is disposed of or the process ends in whatever way.
 *
 * @throws AppError `data-dir-locked`, `data-dir-unusable`
 */
export function lockDataDir(dataDir: string): Disposable {
  const lock = tryLock(join(dataDir, "lock"));
  if (lock) return lock;
  throw new AppError("data-dir-locked", `Cannot use the data directory "${dataDir}": another process uses it`);
}

/**
 * Takes a file for its own, made if there is none; undefined when somebody has it, in this process or another.
 *
 * The lock is SQLite's own on an empty file: the kernel drops it with its process, where a file with a process id would
 * outlive a kill -9, and name another process after a restart in a container.
 *
 * @param waitMs how long to wait for whoever has it; default 0
 * @throws AppError `data-dir-unusable`
 */
export function tryLock(path: string, waitMs = 0): Disposable | undefined {
  try {
    closeSync(openSync(path, "wx", OWNER_FILE_MODE));
  } catch (error) {
    // One that is there is not opened: closing it would drop a lock that this very process holds.
    if ((error as { code?: string }).code !== "EEXIST") throw unusable(path, error);
  }
  const lock = new Database(path);
  try {
    lock.run(`PRAGMA busy_timeout = ${waitMs}`);
    // Nothing is ever written: a journal beside it would only be left behind.
    lock.run("PRAGMA journal_mode = MEMORY");
    lock.run("PRAGMA locking_mode = EXCLUSIVE");
    lock.run("BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    return undefined;
  }
  return { [Symbol.dispose]: () => lock.close() };
}

/** Takes the directory, or nothing when another process uses it. @throws AppError `data-dir-unusable` */
export function tryLockDataDir(dataDir: string): Disposable | undefined {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof AppError && error.code === "data-dir-locked") return undefined;
    throw error;
  }
}

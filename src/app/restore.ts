/** Replaces a data directory's database with a backup, which is easy to get wrong by hand. */

import { accessSync, closeSync, constants, openSync, readSync, rmSync, statSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { MIB } from "../base/units.ts";
import type { Config } from "../config.ts";
import { makeDataDir } from "../data-dir/directory.ts";
import { tryLockDataDir } from "../data-dir/lock.ts";
import { type NewFile, openNewFile } from "../data-dir/new-file.ts";
import { databasePathOf, factsPathsOf } from "../data-dir/paths.ts";
import { whyUnreadable } from "../data-dir/unusable.ts";
import type { BackupSummary } from "../store/sqlite/backup.ts";
import { pathsBeside } from "../store/sqlite/files.ts";
import { adoptCopy } from "../store/sqlite/restored.ts";
import { refuseShared } from "./stores.ts";

interface RestoreOptions {
  /** The backup, which stays unchanged. */
  readonly path: string;
  /** Whether to replace an existing database. */
  readonly replace: boolean;
  /** Called with the bytes copied so far and their total. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

const CHUNK_BYTES = MIB;

/**
 * Restores a backup. An existing database stays whole until the copy is verified and on the disk.
 *
 * @returns what the restored database holds
 * @throws AppError `data-dir-locked` beside a server; `file-unusable` when the backup is damaged, no backup, or a
 *   database is there and `replace` is off; `database-newer`, `database-drifted`
 * @throws the signal's reason when it ended the work; the data directory is then as it was
 */
export async function restoreDataDir({ storage }: Config, options: RestoreOptions): Promise<BackupSummary> {
  const { path, replace } = options;
  refuseShared(storage, "restore a backup");
  refuseLive(path);
  makeDataDir(storage.dataDir);
  using lock = tryLockDataDir(storage.dataDir);
  if (!lock) {
    throw new AppError(
      "data-dir-locked",
      `Cannot restore into "${storage.dataDir}": another process uses it; stop the server first`,
    );
  }
  const target = databasePathOf(storage);
  using file = openNewFile(target, { replace });
  await copyInto(file, options);
  const summary = adoptCopy(file.partPath, path);
  file.finish();
  // After the move: a kill in between leaves the old log beside the new database, which every start refuses to use.
  const { log, index } = pathsBeside(target);
  for (const stale of [log, index, ...factsPathsOf(storage)]) rmSync(stale, { recursive: true, force: true });
  return summary;
}

/** A database with a log beside it is incomplete by itself: its latest events are in the log. */
function refuseLive(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new AppError("file-unusable", `Cannot restore "${path}": ${whyUnreadable(path, cause)}`, { cause });
  }
  const isFile = statSync(path).isFile();
  if (!isFile) throw new AppError("file-unusable", `Cannot restore "${path}": there is no such file`);
  if ((statSync(pathsBeside(path).log, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  throw new AppError(
    "file-unusable",
    `Cannot restore "${path}": it is a database in use, with a log beside it; copy it with playhead backup`,
  );
}

async function copyInto(file: NewFile, { path, onProgress, signal }: RestoreOptions): Promise<void> {
  const total = statSync(path).size;
  const source = openSync(path, "r");
  try {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let done = 0; ; ) {
      signal.throwIfAborted();
      const bytes = readSync(source, chunk);
      if (bytes === 0) return;
      file.write(chunk.subarray(0, bytes));
      done += bytes;
      onProgress(done, total);
      await nextTurn();
    }
  } finally {
    closeSync(source);
  }
}

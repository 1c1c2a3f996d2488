/** Long work that fills the disk for a while: backups, and exports that need a file first. */

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Chunks } from "../base/stream.ts";
import type { Config } from "../config.ts";
import { noteBackup } from "../data-dir/last-backup.ts";
import { databasePathOf } from "../data-dir/paths.ts";
import { guardRoom } from "../data-dir/room.ts";
import { openScratch } from "../data-dir/scratch.ts";
import { takeFile } from "../exports/file-chunks.ts";
import { type BackupSummary, backupBytes } from "../store/sqlite/backup.ts";
import { type CopyOptions, copyDatabase } from "../store/sqlite/backup-thread.ts";

type Storage = Config["storage"];

/** Copies the database to an empty file. @throws AppError `disk-full`, `backup-failed` */
export async function copyTo(target: string, storage: Storage, options: CopyOptions): Promise<BackupSummary> {
  const source = databasePathOf(storage);
  const { signal } = options;
  // Another disk may be filled to its last byte.
  if (diskOf(dirname(target)) !== diskOf(storage.dataDir)) return await copyDatabase({ source, target }, options);
  const neededBytes = backupBytes(source);
  using room = guardRoom(storage.dataDir, { reserveBytes: storage.diskReserveBytes, neededBytes });
  const until = signal ? AbortSignal.any([signal, room.signal]) : room.signal;
  return await copyDatabase({ source, target }, { ...options, signal: until });
}

/** Makes a backup and streams it. @throws AppError `disk-full`, `backup-failed` */
export async function* backupStream(storage: Storage, clock: Clock, signal: AbortSignal): Chunks {
  using scratch = openScratch(storage.dataDir);
  const target = join(scratch.path, "backup.db");
  await copyTo(target, storage, { signal });
  yield* takeFile(target, signal);
  noteBackup(storage.dataDir, clock.nowMs());
}

/** Streams the result of `open` as long as the reserve stays free. @throws AppError `disk-full` */
export async function* withinRoom(
  storage: Storage,
  signal: AbortSignal,
  open: (signal: AbortSignal) => Chunks,
): Chunks {
  using room = guardRoom(storage.dataDir, { reserveBytes: storage.diskReserveBytes });
  try {
    yield* open(AbortSignal.any([signal, room.signal]));
  } catch (error) {
    // Replaces the error of another thread that this ended.
    room.signal.throwIfAborted();
    throw error;
  }
}

function diskOf(directory: string): number {
  return statSync(directory).dev;
}

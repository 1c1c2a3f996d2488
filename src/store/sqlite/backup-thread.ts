/** Copies a database in a thread of its own, since SQLite blocks the calling thread until the copy is done. */

import { statSync } from "node:fs";
import { AppError, errorOf } from "../../base/errors.ts";
import { checkFreeFiles } from "../../base/free-files.ts";
import { type BackupSummary, backupBytes } from "./backup.ts";
import type { BackupAnswer, BackupTask } from "./backup-worker.ts";

export interface CopyOptions {
  /** Called with the copy's size so far and its expected size, both in bytes. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const PROGRESS_MS = 200;

/**
 * Copies the database and checks the copy.
 *
 * @throws AppError `backup-failed`, or the signal's reason when it ended the work
 */
export async function copyDatabase(task: BackupTask, { onProgress, signal }: CopyOptions): Promise<BackupSummary> {
  signal?.throwIfAborted();
  checkFreeFiles();
  const worker = new Worker(new URL("./backup-worker.ts", import.meta.url));
  const total = backupBytes(task.source);
  const look = () => onProgress?.(Math.min(total, statSync(task.target, { throwIfNoEntry: false })?.size ?? 0), total);
  const timer = setInterval(look, PROGRESS_MS);
  try {
    return await new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = ({ message }) => reject(failed(message));
      worker.onmessage = ({ data }: MessageEvent<BackupAnswer>) => {
        if ("summary" in data) resolve(data.summary);
        else reject(data.fault.code ? errorOf(data.fault) : failed(data.fault.message));
      };
      worker.postMessage(task);
    });
  } finally {
    clearInterval(timer);
    worker.terminate();
  }
}

function failed(why: string): AppError {
  return new AppError("backup-failed", `Cannot make the backup: ${why}`);
}

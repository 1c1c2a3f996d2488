/** Copying a database in a thread of its own: SQLite would keep this one for as long as it takes. */

import { statSync } from "node:fs";
import type { BackupAnswer, BackupTask } from "./backup-worker.ts";
import { AppError } from "./base/errors.ts";
import { type BackupSummary, backupBytes } from "./store/sqlite/backup.ts";

export interface CopyOptions {
  /** Bytes of the growing copy, of about so many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const PROGRESS_MS = 200;

/** Copies, and looks at the copy. @throws AppError `backup-failed`, or the signal's reason when it ended the work */
export async function copyDatabase(task: BackupTask, { onProgress, signal }: CopyOptions): Promise<BackupSummary> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./backup-worker.ts", import.meta.url));
  const total = backupBytes(task.source);
  const look = () => onProgress?.(Math.min(total, statSync(task.target, { throwIfNoEntry: false })?.size ?? 0), total);
  const timer = setInterval(look, PROGRESS_MS);
  try {
    return await new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = ({ message }) => reject(new AppError("backup-failed", `The backup was not made: ${message}`));
      worker.onmessage = ({ data }: MessageEvent<BackupAnswer>) => {
        if ("summary" in data) resolve(data.summary);
        else reject(new AppError(data.code, data.message));
      };
      worker.postMessage(task);
    });
  } finally {
    clearInterval(timer);
    worker.terminate();
  }
}

/** The thread in which a database is copied: one task, one answer. */

import { AppError, type ErrorCode } from "./base/errors.ts";
import { type BackupOptions, type BackupSummary, backupDatabase } from "./store/sqlite/backup.ts";

declare const self: Worker;

export type BackupTask = BackupOptions;
export type BackupAnswer = { readonly summary: BackupSummary } | { readonly code: ErrorCode; readonly message: string };

self.onmessage = ({ data }: MessageEvent<BackupTask>) => {
  postMessage(answerTo(data));
};

function answerTo(task: BackupTask): BackupAnswer {
  try {
    return { summary: backupDatabase(task) };
  } catch (error) {
    // An error loses its code on the way to another thread.
    if (error instanceof AppError) return { code: error.code, message: error.message };
    return { code: "backup-failed", message: `The backup was not made: ${error}` };
  }
}

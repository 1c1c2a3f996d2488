/** The backup thread: copies one database, answers once. */

import { type Fault, faultOf } from "../../base/errors.ts";
import { type BackupOptions, type BackupSummary, backupDatabase } from "./backup.ts";

declare const self: Worker;

export type BackupTask = BackupOptions;
export type BackupAnswer = { readonly summary: BackupSummary } | { readonly fault: Fault };

self.onmessage = ({ data }: MessageEvent<BackupTask>) => {
  postMessage(answerTo(data));
};

function answerTo(task: BackupTask): BackupAnswer {
  try {
    return { summary: backupDatabase(task) };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

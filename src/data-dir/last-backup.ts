/** When the last backup finished: each backup records it here, and the server reports it in its metrics. */

import { rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OWNER_FILE_MODE } from "../base/permissions.ts";
import { SECOND_MS } from "../base/units.ts";

/** Records a finished backup as an empty file's mtime, which another user's process can also update. */
export function noteBackup(dataDir: string, nowMs: number): void {
  const path = pathOf(dataDir);
  try {
    rmSync(path, { force: true });
    writeFileSync(path, "", { mode: OWNER_FILE_MODE });
    utimesSync(path, nowMs / SECOND_MS, nowMs / SECOND_MS);
  } catch {
    // The backup is valid without a record: its user may be allowed to read the directory, but not to write to it.
  }
}

/** Milliseconds since the epoch; undefined before the first backup. */
export function lastBackupAtMs(dataDir: string): number | undefined {
  return statSync(pathOf(dataDir), { throwIfNoEntry: false })?.mtimeMs;
}

function pathOf(dataDir: string): string {
  return join(dataDir, "last-backup");
}

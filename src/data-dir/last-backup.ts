/** When the database was last copied whole: whoever makes a backup notes it here, and a running server tells it on. */

import { rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OWNER_FILE_MODE } from "../base/modes.ts";
import { SECOND_MS } from "../base/units.ts";

/** Notes a backup that is finished: by the time of an empty file, which another user's process can replace too. */
export function noteBackup(dataDir: string, nowMs: number): void {
  const path = pathOf(dataDir);
  try {
    rmSync(path, { force: true });
    writeFileSync(path, "", { mode: OWNER_FILE_MODE });
    utimesSync(path, nowMs / SECOND_MS, nowMs / SECOND_MS);
  } catch {
    // The backup is made all the same; who may read the directory but not write to it leaves no note.
  }
}

/** Milliseconds since the epoch; undefined when there was none yet. */
export function lastBackupAtMs(dataDir: string): number | undefined {
  return statSync(pathOf(dataDir), { throwIfNoEntry: false })?.mtimeMs;
}

function pathOf(dataDir: string): string {
  return join(dataDir, "last-backup");
}

/** When the database was last copied whole: whoever makes a backup notes it here, and a running server tells it on. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OWNER_FILE_MODE } from "../base/modes.ts";

/** Notes a backup that is finished. */
export function noteBackup(dataDir: string, nowMs: number): void {
  writeFileSync(pathOf(dataDir), `${new Date(nowMs).toISOString()}\n`, { mode: OWNER_FILE_MODE });
}

/** Milliseconds since the epoch; undefined when there was none yet. */
export function lastBackupAtMs(dataDir: string): number | undefined {
  try {
    const atMs = Date.parse(readFileSync(pathOf(dataDir), "utf8").trim());
    return Number.isNaN(atMs) ? undefined : atMs;
  } catch {
    return undefined;
  }
}

function pathOf(dataDir: string): string {
  return join(dataDir, "last-backup");
}

/** Checks everything about a data directory that an operator should know, with advice. */

import { statSync } from "node:fs";
import { systemClock } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
import { OWNER_DIRECTORY_MODE } from "../base/permissions.ts";
import { DAY_MS, MIB } from "../base/units.ts";
import type { Config } from "../config.ts";
import { readAddress } from "../data-dir/address.ts";
import { lastBackupAtMs } from "../data-dir/last-backup.ts";
import { tryLockDataDir } from "../data-dir/lock.ts";
import { freeBytesOf } from "../data-dir/room.ts";
import { sizesOf } from "../data-dir/sizes.ts";
import { checkPostgresAt } from "../store/postgres/open.ts";
import { checkPages, checkSessions } from "../store/sqlite/check.ts";
import type { StoreReader } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { existingDatabaseOf, openReaderAt, sharedUrlOf } from "./stores.ts";

export interface CheckFinding {
  /** A warning needs attention some day; a problem now. */
  readonly level: "ok" | "warning" | "problem";
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

interface CheckOptions {
  /** Called with each finding as soon as it is there. */
  readonly onFinding: (finding: CheckFinding) => void;
  /** Called with the number of sessions read, and of all there may be. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

const BACKUP_AGE_DAYS_MAX = 7;
const DAMAGED_NAMED_MAX = 20;
const OTHERS = 0o077;
const RESTORE = "Restore the last backup of PostgreSQL, or erase these sessions";
const SALVAGE =
  "Restore the last backup, or copy what can be read: playhead backup --salvage FILE, then playhead restore FILE";

/**
 * Checks a data directory, or the database that servers share, beside the servers that may be running on it.
 *
 * @throws AppError `no-database` without a database
 * @throws the signal's reason when it ended the work
 */
export async function checkDataDir({ storage }: Config, options: CheckOptions): Promise<void> {
  const { onFinding } = options;
  const url = sharedUrlOf(storage);
  if (url !== undefined) {
    for (const finding of await checkPostgresAt(url, { version: VERSION, nowMs: () => systemClock.nowMs() })) {
      onFinding(finding);
    }
    onFinding(await sessionsFinding(openReaderAt(url, {}), options, RESTORE));
    return;
  }
  const path = existingDatabaseOf(storage);
  onFinding(directoryFinding(storage.dataDir));
  onFinding(await serverFinding(storage.dataDir));
  onFinding(roomFinding(storage));
  onFinding(backupFinding(storage.dataDir));
  const pages = checkPages(path);
  onFinding(
    pages.length === 0
      ? { level: "ok", message: "Every page of the database is sound" }
      : { level: "problem", message: `The database is damaged: ${pages[0]}`, advice: SALVAGE },
  );
  onFinding(await sessionsFinding(openReaderAt(path, {}), options, SALVAGE));
}

function directoryFinding(dataDir: string): CheckFinding {
  const mode = statSync(dataDir).mode & 0o777;
  if ((mode & OTHERS) === 0) return { level: "ok", message: "The data directory is its owner's alone" };
  return {
    level: "warning",
    message: `Other users of the machine may look into the data directory (mode ${mode.toString(8)})`,
    advice: `chmod ${OWNER_DIRECTORY_MODE.toString(8)} ${dataDir}`,
  };
}

async function serverFinding(dataDir: string): Promise<CheckFinding> {
  using lock = tryLockDataDir(dataDir);
  if (lock) return { level: "ok", message: "No server uses the data directory" };
  const url = readAddress(dataDir);
  if (url === undefined) return { level: "ok", message: "Another command uses the data directory" };
  const status = await fetch(`${url}/readyz`).then(
    (answer) => answer.status,
    () => undefined,
  );
  if (status === 200) return { level: "ok", message: `The server at ${url} is ready` };
  const said = status === undefined ? "does not answer" : `answers ${status}`;
  return {
    level: "problem",
    message: `The server at ${url} is not ready: /readyz ${said}`,
    advice: "Its log says why; curl the address for the checks that fail",
  };
}

function roomFinding(storage: Config["storage"]): CheckFinding {
  const { database = 0, log = 0 } = sizesOf(storage);
  const free = freeBytesOf(storage.dataDir);
  const message = `${mib(free)} are free; the database has ${mib(database + log)}`;
  if (free > database + log + storage.diskReserveBytes) return { level: "ok", message };
  return { level: "warning", message, advice: "Make room: a backup on this disk needs as much as the database has" };
}

function backupFinding(dataDir: string): CheckFinding {
  const atMs = lastBackupAtMs(dataDir);
  const advice = "playhead backup FILE, by the hour or by the day";
  if (atMs === undefined) return { level: "warning", message: "There is no backup yet", advice };
  const days = Math.floor((systemClock.nowMs() - atMs) / DAY_MS);
  const message = `The last backup is of ${new Date(atMs).toISOString()}`;
  return days > BACKUP_AGE_DAYS_MAX ? { level: "warning", message, advice } : { level: "ok", message };
}

async function sessionsFinding(store: StoreReader, options: CheckOptions, advice: string): Promise<CheckFinding> {
  try {
    const { sessions, events, damaged } = await checkSessions(store, options);
    const read = `${counted(sessions, "session")} with ${counted(events, "event")}`;
    if (damaged.length === 0) return { level: "ok", message: `All can be read: ${read}` };
    const named = damaged.slice(0, DAMAGED_NAMED_MAX).join(", ");
    const more = damaged.length > DAMAGED_NAMED_MAX ? ", …" : "";
    return {
      level: "problem",
      message: `${counted(damaged.length, "session")} cannot be read whole (number ${named}${more}); others: ${read}`,
      advice,
    };
  } finally {
    await store.close();
  }
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / MIB).toLocaleString("en")} MiB`;
}

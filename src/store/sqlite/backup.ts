/**
 * Copies the whole database to one file, beside its writer.
 *
 * One statement reads one snapshot, so the copy shows the database at one instant. Later writes stay in the log until
 * the copy is done.
 */

import { Database, SQLiteError } from "bun:sqlite";
import { AppError } from "../../base/errors.ts";
import type { LogPosition } from "../journal.ts";
import { renewLineage } from "./lineage.ts";
import { readEnds } from "./log.ts";
import { checkCurrent } from "./migrate.ts";
import { openDatabase } from "./open.ts";

export interface BackupOptions {
  readonly source: string;
  /** An empty file, its owner's alone. */
  readonly target: string;
}

export interface BackupSummary {
  readonly sessions: number;
  readonly events: number;
  readonly bytes: number;
}

const SOURCE_TIMEOUT_MS = 10_000;

/** The approximate size of a database's copy, which leaves out free pages. */
export function backupBytes(source: string): number {
  const client = openDatabase({ path: source, synchronous: "FULL", readOnly: true });
  try {
    const row = client
      .query<{ bytes: number }, []>(
        `SELECT (page_count - freelist_count) * page_size AS bytes
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
      )
      .get();
    return row?.bytes ?? 0;
  } finally {
    client.close();
  }
}

/**
 * Copies a database and checks the copy. Takes seconds for each gigabyte, and blocks its thread meanwhile.
 *
 * @throws AppError `disk-full`, or `backup-failed` when the copy is not sound
 * @throws AppError `database-outdated`, `database-newer`, `database-drifted`
 */
export function backupDatabase({ source, target }: BackupOptions): BackupSummary {
  const client = openDatabase({
    path: source,
    synchronous: "FULL",
    busyTimeoutMs: SOURCE_TIMEOUT_MS,
    readOnly: true,
  });
  try {
    checkCurrent(client);
    const before = readEnds(client).last;
    vacuumInto(client, target);
    const after = readEnds(client).last;
    return verify(target, { before, after });
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error;
    if (error.code === "SQLITE_FULL") throw new AppError("disk-full", "Cannot make the backup: the disk is full");
    throw failed(error.message, error);
  } finally {
    client.close();
  }
}

function vacuumInto(client: Database, target: string): void {
  // VACUUM INTO writes to the copy alone, but counts as a write.
  client.run("PRAGMA query_only = OFF");
  client.query("VACUUM INTO ?").run(target);
}

/** Opens the copy as a start would, checks every page, and makes it a database of its own. */
function verify(target: string, { before, after }: { before: LogPosition; after: LogPosition }): BackupSummary {
  const copy = new Database(target, { strict: true, readwrite: true });
  try {
    // One file even if this process is killed: a log beside it would have to be copied too.
    copy.run("PRAGMA journal_mode = DELETE");
    const problems = copy.query<{ integrity_check: string }, []>("PRAGMA integrity_check(10)").all();
    if (problems.length !== 1 || problems[0]?.integrity_check !== "ok") throw failed("it is damaged");
    checkCurrent(copy);
    const { last } = readEnds(copy);
    if (!isBetween(last, before, after)) throw failed("it is not of this moment");
    renewLineage(copy);
    return countsOf(copy);
  } finally {
    copy.close();
  }
}

function isBetween(position: LogPosition, before: LogPosition, after: LogPosition): boolean {
  const isWithin = (value: number, a: number, b: number) => value >= Math.min(a, b) && value <= Math.max(a, b);
  return isWithin(position.seq, before.seq, after.seq) && isWithin(position.session, before.session, after.session);
}

/** The contents of a database in numbers. */
export function countsOf(copy: Database): BackupSummary {
  const row = copy
    .query<BackupSummary, []>(
      `SELECT (SELECT count(*) FROM sessions) AS sessions,
        (SELECT count(*) FROM sessions) + (SELECT count(*) FROM events) AS events,
        (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS bytes`,
    )
    .get();
  return row ?? { sessions: 0, events: 0, bytes: 0 };
}

function failed(why: string, cause?: unknown): AppError {
  return new AppError("backup-failed", `Cannot make the backup: ${why}`, { cause });
}

/** Copies what can be read of a damaged database into a new one. */

import type { Database } from "bun:sqlite";
import { AppError } from "../../base/errors.ts";
import { type BackupSummary, countsOf } from "./backup.ts";
import { isDamage } from "./damage.ts";
import { renewLineage } from "./lineage.ts";
import { checkCurrent, migrate } from "./migrate.ts";
import { insertOld, leftToMove, OLD, OLD_COLUMNS, type OldStart } from "./moving.ts";
import { openDatabase } from "./open.ts";

export interface SalvageSummary extends BackupSummary {
  /** Keys of unreadable rows, by table; some of them may never have been in use. */
  readonly lost: Readonly<Record<string, number>>;
}

/** Tables with the column that finds their rows, without openings, which are forgotten after a day anyhow. */
const TABLES: readonly (readonly [table: string, key: string])[] = [
  ["starts", "id"],
  ["events", "seq"],
  ["closes", "session"],
  ["heads", "session"],
  ["results", "session"],
  ["ad_breaks", "session"],
  ["ads", "session"],
  ["chapters", "session"],
  ["states", "session"],
  ["errors", "session"],
  ["erasures", "revision"],
  ["erased", "revision"],
];
/** The starts of version 0.1 that are still to move, in a database that has any. */
const OLD_TABLE = [OLD, "id"] as const;
/** Tables of a few rows; without them the new database begins its own. */
const SMALL: readonly string[] = ["positions", "counters", "keys", "tokens"];
const ROWS_PER_STEP = 512;

type CopiedRow = (string | number | null)[];

/**
 * Copies a database row by row, and passes over damaged rows.
 *
 * @param target an empty file, its owner's alone; the caller syncs it
 * @throws AppError `database-outdated`, `database-newer`
 * @throws AppError `backup-failed` when the copy cannot be written
 */
export function salvageDatabase(source: string, target: string): SalvageSummary {
  // Two connections, since one that has met damage refuses further writes, even to sound files.
  const from = openDatabase({ path: source, synchronous: "FULL", readOnly: true });
  const to = openDatabase({ path: target, synchronous: "FULL" });
  try {
    refuseOtherVersion(from);
    migrate(to);
    to.run("PRAGMA journal_mode = DELETE");
    to.run("PRAGMA foreign_keys = OFF");
    to.run("PRAGMA synchronous = OFF");
    to.run("BEGIN");
    const lost: Record<string, number> = {};
    const isOldLeft = read(() => leftToMove(from)) !== undefined;
    for (const [table, key] of isOldLeft ? [...TABLES, OLD_TABLE] : TABLES) {
      const copied = { from, to, table, columns: columnsOf(to, table), key };
      const missed = copyRange(copied, 0, lastKeyOf(from, table, key));
      if (missed > 0) lost[table] = missed;
    }
    for (const table of SMALL) {
      const columns = columnsOf(to, table);
      const rows = read(() => from.query(`SELECT ${columns} FROM ${table}`).values() as CopiedRow[]);
      if (rows) insert({ to, table, columns }, rows);
      else lost[table] = 1;
    }
    dropOrphans(to);
    renewLineage(to);
    to.run("COMMIT");
    return { ...countsOf(to), lost };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("backup-failed", `Cannot make the backup: ${error}`, { cause: error });
  } finally {
    from.close();
    to.close();
  }
}

/** Lets a database pass whose record of migrations is damaged itself, whether SQLite notices that or not. */
function refuseOtherVersion(from: Database): void {
  try {
    checkCurrent(from);
  } catch (error) {
    const isDrifted = error instanceof AppError && error.code === "database-drifted";
    if (!isDrifted && !isDamage(error)) throw error;
  }
}

/** The highest key of a table. If its own edge is damaged, other tables' references to the same numbers must do. */
function lastKeyOf(from: Database, table: string, key: string): number {
  const ask = (column: string, of: string) => {
    const last = read(() => from.query<{ last: number | null }, []>(`SELECT max(${column}) AS last FROM ${of}`).get());
    return last?.last ?? 0;
  };
  const told = { seq: ["last_seq", "closes"], id: ["session", "closes"], session: ["id", "starts"] }[key];
  return Math.max(ask(key, table), told ? ask(String(told[0]), String(told[1])) : 0);
}

/** Rows are read and inserted by the names of the new database's columns. */
interface Target {
  readonly to: Database;
  readonly table: string;
  readonly columns: string;
}

interface Copied extends Target {
  readonly from: Database;
  readonly key: string;
}

/** Copies the rows of a range of keys, halving it at damage. @returns how many keys it passed over */
function copyRange(copied: Copied, first: number, last: number): number {
  if (last - first >= ROWS_PER_STEP) {
    let lost = 0;
    for (let at = first; at <= last; at += ROWS_PER_STEP) {
      lost += copyRange(copied, at, Math.min(last, at + ROWS_PER_STEP - 1));
    }
    return lost;
  }
  const { from, table, columns, key } = copied;
  const select = from.query<never, [number, number]>(`SELECT ${columns} FROM ${table} WHERE ${key} BETWEEN ? AND ?`);
  const rows = read(() => select.values(first, last) as CopiedRow[]);
  if (rows) {
    insert(copied, rows);
    return 0;
  }
  if (first === last) return 1;
  const middle = Math.floor((first + last) / 2);
  return copyRange(copied, first, middle) + copyRange(copied, middle + 1, last);
}

/** The result of `work`; undefined if it met damage. */
function read<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

function columnsOf(to: Database, table: string): string {
  if (table === OLD) return OLD_COLUMNS;
  return to.query(`SELECT * FROM ${table}`).columnNames.join(", ");
}

/** Inserts or replaces: a damaged index may give a row twice, and a new database has its own counters. */
function insert({ to, table, columns }: Target, rows: readonly CopiedRow[]): void {
  const [first] = rows;
  if (!first) return;
  if (table === OLD) {
    insertOld(to, rows as unknown as readonly OldStart[]);
    return;
  }
  const into = to.query(`INSERT OR REPLACE INTO ${table} (${columns}) VALUES (${first.map(() => "?").join(", ")})`);
  for (const row of rows) into.run(...row);
}

/** Rows of a session whose start is lost belong to no session that can be shown. */
function dropOrphans(to: Database): void {
  for (const [table, key] of TABLES) {
    if (key === "session") to.run(`DELETE FROM ${table} WHERE session NOT IN (SELECT id FROM sessions)`);
  }
  to.run("DELETE FROM events WHERE session NOT IN (SELECT id FROM sessions)");
}

/** Makes a copied backup a database of its own: checked completely, and distinct from its original. */

import { Database, SQLiteError } from "bun:sqlite";
import { AppError } from "../../base/errors.ts";
import { type BackupSummary, countsOf } from "./backup.ts";
import { renewLineage } from "./lineage.ts";
import { refuseUnknown } from "./migrate.ts";

/**
 * Checks every page of a copy and gives it a lineage of its own.
 *
 * @param path a private copy, which nothing has open; its schema may be of an older version
 * @param name the file that it was copied from, for errors
 * @throws AppError `file-unusable` when it is damaged or no database of Playhead
 * @throws AppError `database-newer`, `database-drifted`
 */
export function adoptCopy(path: string, name: string): BackupSummary {
  try {
    using copy = new Database(path, { strict: true, readwrite: true });
    // One file: a log beside it would not follow when it is moved into place.
    copy.run("PRAGMA journal_mode = DELETE");
    const [first] = copy.query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").all();
    if (first?.integrity_check !== "ok") throw unusable(name, `it is damaged (${first?.integrity_check})`);
    refuseUnknown(copy);
    // The previous database's log, or its report facts, must not be taken for this one's.
    renewLineage(copy);
    return countsOf(copy);
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error;
    throw unusable(name, error.code === "SQLITE_NOTADB" ? "it is no SQLite database" : error.message);
  }
}

function unusable(name: string, why: string): AppError {
  return new AppError("file-unusable", `Cannot restore "${name}": ${why}`);
}

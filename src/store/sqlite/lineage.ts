/**
 * Tells which database a write-ahead log belongs to.
 *
 * SQLite replays a log into any file of its name. A backup put in place by hand, beside the old database's log, would
 * be overwritten with the old pages. A note beside the file tells whose log it is.
 */

import { constants, Database } from "bun:sqlite";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import { OWNER_FILE_MODE } from "../../base/permissions.ts";
import { pathsBeside } from "./files.ts";

/**
 * Reads the file without its log, before SQLite replays that into it.
 *
 * @throws AppError `store-failed` when the log belongs to another database
 */
export function refuseForeignLog(path: string): void {
  const { log, lineage } = pathsBeside(path);
  const logBytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (logBytes === 0) return;
  const noted = notedLineage(lineage);
  const found = noted === undefined ? undefined : lineageWithoutLog(path);
  if (noted === undefined || found === undefined || noted === found) return;
  throw new AppError(
    "store-failed",
    `Cannot open the database "${path}": "${log}" is the log of another database, which was there before. ` +
      "Use playhead restore FILE to put a backup in place, or remove that log and its -shm file",
  );
}

/** Records whose log is beside the file from now on. */
export function noteLineage(path: string, client: Database): void {
  const { lineage } = pathsBeside(path);
  const current = lineageIn(client);
  if (current === undefined || notedLineage(lineage) === current) return;
  try {
    writeFileSync(`${lineage}.new`, `${current}\n`, { mode: OWNER_FILE_MODE });
    renameSync(`${lineage}.new`, lineage);
  } catch {
    // A full disk must not keep the server from starting; without the note the log merely goes unchecked.
  }
}

function notedLineage(path: string): number | undefined {
  try {
    const lineage = Number(readFileSync(path, "utf8"));
    return Number.isSafeInteger(lineage) ? lineage : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined if the file alone has none yet: a new database may still be entirely in its log. */
function lineageWithoutLog(path: string): number | undefined {
  const name = path.replaceAll("%", "%25").replaceAll("?", "%3f").replaceAll("#", "%23");
  try {
    using client = new Database(`file:${name}?immutable=1`, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
    return lineageIn(client);
  } catch {
    return undefined;
  }
}

function lineageIn(client: Database): number | undefined {
  const row = client.query<{ value: number }, []>("SELECT value FROM counters WHERE name = 'lineage'").get();
  return row?.value;
}

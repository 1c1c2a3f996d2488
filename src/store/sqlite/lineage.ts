/**
 * Tells which database a write-ahead log belongs to.
 *
 * SQLite replays a log into any file of its name. A backup put in place by hand, or a copied directory, beside the old
 * database's log would be overwritten with the old pages. So the first page carries a mark of the database's lineage,
 * as SQLite's application id: a log has that page from its beginning on, and again whenever the database grows.
 */

import { constants, Database } from "bun:sqlite";
import { closeSync, openSync, readSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import { pathsBeside } from "./files.ts";

/** An application id is a signed number of 32 bits; 0 is that of an unmarked database. */
const MARKS = 2 ** 31 - 1;
const LOG_HEADER_BYTES = 32;
const PAGE_BYTES_AT = 8;
const FRAME_HEADER_BYTES = 24;
const APPLICATION_ID_AT = 68;

/**
 * Reads the file without its log, before SQLite replays that into it.
 *
 * @throws AppError `store-failed` when the log belongs to another database
 */
export function refuseForeignLog(path: string): void {
  const { log } = pathsBeside(path);
  const found = markInLog(log);
  if (found === undefined) return;
  const own = markWithoutLog(path);
  if (own === undefined || own === found) return;
  throw new AppError(
    "store-failed",
    `Cannot open the database "${path}": "${log}" is the log of another database, which was there before. ` +
      "Move that log away, and remove its -shm file; or use playhead restore FILE to put a backup in place",
  );
}

/** Marks the database, and its log, with the database's lineage. */
export function markLog(client: Database): void {
  client.run(`PRAGMA application_id = ${markOf(client)}`);
}

/** The mark of the first frame that has one. Frames left from an earlier round are of the same database. */
function markInLog(path: string): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const header = Buffer.alloc(LOG_HEADER_BYTES);
    if (readSync(descriptor, header, 0, LOG_HEADER_BYTES, 0) < LOG_HEADER_BYTES) return undefined;
    const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(PAGE_BYTES_AT);
    const start = Buffer.alloc(FRAME_HEADER_BYTES + APPLICATION_ID_AT + Uint32Array.BYTES_PER_ELEMENT);
    let at = LOG_HEADER_BYTES;
    while (readSync(descriptor, start, 0, start.length, at) === start.length) {
      const mark = start.readInt32BE(FRAME_HEADER_BYTES + APPLICATION_ID_AT);
      if (start.readUInt32BE(0) === 1 && mark !== 0) return mark;
      at += frameBytes;
    }
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined if the file alone has none yet: a new database may still be entirely in its log. */
function markWithoutLog(path: string): number | undefined {
  const name = path.replaceAll("%", "%25").replaceAll("?", "%3f").replaceAll("#", "%23");
  try {
    using client = new Database(`file:${name}?immutable=1`, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
    return markOf(client);
  } catch {
    return undefined;
  }
}

function markOf(client: Database): number {
  const row = client.query<{ value: number }, []>("SELECT value FROM counters WHERE name = 'lineage'").get();
  return ((row?.value ?? 0) % MARKS) + 1;
}

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

/** An application id is a signed number of 32 bits. */
const MARKS = 2 ** 31 - 1;
const UNMARKED = 0;
/** The first four bytes of a log, up to the last bit, which is the order of bytes in its checksums. */
const LOG_MAGIC = 0x377f0682;
const LOG_HEADER_BYTES = 32;
const PAGE_BYTES_AT = 8;
const LOG_SALTS_AT = 16;
const SALTS_BYTES = 8;
const FRAME_HEADER_BYTES = 24;
const FRAME_SALTS_AT = 8;
const APPLICATION_ID_AT = 68;

interface Marked {
  readonly pageBytes: number;
  readonly mark: number | undefined;
}

/**
 * Reads the file without its log, before SQLite replays that into it.
 *
 * A log without a mark is another program's, or that of a database of an earlier version. It is taken only beside a
 * file without a mark: since its first mark, a database has written no first page without one.
 *
 * @throws AppError `store-failed` when the log belongs to another database
 */
export function refuseForeignLog(path: string): void {
  const { log } = pathsBeside(path);
  const found = readLog(log);
  const own = found && readWithoutLog(path);
  if (!found || !own) return;
  const isOwn = found.mark === undefined || (found.mark === UNMARKED ? !own.isMarked : found.mark === own.mark);
  if (isOwn && found.pageBytes === own.pageBytes) return;
  throw new AppError(
    "store-failed",
    `Cannot open the database "${path}": "${log}" is the log of another database, which was there before; ` +
      "move that log away, and remove its -shm file; or use playhead restore FILE to put a backup in place",
  );
}

/** Gives a copy a lineage of its own: to a follower of changes, a copy with writes of its own is another database. */
export function renewLineage(copy: Database): void {
  copy.run("UPDATE counters SET value = abs(random()) >> 11 WHERE name = 'lineage'");
}

/** Marks the database, and its log, with the database's lineage. */
export function markLog(client: Database): void {
  client.run(`PRAGMA application_id = ${markOf(client)}`);
}

/**
 * The mark of the first frame that has one, even if it is left from an earlier round: that is of the same database.
 * {@link UNMARKED} if only the current round has a first page, without a mark; undefined if it has none at all.
 */
function readLog(path: string): Marked | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const header = Buffer.alloc(LOG_HEADER_BYTES);
    if (readSync(descriptor, header, 0, LOG_HEADER_BYTES, 0) < LOG_HEADER_BYTES) return undefined;
    // SQLite ignores what is no log.
    if ((header.readUInt32BE(0) & ~1) !== LOG_MAGIC) return undefined;
    const pageBytes = header.readUInt32BE(PAGE_BYTES_AT);
    const salts = header.subarray(LOG_SALTS_AT, LOG_SALTS_AT + SALTS_BYTES);
    const start = Buffer.alloc(FRAME_HEADER_BYTES + APPLICATION_ID_AT + Uint32Array.BYTES_PER_ELEMENT);
    let mark: number | undefined;
    let at = LOG_HEADER_BYTES;
    while (readSync(descriptor, start, 0, start.length, at) === start.length) {
      at += FRAME_HEADER_BYTES + pageBytes;
      if (start.readUInt32BE(0) !== 1) continue;
      const found = start.readInt32BE(FRAME_HEADER_BYTES + APPLICATION_ID_AT);
      if (found !== UNMARKED) return { pageBytes, mark: found };
      if (salts.equals(start.subarray(FRAME_SALTS_AT, FRAME_SALTS_AT + SALTS_BYTES))) mark = UNMARKED;
    }
    return { pageBytes, mark };
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined if the file alone is no database of ours yet: a new one may still be entirely in its log. */
function readWithoutLog(path: string): (Marked & { readonly isMarked: boolean }) | undefined {
  const name = path.replaceAll("%", "%25").replaceAll("?", "%3f").replaceAll("#", "%23");
  try {
    using client = new Database(`file:${name}?immutable=1`, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
    const pragmas = client.query<{ pageBytes: number; applicationId: number }, []>(
      `SELECT page_size AS pageBytes, application_id AS applicationId FROM pragma_page_size, pragma_application_id`,
    );
    const { pageBytes = 0, applicationId = UNMARKED } = pragmas.get() ?? {};
    return { pageBytes, mark: markOf(client), isMarked: applicationId !== UNMARKED };
  } catch {
    return undefined;
  }
}

function markOf(client: Database): number {
  const row = client.query<{ value: number }, []>("SELECT value FROM counters WHERE name = 'lineage'").get();
  return ((row?.value ?? 0) % MARKS) + 1;
}

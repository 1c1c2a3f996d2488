/** Opens the database file: permissions first, then the pragmas that the promises depend on. */

import type { Database } from "bun:sqlite";
import { closeSync, openSync, statSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import { OWNER_FILE_MODE } from "../../base/permissions.ts";
import { MIB } from "../../base/units.ts";
import type { Definitions } from "../../sessions/definitions.ts";
import { Connection } from "./connection.ts";
import { refuseForeignLog } from "./lineage.ts";

export interface SqliteOptions {
  readonly path: string;
  /** FULL: a commit survives a power cut. NORMAL: only a crash of the process. */
  readonly synchronous: "FULL" | "NORMAL";
  /** How long to wait for another process's write; default 250. */
  readonly busyTimeoutMs?: number;
  /** Refuses every write; default false. */
  readonly readOnly?: boolean;
  /** The definitions that its sessions fold by. */
  readonly definitions?: Definitions | undefined;
  /** The clock that dates arrivals. */
  readonly nowMs?: (() => number) | undefined;
}

/** Short, since waiting blocks the event loop; only a second process beside the server causes a wait at all. */
const BUSY_TIMEOUT_MS = 250;
/** A start is some 2 KB: with SQLite's own 4 KiB, two would fill a page badly. */
const PAGE_BYTES = 8192;
const WAL_BYTES_KEPT = 64 * MIB;
/** 16 MiB: a longer log is copied less often, but each copy keeps requests waiting for longer. */
const WAL_PAGES_BETWEEN_CHECKPOINTS = 2048;
/** The first SQLite whose WAL never loses a commit to a concurrent checkpoint. */
const SQLITE_VERSION_MIN = "3.51.3";

/**
 * Opens the file for writing, made 0600 if it is new.
 *
 * @throws AppError `store-failed` when it is no database, or cannot be opened
 */
export function openDatabase(options: SqliteOptions): Database {
  const { path } = options;
  refuseForeignLog(path);
  let client: Database | undefined;
  try {
    if (options.readOnly) {
      client = new Connection(path, { readwrite: true });
      configureReader(client, options);
      return client;
    }
    makeOwnersFile(path);
    client = new Connection(path);
    configure(client, options);
    return client;
  } catch (error) {
    client?.close();
    if (error instanceof AppError) throw error;
    const { code = String(error) } = error as { code?: string };
    throw new AppError("store-failed", `Cannot open the database "${path}": ${code}`, { cause: error });
  }
}

/**
 * Makes the file private, since SQLite would make it readable to every user; the WAL inherits its mode.
 *
 * Never opens an existing file: closing any descriptor of it would drop this process's locks on the database.
 */
function makeOwnersFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", OWNER_FILE_MODE));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    if (statSync(path).isDirectory()) throw new AppError("store-failed", `Cannot open the database "${path}": EISDIR`);
  }
}

function configure(client: Database, { synchronous, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): void {
  checkVersion(client);
  client.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  client.run(`PRAGMA page_size = ${PAGE_BYTES}`);
  client.run("PRAGMA journal_mode = WAL");
  client.run(`PRAGMA synchronous = ${synchronous}`);
  client.run("PRAGMA foreign_keys = ON");
  client.run("PRAGMA trusted_schema = OFF");
  client.run("PRAGMA cell_size_check = ON");
  // An erasure must reach the bytes of the file, not just the table.
  client.run("PRAGMA secure_delete = ON");
  client.run(`PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`);
  client.run(`PRAGMA wal_autocheckpoint = ${WAL_PAGES_BETWEEN_CHECKPOINTS}`);
}

/**
 * Closes a connection while others to the same file stay open.
 *
 * With unfinalized statements a connection stays open, and Bun then empties the log as its thread ends: under the write
 * lock, for as long as the disk takes, while the server's commits give up.
 */
export function closeBeside(client: Database): void {
  try {
    Bun.gc(true);
    client.close(true);
  } catch {
    // A statement is still in use. SQLite can't empty the log within a transaction, so this opens one.
    client.run("BEGIN");
    client.query("SELECT 1 FROM sqlite_schema").get();
    client.close();
  }
}

/** A connection opened read-only can't take part in the WAL's locks; this one is writable but never writes. */
function configureReader(client: Database, { busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): void {
  checkVersion(client);
  client.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  client.run("PRAGMA trusted_schema = OFF");
  client.run("PRAGMA cell_size_check = ON");
  client.run("PRAGMA query_only = ON");
}

function checkVersion(client: Database): void {
  const row = client.query<{ version: string }, []>("SELECT sqlite_version() AS version").get();
  const version = row?.version ?? "0";
  if (Bun.semver.order(version, SQLITE_VERSION_MIN) < 0) {
    throw new AppError(
      "store-failed",
      `Cannot use SQLite ${version}: it can lose commits; ${SQLITE_VERSION_MIN} is the least`,
    );
  }
}

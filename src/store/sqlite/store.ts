/** Opens the store over one SQLite file: for the server, for a command beside it, or for reading alone. */

import type { Database } from "bun:sqlite";
import type { JournalStore } from "../journal.ts";
import type { Store, StoreReader } from "../store.ts";
import { SqliteJournal, type StoreOptions } from "./journal.ts";
import { checkCurrent, migrate } from "./migrate.ts";
import { openDatabase, type SqliteOptions } from "./open.ts";
import { type DamageOptions, SqliteReader } from "./reader.ts";

/** A command can wait for a server; a server must not wait for a command. */
const BESIDE_TIMEOUT_MS = 10_000;

/**
 * Opens the file, brings it to this version's schema and returns its store.
 *
 * @throws AppError `database-newer`, `database-drifted`, `store-failed`
 */
export function openSqliteStore(options: StoreOptions): JournalStore {
  return openWith(options, migrate, (client) => new SqliteJournal(client, options));
}

/**
 * Opens a file that another process may be appending to: waits longer for its lock, and changes no schema.
 *
 * @throws AppError `database-outdated`, `database-newer`, `database-drifted`, `store-failed`
 */
export function openSqliteStoreBeside(options: SqliteOptions & DamageOptions): Store {
  const patient = { ...options, busyTimeoutMs: BESIDE_TIMEOUT_MS };
  return openWith(patient, checkCurrent, (client) => new SqliteJournal(client, patient));
}

/**
 * Opens a file for reading alone, beside its writer.
 *
 * @throws AppError `database-outdated`, `database-newer`, `database-drifted`, `store-failed`
 */
export function openSqliteStoreForReading(options: Omit<SqliteOptions, "readOnly"> & DamageOptions): StoreReader {
  const patient = { ...options, busyTimeoutMs: BESIDE_TIMEOUT_MS, readOnly: true };
  return openWith(patient, checkCurrent, (client) => new SqliteReader(client, options));
}

function openWith<T>(options: SqliteOptions, ready: (client: Database) => void, storeOn: (client: Database) => T): T {
  const client = openDatabase(options);
  try {
    ready(client);
    return storeOn(client);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Brings the file to this version's schema, and closes it again. @returns the migrations that were applied now */
export function migrateDatabase(options: SqliteOptions): string[] {
  const client = openDatabase(options);
  try {
    return migrate(client);
  } finally {
    client.close();
  }
}

/** Tells which kind of store a server has, and opens readers of either kind. */

import { statSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import type { Config } from "../config.ts";
import { isDataDir } from "../data-dir/lock.ts";
import { databasePathOf } from "../data-dir/paths.ts";
import { unusable } from "../data-dir/unusable.ts";
import { openPostgresReader } from "../store/postgres/open.ts";
import type { ReaderOptions } from "../store/postgres/reader.ts";
import { openSqliteStoreForReading } from "../store/sqlite/store.ts";
import type { StoreReader } from "../store/store.ts";

type Storage = Config["storage"];

/** The default of `PLAYHEAD_STORE`: a file in the data directory. */
const SQLITE = "sqlite";

/** The URL of the PostgreSQL that several servers share; undefined for a file of this server's own. */
export function sharedUrlOf({ store }: Pick<Storage, "store">): string | undefined {
  return store === SQLITE ? undefined : store;
}

/** @throws AppError `store-elsewhere` for a shared store */
export function refuseShared(storage: Pick<Storage, "store">, action: string): void {
  if (sharedUrlOf(storage) === undefined) return;
  throw new AppError(
    "store-elsewhere",
    `Cannot ${action}: PLAYHEAD_STORE names a PostgreSQL; use its own tools, as docs/scale.md says`,
  );
}

/**
 * The database of a data directory.
 *
 * @throws AppError `no-database` before a server's first start: a command must not create an empty database
 * @throws AppError `data-dir-unusable` where this user may not look for it
 */
export function existingDatabaseOf(storage: Pick<Storage, "dataDir">): string {
  const path = databasePathOf(storage);
  try {
    if (statSync(path, { throwIfNoEntry: false })) return path;
  } catch (error) {
    throw unusable(path, error);
  }
  throw noData(storage, "it holds no database");
}

/** Refuses a directory that no server has used yet. @throws AppError `no-database`, `data-dir-unusable` */
export function requireDataDir(storage: Pick<Storage, "store" | "dataDir">): void {
  if (sharedUrlOf(storage) === undefined) existingDatabaseOf(storage);
  else if (!isDataDir(storage.dataDir)) throw noData(storage, "no server has used it");
}

function noData({ dataDir }: Pick<Storage, "dataDir">, state: string): AppError {
  const wayOut = "name the server's directory with --data-dir, or start a server on it first";
  return new AppError("no-database", `Cannot use "${dataDir}": ${state}; ${wayOut}`);
}

/** Opens a store for reading alone, beside those that write to it. @param place its file, or its URL */
export function openReaderAt(place: string, options: ReaderOptions): StoreReader {
  if (isUrl(place)) return openPostgresReader({ ...options, url: place, node: "reader" });
  return openSqliteStoreForReading({ path: place, synchronous: "FULL", ...options });
}

function isUrl(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place);
}

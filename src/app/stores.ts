/** Which kind of store a server has, and readers of either kind. */

import { AppError } from "../base/errors.ts";
import type { Config } from "../config.ts";
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

/** Opens a store for reading alone, beside those that write to it. @param place its file, or its URL */
export function openReaderAt(place: string, options: ReaderOptions): StoreReader {
  if (isUrl(place)) return openPostgresReader({ ...options, url: place, node: "reader" });
  return openSqliteStoreForReading({ path: place, synchronous: "FULL", ...options });
}

function isUrl(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place);
}

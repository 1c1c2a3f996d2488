/** Fills a data directory with made-up sessions. */

import type { Config } from "../config.ts";
import { makeDataDir } from "../data-dir/directory.ts";
import { lockDataDir } from "../data-dir/lock.ts";
import { databasePathOf } from "../data-dir/paths.ts";
import { type FillOptions, type FillSummary, fillStore } from "../simulate/fill.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { timeoutsOf } from "./part-settings.ts";
import { refuseShared } from "./stores.ts";

export type { FillSummary };

/**
 * Runs with synchronous=NORMAL, since it acknowledges no event: a power cut may lose the last batches.
 *
 * @throws AppError `data-dir-locked`, `data-dir-unusable`, `database-newer`, `database-drifted`, `store-full`,
 *   `store-failed`
 */
export async function simulateDataDir(
  { storage, sessions }: Config,
  options: Omit<FillOptions, "store" | "timeouts">,
): Promise<FillSummary> {
  refuseShared(storage, "fill the store with made-up sessions");
  makeDataDir(storage.dataDir);
  using _lock = lockDataDir(storage.dataDir);
  const store = openSqliteStore({ path: databasePathOf(storage), synchronous: "NORMAL" });
  try {
    return await fillStore({ ...options, store, timeouts: timeoutsOf(sessions) });
  } finally {
    await store.close();
  }
}

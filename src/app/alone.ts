/** Opens the core for a command that writes: beside the nodes of a shared store, or in place of a file's server. */

import { dirname } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import { tryLockDataDir } from "../data-dir/lock.ts";
import { definitionsOf } from "../store/definitions.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { type Core, openCore } from "./core.ts";
import { openSharedCore } from "./shared-core.ts";
import { sharedUrlOf } from "./stores.ts";

interface AloneOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Finds the database, in the directory to lock. */
  readonly path: () => string;
  /** Closes what this opens. */
  readonly open: AsyncDisposableStack;
}

/** @returns undefined while a server uses the data directory for itself */
export async function openAlone(config: Config, { path, open, ...parts }: AloneOptions): Promise<Core | undefined> {
  const { storage } = config;
  const url = sharedUrlOf(storage);
  if (url !== undefined) {
    return open.use(await openSharedCore(config, { ...parts, url, isNode: false }));
  }
  const file = path();
  const lock = tryLockDataDir(dirname(file));
  if (!lock) return undefined;
  open.use(lock);
  const { synchronous } = storage;
  const store = openSqliteStore({ path: file, synchronous, definitions: definitionsOf(storage) });
  return open.use(await openCore(config, { ...parts, store }));
}

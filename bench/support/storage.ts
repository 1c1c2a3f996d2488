/** What the server under test stores with: as it is, and what it is measured against. */

import type { AppOptions } from "../../src/app/app.ts";
import type { Config } from "../../src/config.ts";
import { databasePathOf } from "../../src/data-dir/paths.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { openNullStore } from "./null-store.ts";

/**
 * `sqlite` is the product, reports and all. The others have no thread of reports: `thread` stores as the product does,
 * `inline` waits for the disk in the thread that reads requests, `null` stores nothing.
 */
export const STORAGES = ["sqlite", "thread", "inline", "null"] as const;
export type Storage = (typeof STORAGES)[number];

export function isStorage(name: string): name is Storage {
  return (STORAGES as readonly string[]).includes(name);
}

/** @returns undefined for the product's own */
export function openStoreOf(storage: Storage): AppOptions["openStore"] {
  switch (storage) {
    case "sqlite":
      return undefined;
    case "thread":
      return (config) => openSqliteStore({ ...databaseOf(config), thread: true });
    case "inline":
      return (config) => openSqliteStore(databaseOf(config));
    case "null":
      return openNullStore;
  }
}

function databaseOf({ storage }: Config) {
  return { path: databasePathOf(storage), synchronous: storage.synchronous };
}

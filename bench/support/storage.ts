/** What the server under test stores with: as it is, and what it is measured against. */

import type { AppOptions } from "../../src/app.ts";
import { databasePathOf } from "../../src/data-dir/paths.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { openNullStore } from "./null-store.ts";

/** `sqlite` as the product is; `inline` commits in the thread that reads requests; `null` stores nothing. */
export const STORAGES = ["sqlite", "inline", "null"] as const;
export type Storage = (typeof STORAGES)[number];

export function isStorage(name: string): name is Storage {
  return (STORAGES as readonly string[]).includes(name);
}

/** @returns undefined for the product's own */
export function openStoreOf(storage: Storage): AppOptions["openStore"] {
  switch (storage) {
    case "sqlite":
      return undefined;
    case "inline":
      return (config) => openSqliteStore({ path: databasePathOf(config), synchronous: config.synchronous });
    case "null":
      return openNullStore;
  }
}

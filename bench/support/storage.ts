/** The storage of the server under test: the product's own, and the ones to compare it with. */

import type { AppOptions } from "../../src/app/app.ts";
import type { Config } from "../../src/config.ts";
import { databasePathOf } from "../../src/data-dir/paths.ts";
import type { JournalStore } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { openNullStore } from "./null-store.ts";

/**
 * `sqlite` is the product, reports and all. The others have no report thread: `thread` stores as the product does,
 * `inline` waits for the disk in the thread that reads requests, `null` stores nothing.
 */
export const STORAGES = ["sqlite", "thread", "inline", "null"] as const;
export type Storage = (typeof STORAGES)[number];

export function isStorage(name: string): name is Storage {
  return (STORAGES as readonly string[]).includes(name);
}

/** @returns undefined for the product's own storage */
export function openStoreOf(storage: Storage): AppOptions["openStore"] {
  switch (storage) {
    case "sqlite":
      return undefined;
    case "thread":
      return (config) => withoutFile(openSqliteStore({ ...databaseOf(config), thread: true }));
    case "inline":
      return (config) => withoutFile(openSqliteStore(databaseOf(config)));
    case "null":
      return openNullStore;
  }
}

/** Keeps the Workers from reading what the store has. */
function withoutFile(store: JournalStore): JournalStore {
  return Object.assign(store, { file: undefined });
}

function databaseOf({ storage }: Config) {
  return { path: databasePathOf(storage), synchronous: storage.synchronous };
}

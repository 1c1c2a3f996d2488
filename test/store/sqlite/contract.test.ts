/** SQLite keeps what every store promises. */

import { join } from "node:path";
import { openSqliteStore, openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { describeStore } from "../contract/contract.ts";
import type { StoreScene } from "../contract/scene.ts";

async function scene(): Promise<StoreScene> {
  const directory = tempDir();
  const options = { path: join(directory.path, "playhead.db"), synchronous: "NORMAL" } as const;
  let store = openSqliteStore(options);
  return {
    get store() {
      return store;
    },
    put: (writes) => store.append(writes),
    reopen: async () => {
      await store.close();
      store = openSqliteStore(options);
    },
    openReader: () => openSqliteStoreForReading(options),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

describeStore("SQLite", scene);

/** SQLite keeps what every store promises. */

import { join } from "node:path";
import { openSqliteStore, openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { describeChanges } from "../contract/changes.ts";
import { describeErasure } from "../contract/erasure.ts";
import { describeKeys } from "../contract/keys.ts";
import { describeLog } from "../contract/log.ts";
import { describeOpenings } from "../contract/openings.ts";
import { describePages } from "../contract/pages.ts";
import type { StoreScene } from "../contract/scene.ts";
import { describeSessions } from "../contract/sessions.ts";
import { describeTokens } from "../contract/tokens.ts";

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

for (const describeStore of [
  describeSessions,
  describeLog,
  describeChanges,
  describeErasure,
  describePages,
  describeKeys,
  describeOpenings,
  describeTokens,
]) {
  describeStore("SQLite", scene);
}

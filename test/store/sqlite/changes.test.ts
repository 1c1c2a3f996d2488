/** Changes beside another process that makes them; what any store's changes promise is in `contract/changes.ts`. */

import { expect, test } from "bun:test";
import { join } from "node:path";
import { nextTurn } from "../../../src/base/turn.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";

test("changes are read as of one moment, though another process stores results and erasures meanwhile", async () => {
  using directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "FULL" });
  try {
    const writing = Bun.spawn([process.execPath, join(import.meta.dir, "../changing-store.ts"), path], {
      stdout: "ignore",
      stderr: "inherit",
    });
    let ended = false;
    void writing.exited.then(() => {
      ended = true;
    });
    const seen = new Set<number>();
    let afterRevision = 0;
    let isLast = false;
    while (!isLast) {
      isLast = ended;
      for (const { revision } of await store.listChanges({ afterRevision, limit: 10_000 })) {
        seen.add(revision);
        afterRevision = revision;
      }
      await nextTurn();
    }
    expect(await writing.exited).toBe(0);
    const all = (await store.listChanges({ afterRevision: 0, limit: 10_000 })).map(({ revision }) => revision);
    expect(all.length).toBeGreaterThan(1000);
    expect(all.filter((revision) => !seen.has(revision))).toEqual([]);
  } finally {
    await store.close();
  }
});

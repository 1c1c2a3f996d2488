/** The order of the log, and the gaps in it; what any store's log promises is in `contract/log.ts`. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { JournalStore } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { fillLog, PINGS, readAll, SESSIONS } from "../contract/log.ts";

async function withLog(work: (store: JournalStore, path: string) => Promise<void>): Promise<void> {
  using directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "FULL" });
  try {
    await fillLog({ put: (writes) => store.append(writes) });
    await work(store, path);
  } finally {
    await store.close();
  }
}

describe("the log", () => {
  for (const limit of [1, 2, 5, 100]) {
    test(`in pages of ${limit} is every start by number, then every event in order of arrival`, () =>
      withLog(async (store) => {
        const read = await readAll(store, { limit });
        const sessions = await store.listSessions({ first: "oldest", untilId: SESSIONS, limit: 100 });
        const sids = sessions.map(({ sid }) => sid);
        expect(read.map(({ seq }) => seq)).toEqual([
          ...Array(SESSIONS).fill(0),
          ...Array.from({ length: SESSIONS * PINGS }, (_, at) => at + 1),
        ]);
        expect(read.map(({ sid }) => sid)).toEqual(
          Array(PINGS + 1)
            .fill(sids)
            .flat(),
        );
      }));
  }

  test("goes over gaps of any size", () =>
    withLog(async (store, path) => {
      using database = new Database(path);
      database.run("DELETE FROM events WHERE seq % 2 = 0 OR seq < 10");
      database.run("UPDATE events SET seq = seq + 100000 WHERE seq > 20");
      database.run("DELETE FROM starts WHERE id = 1");
      // Starts 2 to 7, and events 11 to 100,035.
      expect(await store.readExtent()).toMatchObject({ sessions: SESSIONS, entries: SESSIONS - 1 + 100_035 - 10 });
      const read = await readAll(store, { limit: 4 });
      const seqs = Array.from({ length: SESSIONS * PINGS }, (_, at) => at + 1);
      const left = seqs.filter((seq) => seq % 2 === 1 && seq >= 10 && seq % SESSIONS !== 1);
      expect(read.slice(SESSIONS - 1).map(({ seq }) => seq)).toEqual(
        left.map((seq) => (seq > 20 ? seq + 100_000 : seq)),
      );
    }));
});

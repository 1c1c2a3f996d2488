/** Rows that a disk has damaged: an error of their session, told in words, while all others are as they were. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { settlePending } from "../../../src/ingest/settle.ts";
import type { Head, JournalStore } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closing, newHead, opening } from "../writes.ts";

const DAMAGED = {
  code: "session-damaged",
  session: 1,
  message: "Cannot read session 1: a row of it is damaged; run playhead check",
};

/** A store with two closed sessions, of which the first is then damaged. */
async function withDamage(sql: string, work: (store: JournalStore, heads: readonly [Head, Head]) => Promise<void>) {
  using directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "NORMAL" });
  try {
    const heads = [newHead(), newHead()] as const;
    for (const head of heads) await store.append([opening(head), closing(head, arrivedAt(1, "sessionEnd"))]);
    await settle(store);
    const disk = new Database(path);
    disk.run(sql);
    disk.close();
    await work(store, heads);
  } finally {
    await store.close();
  }
}

/** Settles what is pending. @returns the numbers of the sessions that failed */
async function settle(store: JournalStore): Promise<number[]> {
  const failed: number[] = [];
  await settlePending({ store, elapsedMs: () => 0, steadyMs: () => 0, onFailure: ({ id }) => failed.push(id) });
  return failed;
}

type Read = (store: StoreReader, head: Head) => Promise<unknown>;
const find: Read = (store, { sid }) => store.findSession(sid);
const events: Read = (store, head) => store.readEvents(head);
const folds: Read = (store, { id }) => store.readFolds([id]);

describe("a damaged row is an error of its session, which others don't share", () => {
  test.each<[string, string, Read]>([
    ["a start that is cut off", "UPDATE starts SET payload = '{\"par' WHERE id = 1", find],
    ["flags that are no list", "UPDATE starts SET flags = 'x' WHERE id = 1", find],
    ["a reason that nothing closes for", "UPDATE closes SET reason = 'boredom' WHERE session = 1", find],
    ["numbers that are cut off", "UPDATE results SET metrics = '{' WHERE session = 1", find],
    ["spans that are cut off", "UPDATE results SET spans = '[' WHERE session = 1", folds],
    ["an event's code that no type has", "UPDATE events SET type = 99 WHERE session = 1", events],
    ["an event's payload that is cut off", "UPDATE events SET payload = '{' WHERE session = 1", events],
    ["a chain that leads into another session", "UPDATE events SET session = 2 WHERE session = 1", events],
  ])("%s", (_, sql, read) =>
    withDamage(sql, async (store, [first, second]) => {
      await expect(read(store, first)).rejects.toMatchObject(DAMAGED);
      expect(await read(store, second)).toBeDefined();
    }),
  );

  test("lists and the log name the session, too", () =>
    withDamage("UPDATE starts SET payload = '{' WHERE id = 1", async (store) => {
      const { first, last } = await store.readExtent();
      await expect(store.listSessions({ limit: 9 })).rejects.toMatchObject(DAMAGED);
      await expect(store.readLog({ after: first, until: last, limit: 9 })).rejects.toMatchObject(DAMAGED);
    }));

  test("it can be erased, and whose id is in it is taken for its visitor", () =>
    withDamage('UPDATE starts SET payload = \'{"params":{"x":"ann"\' WHERE id = 1', async (store, [first]) => {
      expect((await store.findVisitor({ visitorId: "ann", afterId: 0, limit: 9 })).ids).toEqual([first.id]);
      const erasable = await store.findErasable([first.id, 99]);
      expect(erasable).toEqual([{ id: first.id, sid: first.sid, seq: first.seq }]);
      expect(await store.erase([first], 1)).toBe(1);
      expect(await store.listSessions({ limit: 9 })).toHaveLength(1);
    }));

  test.each<[string, string]>([
    ["itself", "UPDATE events SET prev_seq = seq"],
    ["a later event", "UPDATE events SET session = 1, prev_seq = 3 - seq"],
  ])("a chain that leads to %s comes to an end", (_, sql) =>
    withDamage(sql, async (store, [first]) => {
      const gone = { code: "session-damaged", session: 1 };
      await expect(store.readOutline(first, { events: 9, bytes: 1e6 })).rejects.toMatchObject(gone);
      await expect(store.readEvents(first)).rejects.toMatchObject(gone);
      await store.erase([first], 1);
      let steps = 0;
      const enough = () => {
        steps += 1;
        return steps > 9;
      };
      expect(await store.removeRemains(enough)).toBe(false);
    }),
  );

  test("it keeps no other session from getting its numbers", () =>
    withDamage("UPDATE starts SET payload = '{' WHERE id = 1", async (store, [first]) => {
      const third = newHead();
      await store.append([adding(first, arrivedAt(1, "ping"))]);
      await store.append([opening(third), closing(third, arrivedAt(1, "sessionEnd"))]);
      expect(await settle(store)).toEqual([first.id]);
      expect((await store.findSession(third.sid))?.result).toBeDefined();
      expect(await store.claimPending(9)).toEqual([]);
    }));
});

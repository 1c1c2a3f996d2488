/** Removing rows from the file: completely, in slices that can be interrupted. See also `contract/erasure.ts`. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { JournalStore, Write } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { findAll, settle, storeClosed, storeOpen } from "../contract/erasure.ts";
import { NOW_MS } from "../writes.ts";
import { eraseVisitor, markOf, storeSessions } from "./household.ts";

const TABLES = ["sessions", "closes", "heads", "results", "ad_breaks", "ads", "chapters", "states", "errors", "events"];

interface Scene extends AsyncDisposable {
  readonly store: JournalStore;
  put(writes: readonly Write[]): Promise<void>;
  readonly path: string;
  reopen(): Promise<void>;
  /** The sessions' rows by table, without empty tables. */
  rowsOf(ids: readonly number[]): Record<string, number>;
}

function scene(): Scene {
  const directory = tempDir();
  const path = join(directory.path, "playhead.db");
  let store = openSqliteStore({ path, synchronous: "NORMAL" });
  return {
    get store() {
      return store;
    },
    put: (writes) => store.append(writes),
    path,
    reopen: async () => {
      await store.close();
      store = openSqliteStore({ path, synchronous: "NORMAL" });
    },
    rowsOf: (ids) => {
      using reader = new Database(path, { readonly: true });
      const counts = TABLES.map((table) => {
        const column = table === "sessions" ? "id" : "session";
        const row = reader.query(`SELECT count(*) FROM ${table} WHERE ${column} IN (${ids.join()})`).values()[0];
        return [table, Number(row?.[0])] as const;
      });
      return Object.fromEntries(counts.filter(([, count]) => count > 0));
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

const never = () => false;
const atOnce = () => true;

describe("an erasure", () => {
  test("removes every row of the visitor's sessions, open or closed, and no other", async () => {
    await using it = scene();
    const sessions = await storeSessions(it.store, { visitors: 3, sessions: 60 });
    const idsOf = (visitor: number) => sessions.filter((each) => each.visitor === visitor).map(({ head }) => head.id);
    const before = it.rowsOf([...idsOf(0), ...idsOf(2)]);
    expect(Object.keys(it.rowsOf(idsOf(1))).toSorted()).toEqual(
      TABLES.filter((table) => table !== "heads" && table !== "states").toSorted(),
    );
    await eraseVisitor(it.store, sessions, 1);
    expect(it.rowsOf(idsOf(1))).toEqual({});
    expect(it.rowsOf([...idsOf(0), ...idsOf(2)])).toEqual(before);
  });

  test("shows at once, even while its rows are still there, and goes on after an interruption", async () => {
    await using it = scene();
    const head = await storeOpen(it, 1000);
    const neighbour = await storeOpen(it, 7);
    expect(await it.store.erase([head], 1)).toBe(1);
    expect(await it.store.findSession(head.sid)).toBeUndefined();
    expect(it.rowsOf([head.id])).toEqual({ events: 1000 });
    expect(await it.store.removeRemains(atOnce)).toBe(true);
    await it.reopen();
    expect(it.rowsOf([head.id])["events"]).toBeWithin(1, 1000);
    expect(await it.store.removeRemains(never)).toBe(false);
    expect(it.rowsOf([head.id])).toEqual({});
    expect(it.rowsOf([neighbour.id])).toEqual({ sessions: 1, events: 7 });
  });

  test("of the newest session frees its numbers for no other, even after the file is reopened", async () => {
    await using it = scene();
    const head = await storeOpen(it, 5);
    await it.store.erase([head], 1);
    await it.reopen();
    const next = await storeOpen(it, 2);
    expect(next.id).toBeGreaterThan(head.id);
    expect(next.seq).toBeGreaterThan(head.seq + 1);
    while (await it.store.removeRemains(never));
    expect(it.rowsOf([next.id])).toEqual({ sessions: 1, events: 2 });
  });

  test("refuses a result from rows read before it", async () => {
    await using it = scene();
    const head = await storeClosed(it);
    await it.store.erase([head], 1);
    while (await it.store.removeRemains(never));
    await settle(it, [head]);
    expect(it.rowsOf([head.id])).toEqual({});
  });

  test("keeps no head of an erased session, even if one is saved later", async () => {
    await using it = scene();
    const head = await storeOpen(it);
    await it.store.erase([head], 1);
    head.erased = true;
    await it.store.saveHeads([head]);
    expect(it.rowsOf([head.id])["heads"]).toBeUndefined();
    expect((await it.store.restoreHeads()).heads).toEqual([]);
  });
});

describe("trimming", () => {
  test("removes the events of settled sessions that closed before then, and keeps their numbers", async () => {
    await using it = scene();
    const old = await storeClosed(it, 30);
    const unfolded = await storeClosed(it, 40);
    const recent = await storeClosed(it, 90);
    const open = await storeOpen(it);
    await settle(it, [old, recent]);
    const kept = await it.store.readFolds([old.id]);
    expect(await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 10 })).toBe(1);
    while (await it.store.removeRemains(never));
    expect(it.rowsOf([old.id])).toEqual({ sessions: 1, closes: 1, results: 1 });
    expect(await it.store.readFolds([old.id])).toEqual(kept);
    expect(await it.store.findSession(old.sid)).toMatchObject({ trimmed: true, seq: 0, result: {} });
    for (const head of [unfolded, recent, open]) expect(await it.store.readEvents(head)).not.toEqual([]);
    expect(await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 10 })).toBe(0);
  });

  test("goes in order of closing, no further than asked, and goes on after an interruption", async () => {
    await using it = scene();
    const heads = [await storeClosed(it, 50), await storeClosed(it, 30), await storeClosed(it, 40)];
    await settle(it, heads);
    expect(await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 2 })).toBe(2);
    await it.reopen();
    while (await it.store.removeRemains(never));
    expect(heads.map(({ id }) => it.rowsOf([id])["events"] ?? 0)).toEqual([4, 0, 0]);
  });

  test("uses an index to pass over sessions that closed later or are trimmed", async () => {
    await using it = scene();
    using reader = new Database(it.path, { readonly: true });
    const planOf = (sql: string) =>
      (reader.query(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map(({ detail }) => detail).join();
    expect(
      planOf("SELECT session FROM closes WHERE trimmed = 0 AND closed_at < 1 AND pending = 0 ORDER BY closed_at"),
    ).toBe("SEARCH closes USING INDEX closes_untrimmed (closed_at<?)");
    expect(planOf("SELECT session FROM closes WHERE trimmed = 1 AND last_seq > 0 LIMIT 1")).toContain(
      "closes_trimming",
    );
    expect(planOf("SELECT * FROM erasures WHERE pending = 1 ORDER BY revision LIMIT 1")).toContain("erasures_pending");
  });
});

describe("a search for a visitor", () => {
  test("goes page by page over gaps that erasures left", async () => {
    await using it = scene();
    const sessions = await storeSessions(it.store, { visitors: 4, sessions: 80 });
    for (const visitor of [0, 1, 2]) await eraseVisitor(it.store, sessions, visitor);
    const own = sessions.filter(({ visitor }) => visitor === 3).map(({ head }) => head.id);
    for (const limit of [1, 3, 1000]) expect(await findAll(it.store, markOf(3), limit)).toEqual(own);
    expect(await findAll(it.store, markOf(0))).toEqual([]);
  });
});

/** Taking sessions, or their events, out of the file: whole, in slices that can be interrupted, and told to followers. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { DAY_MS } from "../../../src/base/units.ts";
import { foldSession } from "../../../src/sessions/fold.ts";
import { openSqliteStore, openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closing, NOW_MS, newHead, opening, startOf } from "../writes.ts";
import { eraseVisitor, markOf, storeSessions } from "./household.ts";

const TABLES = ["sessions", "closes", "heads", "results", "ad_breaks", "ads", "chapters", "states", "errors", "events"];

interface Scene extends AsyncDisposable {
  readonly store: Store;
  readonly path: string;
  reopen(): Promise<void>;
  /** Rows of sessions, by table; tables without any are left out. */
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

/** Stores an open session with so many events. */
async function storeOpen(store: Store, events = 3) {
  const head = newHead();
  const pings = Array.from({ length: events }, (_, second) => arrivedAt(second + 1, "ping"));
  await store.append([opening(head), adding(head, ...pings)]);
  return head;
}

async function storeClosed(store: Store, closedAt = 30) {
  const head = await storeOpen(store);
  await store.append([closing(head, arrivedAt(closedAt, "sessionEnd"))]);
  return head;
}

async function settle(store: Store, heads: readonly { id: number; seq: number }[]) {
  const folded = foldSession([arrivedAt(0, "sessionStart")], { closed: true });
  await store.saveResults(heads.map(({ id, seq }) => ({ session: id, seq, definitions: 1, folded })));
}

describe("an erasure", () => {
  test("takes every row of the visitor's sessions, open or closed, and no other", async () => {
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

  test("is seen at once, also while its rows are still there, and goes on after an interruption", async () => {
    await using it = scene();
    const [head, neighbour] = [await storeOpen(it.store, 1000), await storeOpen(it.store, 7)];
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

  test("counts what there was: repeated, nothing", async () => {
    await using it = scene();
    const [head, other] = [await storeOpen(it.store), await storeOpen(it.store)];
    expect(await it.store.erase([head], 1)).toBe(1);
    expect(await it.store.erase([head, other], 2)).toBe(1);
    expect(await it.store.erase([head, other, { id: 99, seq: 0 }], 3)).toBe(0);
    expect((await it.store.listChanges({ afterRevision: 0, limit: 10 })).map(({ id }) => id)).toEqual([
      head.id,
      other.id,
    ]);
  });

  test("is a change behind the numbers that it takes away", async () => {
    await using it = scene();
    const [head, other] = [await storeClosed(it.store), await storeClosed(it.store)];
    await settle(it.store, [head, other]);
    const { revision } = await it.store.watermark();
    await it.store.erase([head], 1);
    expect(await it.store.listChanges({ afterRevision: revision, limit: 10 })).toEqual([
      { revision: revision + 1, id: head.id },
    ]);
    expect(await it.store.listChanges({ afterRevision: 0, limit: 10 })).toMatchObject([
      { id: other.id, result: {} },
      { id: head.id },
    ]);
  });

  test("of the newest session gives its numbers to no other, also after the file was opened anew", async () => {
    await using it = scene();
    const head = await storeOpen(it.store, 5);
    await it.store.erase([head], 1);
    await it.reopen();
    const next = await storeOpen(it.store, 2);
    expect(next.id).toBeGreaterThan(head.id);
    expect(next.seq).toBeGreaterThan(head.seq + 1);
    while (await it.store.removeRemains(never));
    expect(it.rowsOf([next.id])).toEqual({ sessions: 1, events: 2 });
  });

  test("refuses a result of what was read before it", async () => {
    await using it = scene();
    const head = await storeClosed(it.store);
    await it.store.erase([head], 1);
    while (await it.store.removeRemains(never));
    await settle(it.store, [head]);
    expect(it.rowsOf([head.id])).toEqual({});
  });

  test("keeps no head of an erased session, whoever saves it", async () => {
    await using it = scene();
    const head = await storeOpen(it.store);
    await it.store.erase([head], 1);
    head.erased = true;
    await it.store.saveHeads([head]);
    expect(it.rowsOf([head.id])["heads"]).toBeUndefined();
    expect((await it.store.restoreHeads()).heads).toEqual([]);
  });
});

describe("an old erasure", () => {
  test("is forgotten, and whoever has come less far can tell", async () => {
    await using it = scene();
    const heads = [await storeOpen(it.store), await storeOpen(it.store), await storeOpen(it.store)];
    for (const [at, head] of heads.entries()) await it.store.erase([head], at * DAY_MS);
    const old = { beforeMs: 2 * DAY_MS, limit: 10 };
    expect(await it.store.pruneErasures(old)).toBe(0);
    while (await it.store.removeRemains(never));
    expect(await it.store.pruneErasures({ ...old, limit: 1 })).toBe(1);
    expect((await it.store.watermark()).prunedRevision).toBe(1);
    expect(await it.store.pruneErasures(old)).toBe(1);
    expect(await it.store.pruneErasures(old)).toBe(0);
    expect(await it.store.watermark()).toMatchObject({ revision: 3, prunedRevision: 2 });
    expect(await it.store.listChanges({ afterRevision: 2, limit: 10 })).toEqual([{ revision: 3, id: 3 }]);
  });
});

describe("trimming", () => {
  test("takes the events of sessions that closed before then and have their numbers, which stay", async () => {
    await using it = scene();
    const [old, unfolded, recent, open] = [
      await storeClosed(it.store, 30),
      await storeClosed(it.store, 40),
      await storeClosed(it.store, 90),
      await storeOpen(it.store),
    ];
    await settle(it.store, [old, recent]);
    const kept = await it.store.readFolds([old.id]);
    expect(await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 10 })).toBe(1);
    while (await it.store.removeRemains(never));
    expect(it.rowsOf([old.id])).toEqual({ sessions: 1, closes: 1, results: 1 });
    expect(await it.store.readFolds([old.id])).toEqual(kept);
    expect(await it.store.findSession(old.sid)).toMatchObject({ trimmed: true, seq: 0, result: {} });
    for (const head of [unfolded, recent, open]) expect(await it.store.readEvents(head)).not.toEqual([]);
    expect(await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 10 })).toBe(0);
  });

  test("goes in order of closing, as many as it is asked for, and goes on after an interruption", async () => {
    await using it = scene();
    const heads = [await storeClosed(it.store, 50), await storeClosed(it.store, 30), await storeClosed(it.store, 40)];
    await settle(it.store, heads);
    expect(await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 2 })).toBe(2);
    await it.reopen();
    while (await it.store.removeRemains(never));
    expect(heads.map(({ id }) => it.rowsOf([id])["events"] ?? 0)).toEqual([4, 0, 0]);
  });

  test("is told by those that count and list closed sessions", async () => {
    await using it = scene();
    const heads = [await storeClosed(it.store, 30), await storeClosed(it.store, 90)];
    await settle(it.store, heads);
    await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 10 });
    const listed = async (trimmed: boolean) =>
      (await it.store.listClosed({ afterId: 0, trimmed, limit: 10 })).map(({ id }) => id);
    expect([await listed(true), await listed(false)]).toEqual([[1], [2]]);
    expect(await it.store.countClosed({ trimmed: true })).toBe(1);
    expect(await it.store.countClosed({ trimmed: false })).toBe(1);
    expect(await it.store.countClosed({})).toBe(2);
  });

  test("looks at none that closed later, nor at those that are trimmed, by an index", async () => {
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

describe("expired sessions", () => {
  test("are the closed ones that started before then, the oldest first", async () => {
    await using it = scene();
    const started: number[] = [];
    for (const [offset, closes] of [
      [5, true],
      [1, true],
      [2, false],
      [9, true],
      [3, true],
    ] as const) {
      const head = newHead(NOW_MS + offset);
      await it.store.append([opening(head)]);
      if (closes) await it.store.append([closing(head, arrivedAt(30, "sessionEnd"))]);
      started.push(head.id);
    }
    const expected = [started[1], started[4], started[0]] as number[];
    expect(await it.store.listExpired({ beforeMs: NOW_MS + 9, limit: 10 })).toEqual(expected);
    expect(await it.store.listExpired({ beforeMs: NOW_MS + 9, limit: 2 })).toEqual(expected.slice(0, 2));
  });
});

describe("a search for a visitor", () => {
  async function storeStart(store: Store, params: object): Promise<number> {
    const head = newHead();
    await store.append([{ head, start: startOf(head, { params: { ...REQUIRED_PARAMS, ...params } }), events: [] }]);
    return head.id;
  }

  async function find(store: Store, visitorId: string, limit = 1000): Promise<number[]> {
    const found: number[] = [];
    for (let afterId = 0; ; ) {
      const { ids, lastId } = await store.findVisitor({ visitorId, afterId, limit });
      found.push(...ids);
      if (lastId === undefined) return found;
      afterId = lastId;
    }
  }

  const ids = [
    "plain",
    'with "quotes"',
    "per%cent %25",
    "back\\slash",
    "Ünï çödé 🎬",
    "tab\tand\nline",
    "\u2028",
    "\u007f",
    "{}",
    "' OR 1=1 --",
  ];
  for (const id of ids) {
    test(`finds ${JSON.stringify(id)} in any key, and not what merely resembles it`, async () => {
      await using it = scene();
      const own = [
        await storeStart(it.store, { "analytics.visitorId": id }),
        await storeStart(it.store, { "visitor.customerIDs": { login: { id: "x" }, crm: { id, authState: 1 } } }),
        await storeStart(it.store, { appInstallationId: id, "analytics.aid": id }),
      ];
      for (const other of [`${id}x`, `x${id}`, id.slice(1), id.toUpperCase() + id]) {
        await storeStart(it.store, { "analytics.visitorId": other });
      }
      await storeStart(it.store, { "media.name": id, "media.id": id });
      await storeStart(it.store, { "visitor.customerIDs": { [id]: { id: "x" } } });
      expect(await find(it.store, id)).toEqual(own);
    });
  }

  test("goes page by page over gaps that erasures have left", async () => {
    await using it = scene();
    const sessions = await storeSessions(it.store, { visitors: 4, sessions: 80 });
    for (const visitor of [0, 1, 2]) await eraseVisitor(it.store, sessions, visitor);
    const own = sessions.filter(({ visitor }) => visitor === 3).map(({ head }) => head.id);
    for (const limit of [1, 3, 1000]) expect(await find(it.store, markOf(3), limit)).toEqual(own);
    expect(await find(it.store, markOf(0))).toEqual([]);
  });

  test("can be made by a reader", async () => {
    await using it = scene();
    const id = await storeStart(it.store, { "analytics.aid": "v" });
    const reader = openSqliteStoreForReading({ path: it.path, synchronous: "NORMAL" });
    expect(await find(reader, "v")).toEqual([id]);
    await reader.close();
  });
});

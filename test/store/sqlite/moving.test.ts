/** Starts of version 0.1 move into today's table: every reading is the same before, meanwhile and afterwards. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { JournalStore } from "../../../src/store/journal.ts";
import { migrate } from "../../../src/store/sqlite/migrate.ts";
import { MIGRATIONS } from "../../../src/store/sqlite/migrations.ts";
import { openDatabase } from "../../../src/store/sqlite/open.ts";
import { openSqliteStore, openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closeAt, NOW_MS, newHead, opening } from "../writes.ts";

/** Sixteen steps, and some more. */
const STARTS = 165;
const STEPS_PER_SLICE = 5;
const BEFORE = MIGRATIONS.findIndex(({ tag }) => tag.endsWith("_form"));
const VISITOR = 'ann "the" é';

const sidOf = (id: number) =>
  (NOW_MS + id).toString(16).padStart(12, "0") + "ab".repeat(24) + String(id).padStart(4, "0");

/** A database as version 0.1 has left it: closed sessions, every tenth open, one with words beside its id. */
function makeOld(path: string): void {
  using client = openDatabase({ path, synchronous: "NORMAL" });
  migrate(client, MIGRATIONS.slice(0, BEFORE));
  client.transaction(() => {
    for (let id = 1; id <= STARTS; id += 1) {
      const params = { ...REQUIRED_PARAMS, "analytics.visitorId": id === 7 ? VISITOR : `v${id}` };
      const wire = id === 8 ? '{"requestId":"r","derived":{"edge.client":"ios"}}' : null;
      const flags = id === 9 ? '["ts-from-seconds"]' : null;
      const at = NOW_MS + id;
      client
        .query("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?, ?)")
        .run(id, sidOf(id), at, at + 3, at - 5, JSON.stringify({ params }), flags, wire);
      client
        .query("INSERT INTO events VALUES (?, ?, 0, ?, ?, 5, 1000, ?, NULL, NULL)")
        .run(id, id, at, at, '{"qoe":{"bitrate":5}}');
      if (id % 10 === 0) continue;
      client.run(`INSERT INTO closes (session, reason, closed_at, end_ts, last_seq, pending)
        VALUES (${id}, 'session-end', ${at}, ${at}, ${id}, 1)`);
    }
  })();
}

/** Everything that a store says of its sessions. */
async function readAll(store: JournalStore) {
  const { first: after, last: until } = await store.readExtent();
  const starts = await store.readLog({ after, until, limit: 1000 });
  return {
    starts,
    events: await store.readLog({ after: starts.reached, until, limit: 1000 }),
    newest: await store.listSessions({ limit: 20 }),
    oldest: await store.listSessions({ limit: 90, first: "oldest", fromMs: NOW_MS + 5 }),
    counted: await store.countSessions({ fromMs: NOW_MS + 5 }),
    closed: await store.listClosed({ afterId: 3, limit: 90 }),
    closedCount: await store.countClosed({ fromMs: NOW_MS + 9 }),
    some: await store.getSessions([150, 8, 9999, 70]),
    found: await Promise.all([1, 60, STARTS].map((id) => store.findSession(sidOf(id)))),
    none: [await store.findSession("ab".repeat(32)), await store.findNumber(sidOf(1).replace("abab", "abac"))],
    numbers: await Promise.all([1, 60, STARTS].map((id) => store.findNumber(sidOf(id)))),
    visitor: await store.findVisitor({ visitorId: VISITOR, afterId: 0, limit: 1000 }),
    expired: await store.listExpired({ beforeMs: NOW_MS + 100, offset: 2, limit: 60 }),
    due: await store.countDue({ startedBeforeMs: NOW_MS + 50, closedBeforeMs: NOW_MS + 40, max: 1000 }),
    erasable: await store.findErasable([1, 155]),
    open: (await store.restoreHeads()).heads.map(({ bytes: _, ...head }) => head),
  };
}

interface Scene extends AsyncDisposable {
  readonly path: string;
  readonly store: JournalStore;
  /** Moves some steps' rows. */
  step(): Promise<void>;
}

function scene(): Scene {
  const directory = tempDir();
  const path = join(directory.path, "playhead.db");
  makeOld(path);
  const store = openSqliteStore({ path, synchronous: "NORMAL" });
  return {
    path,
    store,
    step: async () => {
      let steps = 0;
      await store.moveOld?.(() => {
        steps += 1;
        return steps === STEPS_PER_SLICE;
      });
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

function rowsIn(path: string, table: string): number {
  using reader = new Database(path, { readonly: true });
  return Number(reader.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0]);
}

describe("starts of version 0.1", () => {
  test("read alike before they move, in between and afterwards, and the old table goes", async () => {
    await using it = scene();
    const before = await readAll(it.store);
    expect(before.found.map((session) => session?.id)).toEqual([1, 60, STARTS]);
    expect(before.none).toEqual([undefined, undefined]);
    expect(before.visitor.ids).toEqual([7]);
    expect(before.some[1]?.start.derived).toEqual({ "edge.client": "ios" });
    const reader = openSqliteStoreForReading({ path: it.path, synchronous: "NORMAL" });
    const left: (number | undefined)[] = [];
    for (let count = await it.store.countOld?.(); count !== undefined; count = await it.store.countOld?.()) {
      left.push(count);
      await it.step();
      expect(await readAll(it.store)).toEqual(before);
      expect(await reader.listSessions({ limit: 20 })).toEqual(before.newest);
    }
    expect(left).toEqual([165, 115, 65, 15]);
    await reader.close();
    expect(rowsIn(it.path, "starts")).toBe(STARTS);
    expect(() => rowsIn(it.path, "text_sessions")).toThrow("no such table");
    using client = new Database(it.path, { readonly: true });
    // The plain view costs no question anything.
    const plan = client.query<{ detail: string }, []>("EXPLAIN QUERY PLAN SELECT * FROM sessions WHERE id = 5").all();
    expect(plan.map(({ detail }) => detail)).toEqual(["SEARCH starts USING INTEGER PRIMARY KEY (rowid=?)"]);
    expect(client.query("SELECT count(*) AS old FROM starts WHERE payload NOT GLOB char(1) || '*'").get()).toEqual({
      old: 0,
    });
  });

  test("stay in one of the tables when a slice fails, while others open, go on and are erased", async () => {
    await using it = scene();
    await it.step();
    const head = newHead(NOW_MS + 1000);
    await it.store.append([opening(head)]);
    expect(head.id).toBe(STARTS + 1);
    await it.store.append([{ ...adding(head, arrivedAt(1, "ping")), close: closeAt(arrivedAt(1, "ping")) }]);
    const failing = it.store.moveOld?.(() => {
      throw new Error("killed");
    });
    await expect(failing).rejects.toThrow("killed");
    expect(rowsIn(it.path, "sessions")).toBe(STARTS + 1);
    const ends = [1, 155].map((id) => ({ id, seq: id }));
    expect(await it.store.erase(ends, NOW_MS, "session")).toBe(2);
    const erased = await it.store.findErased([sidOf(1), sidOf(2), sidOf(155)]);
    expect([...erased].toSorted()).toEqual([sidOf(1), sidOf(155)]);
    while ((await it.store.countOld?.()) !== undefined) await it.step();
    expect(await it.store.getSessions([1, 155])).toEqual([]);
    expect(await it.store.countSessions({})).toBe(STARTS - 1);
    expect((await it.store.findSession(head.sid))?.close).toBeDefined();
  });

  test("that are damaged move as they are, and remain an error of their session alone", async () => {
    await using it = scene();
    new Database(it.path).run("UPDATE text_sessions SET payload = '{\"par' WHERE id = 5");
    new Database(it.path).run("UPDATE text_sessions SET sid = 'no digits' WHERE id = 6");
    while ((await it.store.countOld?.()) !== undefined) await it.step();
    const damaged: (number | undefined)[] = [];
    const rest = await it.store.listSessions({ limit: 1000 }, (session) => damaged.push(session));
    expect([rest.length, new Set(damaged)]).toEqual([STARTS - 1, new Set([5])]);
    const message = "Cannot read session 5: a row of it is damaged; run playhead check";
    await expect(it.store.getSessions([5])).rejects.toMatchObject({ code: "session-damaged", message });
  });

  test("are found by an index in every question that a server asks while they move", async () => {
    await using it = scene();
    using client = new Database(it.path, { readonly: true });
    const questions = [
      `SELECT sid, request, openings.session FROM openings JOIN sessions ON sessions.id = openings.session
       WHERE openings.key = 'k' AND openings.rule <> 'body' ORDER BY openings.session DESC LIMIT 1`,
      "SELECT seq, sid FROM events JOIN sessions ON sessions.id = events.session WHERE seq > 5 ORDER BY seq LIMIT 5",
      "SELECT sessions.id, sid FROM heads JOIN sessions ON sessions.id = +heads.session ORDER BY sessions.id",
      "SELECT id, payload FROM sessions LEFT JOIN closes ON closes.session = sessions.id WHERE id > 5 ORDER BY id",
    ];
    for (const question of questions) {
      const plan = client.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${question}`).all();
      expect(plan.filter(({ detail }) => /SCAN (starts|text_sessions)|AUTOMATIC/.test(detail))).toEqual([]);
    }
  });
});

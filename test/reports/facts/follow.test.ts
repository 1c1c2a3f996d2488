/** Following the store: in the order of its changes, each exactly once, through late changes and erasures. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { recompute } from "../../../src/ingest/recompute.ts";
import type { Head, JournalStore } from "../../../src/store/journal.ts";
import { adding, arrivedAt } from "../../store/writes.ts";
import { settle } from "../filled-store.ts";
import { ascending, type Facts, type Scene, scene } from "./scene.ts";

/** Adds a late error to a closed session, which is then folded again. */
async function addLate(store: JournalStore, head: Head): Promise<void> {
  const error = arrivedAt(1, "error", { params: { "media.errorId": "late", "media.errorSource": "player" } });
  await store.append([adding(head, { ...error, tsMs: head.tsMaxMs - 1 })]);
  await settle(store);
}

async function expectEachOnce(facts: Facts, { stored }: Scene): Promise<void> {
  expect(await facts.sessions()).toEqual(ascending(stored()));
}

/** Dates all results by version 1 of the definitions. */
function outdate(databasePath: string): void {
  using database = new Database(databasePath);
  database.run("UPDATE results SET definitions = 1");
}

describe("facts", () => {
  test("are appended in the order of stored results, a slice at a time, each session once", async () => {
    await using it = scene();
    await using facts = await it.open();
    await it.fill(1300);
    const stored = it.stored();
    for (let level = false; !level; ) {
      ({ level } = await facts.step());
      const sessions = await facts.sessions();
      expect(sessions).toEqual(ascending(stored.slice(0, sessions.length)));
      expect(level).toBe(sessions.length === stored.length);
    }
    expect(facts.database.position.revision).toBe((await it.store.watermark()).revision);
    expect(await facts.step()).toMatchObject({ applied: 0, level: true });
    await expectEachOnce(facts, it);
  });

  test("are first built in larger steps, and a session that changes meanwhile is there once", async () => {
    await using it = scene();
    const heads = await it.fill(300);
    await using facts = await it.open();
    expect(facts.freshUntil).toBe((await it.store.watermark()).revision);
    for (const head of heads.filter(({ close }) => close).slice(0, 50)) await addLate(it.store, head);
    await facts.follow();
    await expectEachOnce(facts, it);
    const [row] = await facts.read(
      "SELECT count(*), count(DISTINCT session) FROM kept.main.errors WHERE \"media.qoe.errorID\" = 'late'",
    );
    expect(row?.map(Number)).toEqual([50, 50]);
  });

  test("take little memory for a few changes behind a checkpoint", async () => {
    await using it = scene();
    await it.fill(10, 1);
    await using facts = await it.open();
    await facts.follow();
    await facts.database.checkpoint();
    await it.fill(10, 2);
    await facts.follow();
    const [held] = await facts.read("SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory()");
    expect(held?.[0]).toBeWithin(1, 64e6);
  });

  test("go on where they were after they are reopened", async () => {
    await using it = scene();
    await it.fill(100, 1);
    {
      await using facts = await it.open();
      await facts.follow();
    }
    await it.fill(100, 2);
    await using facts = await it.open();
    expect(facts.freshUntil).toBe(0);
    const { applied } = await facts.step();
    expect(applied).toBeLessThanOrEqual(100);
    await expectEachOnce(facts, it);
  });

  test("of a session with a late event are replaced, with every row of it", async () => {
    await using it = scene();
    const heads = await it.fill(100);
    await using facts = await it.open();
    await facts.follow();
    const late = heads.filter(({ close }) => close).slice(0, 10);
    const rows = async () => {
      const all = await Promise.all(late.map(({ id }) => facts.rowsOf(id)));
      return all.map(({ sessions, ads, adBreaks, chapters, errors = 0 }) => [
        sessions,
        ads,
        adBreaks,
        chapters,
        errors,
      ]);
    };
    const before = await rows();
    for (const head of late) await addLate(it.store, head);
    await facts.follow();
    expect(await rows()).toEqual(before.map((row) => [...row.slice(0, -1), Number(row.at(-1)) + 1]));
    await expectEachOnce(facts, it);
  });

  test("stay as they are when a recompute stores the same numbers again", async () => {
    await using it = scene();
    await it.fill(700);
    await using facts = await it.open();
    await facts.follow();
    const before = await facts.read("SELECT * FROM kept.main.sessions ORDER BY session");
    const { revision } = facts.database.position;
    // A recompute leaves alone what it would not change.
    await it.change(() => outdate(it.databasePath));
    await recompute({ store: it.store, dryRun: false, nowMs: () => 0, onProgress: () => {}, isStopped: () => false });
    await facts.follow();
    expect(facts.database.position.revision).toBe(revision + it.stored().length);
    expect(await facts.read("SELECT * FROM kept.main.sessions ORDER BY session")).toEqual(before);
    await expectEachOnce(facts, it);
  });

  test("of erased sessions leave every table, among changes of other sessions", async () => {
    await using it = scene();
    const heads = await it.fill(200);
    await using facts = await it.open();
    await facts.follow();
    const closed = heads.filter(({ close }) => close);
    const erased = closed.slice(0, 20);
    const late = closed.slice(20, 40);
    for (const [at, head] of erased.entries()) {
      await it.store.erase([head], 0);
      await addLate(it.store, late[at] as Head);
    }
    const { erased: told } = await facts.step();
    expect(told).toBe(20);
    for (const { id } of erased) expect(await facts.rowsOf(id)).toEqual({});
    await expectEachOnce(facts, it);
  });

  test("of a session that reuses an erased one's number are the new session's, once", async () => {
    await using it = scene();
    await it.fill(50);
    const [first] = it.stored();
    const { revision } = await it.store.watermark();
    await it.change(() => {
      using client = new Database(it.databasePath);
      client.run("INSERT INTO erasures (revision, session, erased_at, last_seq, pending) VALUES (?, ?, 0, 0, 0)", [
        revision + 1,
        first as number,
      ]);
      client.run("UPDATE results SET revision = ? WHERE session = ?", [revision + 2, first as number]);
      client.run("UPDATE counters SET value = ? WHERE name = 'revision'", [revision + 2]);
    });
    await using facts = await it.open();
    await facts.follow();
    await expectEachOnce(facts, it);
  });

  test("and their position survive a failed step unchanged", async () => {
    await using it = scene();
    await it.fill(100);
    await using facts = await it.open();
    await facts.follow();
    const position = facts.database.position;
    const sessions = await facts.sessions();
    const failing = facts.database.advance({ ...position, revision: 10_000 }, async () => {
      await facts.read("DELETE FROM kept.main.sessions");
      throw new Error("The disk is full");
    });
    expect(failing).rejects.toThrow("The disk is full");
    await failing.catch(() => {});
    expect(facts.database.position).toEqual(position);
    expect(await facts.sessions()).toEqual(sessions);
    await it.fill(10, 2);
    await facts.follow();
    await expectEachOnce(facts, it);
  });
});

/** Commits in a thread of their own: the same store, and requests go on while the thread waits for the disk. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../../src/base/errors.ts";
import { settlePending } from "../../../src/ingest/settle.ts";
import { DamageError } from "../../../src/store/damage.ts";
import type { Head, JournalStore } from "../../../src/store/journal.ts";
import { openCommitThread } from "../../../src/store/sqlite/commit-thread.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closing, newHead, opening } from "../writes.ts";

/** A waiting batch gives up after 250 ms, SQLite's busy timeout. */
const TURNS_MIN = 20;

interface Scene extends AsyncDisposable {
  readonly path: string;
  readonly store: JournalStore;
}

function scene(): Scene {
  const directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "FULL", thread: true });
  return {
    path,
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

/** The code that some work failed with. */
function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "it did not fail",
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

/** Overwrites the first page of a table. */
function blankRoot(path: string, table: string): void {
  using client = new Database(path);
  const root = client
    .query<{ page: number; bytes: number }, [string]>(
      "SELECT rootpage AS page, page_size AS bytes FROM sqlite_schema, pragma_page_size WHERE name = ?",
    )
    .get(table);
  client.close();
  const { page = 1, bytes = 0 } = root ?? {};
  const content = readFileSync(path);
  content.fill(0xff, (page - 1) * bytes, page * bytes);
  writeFileSync(path, content);
}

describe("a commit thread", () => {
  test("stores its batches, and numbers heads once they are stored", async () => {
    await using it = scene();
    const one = newHead();
    const other = newHead();
    const play = arrivedAt(1, "play");
    const ping = arrivedAt(2, "ping", { qoeData: { "media.qoe.bitrate": 100 }, flags: ["unknown-member:x"] });
    const end = arrivedAt(3, "sessionEnd");
    const stored = it.store.append([opening(one), adding(one, play), opening(other), adding(one, ping)]);
    expect([one.id, one.seq, it.store.position()]).toEqual([0, 0, { seq: 0, session: 0 }]);
    await stored;
    expect([one.id, one.seq, other.id, other.seq]).toEqual([1, 2, 2, 0]);
    await it.store.append([closing(one, end)]);
    expect(await it.store.readEvents(one)).toEqual([play, ping, end]);
    expect(await it.store.findSession(one.sid)).toMatchObject({ id: 1, close: one.close, seq: 3 });
    expect(it.store.position()).toEqual({ seq: 3, session: 2 });
  });

  test("takes turns between batches and other writes, so that neither meets the other's lock", async () => {
    await using it = scene();
    const heads = Array.from({ length: 20 }, () => newHead());
    const opened = it.store.append(heads.map(opening));
    const written = Array.from({ length: 50 }, (_, second) => [
      it.store.append(heads.map((head) => adding(head, arrivedAt(second, "ping")))),
      it.store.saveHeads(heads),
      it.store.probe(),
    ]).flat();
    await Promise.all([opened, ...written]);
    expect(it.store.position()).toEqual({ seq: 1000, session: 20 });
    expect((await it.store.readEvents(heads[0] as (typeof heads)[number])).length).toBe(50);
  });

  test("leaves heads and numbers as they were when a batch fails, and goes on", async () => {
    await using it = scene();
    const head = newHead();
    await it.store.append([opening(head)]);
    const failed = it.store.append([adding(head, arrivedAt(1, "ping")), opening({ ...newHead(), sid: head.sid })]);
    const error = await failed.catch((each: unknown) => each);
    expect([error instanceof Error, error instanceof AppError]).toEqual([true, false]);
    expect(String(error)).toContain("UNIQUE constraint failed: index 'starts_sid'");
    expect([head.seq, it.store.position()]).toEqual([0, { seq: 0, session: 1 }]);
    await it.store.append([adding(head, arrivedAt(2, "ping"))]);
    expect(await it.store.readEvents(head)).toEqual([arrivedAt(2, "ping")]);
  });

  test("tells that it is done without a turn of the event loop", async () => {
    await using it = scene();
    const head = newHead();
    await it.store.append([opening(head)]);
    let turned = false;
    const stored = it.store.append([adding(head, arrivedAt(1, "ping"))]);
    setImmediate(() => {
      turned = true;
    });
    // The batch is under way after the microtasks; from then on this blocks the event loop.
    await Promise.resolve();
    const untilMs = performance.now() + 500;
    while (performance.now() < untilMs) it.store.noticeAppended?.();
    await stored;
    expect([turned, head.seq]).toEqual([false, 1]);
    await it.store.append([adding(head, arrivedAt(2, "ping"))]);
    expect(await it.store.readEvents(head)).toEqual([arrivedAt(1, "ping"), arrivedAt(2, "ping")]);
  });

  test.each<[string, (store: JournalStore, head: Head) => Promise<unknown>]>([
    ["events", (store, head) => store.append([adding(head, arrivedAt(1, "ping"))])],
    ["heads", (store, head) => store.saveHeads([head])],
    ["a checkpoint", (store) => store.finishCheckpoint(store.position())],
    ["a named token", (store) => store.addToken({ name: "a", hash: "h", readOnly: true, createdAtMs: 1 })],
  ])(
    "waits with %s for another process's lock while this thread goes on, and says when it gave up",
    async (_, write) => {
      await using it = scene();
      const head = newHead();
      await it.store.append([opening(head)]);
      using another = new Database(it.path);
      another.run("BEGIN IMMEDIATE");
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      }, 1);
      expect(await codeOf(write(it.store, head))).toBe("overloaded");
      clearInterval(timer);
      expect(turns).toBeGreaterThan(TURNS_MIN);
      another.run("ROLLBACK");
      await it.store.append([adding(head, arrivedAt(2, "ping"))]);
      expect(head.seq).toBe(1);
    },
  );

  test("tells damage that it meets from a failure of the medium, and stores nothing of that batch", async () => {
    using directory = tempDir();
    const path = join(directory.path, "playhead.db");
    const head = newHead();
    const before = openSqliteStore({ path, synchronous: "NORMAL" });
    await before.append([opening(head), closing(head, arrivedAt(1, "sessionEnd"))]);
    await before.close();
    blankRoot(path, "ads");
    const store = openSqliteStore({ path, synchronous: "NORMAL", thread: true });
    try {
      const failed: unknown[] = [];
      const onFailure = (_: unknown, error: unknown) => failed.push(error);
      await settlePending({ store, elapsedMs: () => 0, steadyMs: () => 0, onFailure });
      expect(failed).toMatchObject([{ code: "session-damaged" }]);
      expect(failed[0]).toBeInstanceOf(DamageError);
      expect(await store.findSession(head.sid)).toMatchObject({ id: head.id, foldFailure: "damaged" });
    } finally {
      await store.close();
    }
  });

  test("fails with the store's own error where there is no database", async () => {
    using directory = tempDir();
    const path = join(directory.path, "playhead.db");
    writeFileSync(path, "no database ".repeat(1000));
    const committer = openCommitThread({ path, synchronous: "FULL" }, []);
    expect(await codeOf(committer.commit([]))).toBe("store-failed");
    await committer.close();
  });
});

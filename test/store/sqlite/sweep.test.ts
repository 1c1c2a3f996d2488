/** Sweeping: no byte of any file still holds erased data, and the rest is unchanged. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalStore } from "../../../src/store/journal.ts";
import { isBlank, slackOf } from "../../../src/store/sqlite/slack.ts";
import { openSqliteStore, openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { Sweeper } from "../../../src/store/sqlite/sweep.ts";
import { type SweepStep, takeSweepStep } from "../../../src/store/sqlite/sweep-step.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import { filesWith } from "../../support/bytes.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { newHead, opening } from "../writes.ts";
import { eraseVisitor, fold, markOf, storeSessions, type VisitorSession } from "./household.ts";

const PAGE_BYTES = 512;
const VISITORS = 20;
const SESSIONS = 300;
const ERASED = Array.from({ length: VISITORS / 2 }, (_, visitor) => visitor);
const KEPT = ERASED.map((visitor) => visitor + VISITORS / 2);

interface Scene extends AsyncDisposable {
  readonly directory: string;
  readonly path: string;
  readonly store: JournalStore;
  readonly sessions: readonly VisitorSession[];
  /** The listed visitors that any byte of any file still names. */
  traced(visitors: readonly number[]): number[];
}

async function scene(): Promise<Scene> {
  const directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "NORMAL" });
  const sessions = await storeSessions(store, { visitors: VISITORS, sessions: SESSIONS });
  const traced = (visitors: readonly number[]) =>
    visitors.filter((visitor) => filesWith(directory.path, markOf(visitor)).length > 0);
  return {
    directory: directory.path,
    path,
    store,
    sessions,
    traced,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

function check(path: string): unknown {
  using reader = new Database(path, { readonly: true });
  return reader.query("PRAGMA integrity_check").values();
}

/** Every session of these visitors, with its events and rows. */
async function contentsOf(store: StoreReader, sessions: readonly VisitorSession[], visitors: readonly number[]) {
  const own = sessions.filter(({ visitor }) => visitors.includes(visitor)).map(({ head }) => head);
  const ids = own.map(({ id }) => id);
  return {
    sessions: await store.getSessions(ids),
    folds: [...(await store.readFolds(ids))],
    events: await Promise.all(own.map((head) => store.readEvents(head))),
  };
}

describe("a sweep", () => {
  test("removes the last traces of erased visitors, which deleting leaves, and nothing else", async () => {
    await using it = await scene();
    const before = await contentsOf(it.store, it.sessions, KEPT);
    expect(before.folds.length).toBeGreaterThan(100);
    for (const visitor of ERASED) await eraseVisitor(it.store, it.sessions, visitor);
    using other = new Database(it.path);
    other.run("PRAGMA wal_checkpoint(TRUNCATE)");
    // Without copies this test would prove nothing: SQLite has moved cells, and left copies behind.
    expect(it.traced(ERASED)).not.toEqual([]);
    expect(await it.store.sweep(() => false)).toBe(true);
    expect(it.traced(ERASED)).toEqual([]);
    expect(it.traced(KEPT)).toEqual(KEPT);
    expect(await contentsOf(it.store, it.sessions, KEPT)).toEqual(before);
    expect(check(it.path)).toEqual([["ok"]]);
  });

  test("lasts: a connection's cached pages do not come back with its next writes", async () => {
    await using it = await scene();
    for (const visitor of ERASED) await eraseVisitor(it.store, it.sessions, visitor);
    const kept = it.sessions.filter(({ visitor }) => KEPT.includes(visitor)).map(({ head }) => head);
    const sweeping = it.store.sweep(() => false);
    // While the sweep looks for pages, the writer caches those that it will write to.
    await it.store.readFolds(kept.map(({ id }) => id));
    expect(await sweeping).toBe(true);
    for (const head of kept) if (head.close) await fold(it.store, head);
    // Neither the log nor the file holds a trace.
    expect(it.traced(ERASED)).toEqual([]);
    expect(check(it.path)).toEqual([["ok"]]);
  });

  test("has nothing to do without removed rows", async () => {
    await using it = await scene();
    const log = () => statSync(`${it.path}-wal`).size;
    const before = log();
    expect(before).toBeGreaterThan(0);
    expect(await it.store.sweep(() => false)).toBe(true);
    expect(log()).toBe(before);
  });

  test("gives way to a reader of the log without waiting for it, and can be repeated", async () => {
    await using it = await scene();
    for (const visitor of ERASED) await eraseVisitor(it.store, it.sessions, visitor);
    using reader = new Database(it.path, { readonly: true });
    reader.run("BEGIN");
    reader.query("SELECT count(*) FROM sessions").get();
    await it.store.append([opening(newHead())]);
    const sinceMs = performance.now();
    expect(await it.store.sweep(() => false)).toBe(false);
    expect(performance.now() - sinceMs).toBeLessThan(200);
    expect(it.traced(ERASED)).not.toEqual([]);
    reader.run("COMMIT");
    expect(await it.store.sweep(() => false)).toBe(true);
    expect(it.traced(ERASED)).toEqual([]);
  });

  test("takes no other failure for a reader of the log", async () => {
    await using it = await scene();
    const path = join(it.directory, "nonsense.db");
    writeFileSync(path, Buffer.alloc(2 * PAGE_BYTES, 0x5a));
    using sweeper = new Sweeper(it.path);
    using client = new Database(it.path);
    const take = async (step: SweepStep) => takeSweepStep({ path, synchronous: "NORMAL" }, step);
    const swept = sweeper.sweep(client, take, () => false);
    await expect(swept).rejects.toMatchObject({ code: "store-failed" });
  });

  test("stays due for a later process", async () => {
    await using it = await scene();
    for (const visitor of ERASED) await eraseVisitor(it.store, it.sessions, visitor);
    expect(await it.store.sweep(() => true)).toBe(false);
    await it.store.close();
    expect(it.traced(ERASED)).not.toEqual([]);
    const later = openSqliteStore({ path: it.path, synchronous: "NORMAL" });
    expect(await later.sweep(() => false)).toBe(true);
    expect(it.traced(ERASED)).toEqual([]);
    await later.close();
  });

  test("changes no page for concurrent readers", async () => {
    await using it = await scene();
    const reader = openSqliteStoreForReading({ path: it.path, synchronous: "NORMAL" });
    for (const visitor of ERASED) await eraseVisitor(it.store, it.sessions, visitor);
    const before = await contentsOf(reader, it.sessions, KEPT);
    const sweeping = it.store.sweep(() => false);
    for (let round = 0; round < 5; round += 1) {
      expect(await contentsOf(reader, it.sessions, KEPT)).toEqual(before);
      await Bun.sleep(1);
    }
    expect(await sweeping).toBe(true);
    expect(await contentsOf(reader, it.sessions, KEPT)).toEqual(before);
    await reader.close();
  });
});

describe("the slack of a page", () => {
  /** A table's leaf page with 10-byte cells at its end. */
  function leaf(cells: number): Buffer {
    const page = Buffer.alloc(PAGE_BYTES, 0x55);
    const contentAt = PAGE_BYTES - cells * 10;
    Buffer.from([13, 0, 0, 0, cells, contentAt >> 8, contentAt & 0xff, 0]).copy(page);
    for (let cell = 0; cell < cells; cell += 1) page.writeUInt16BE(PAGE_BYTES - (cell + 1) * 10, 8 + cell * 2);
    return page;
  }

  test("is the part between its pointers and its cells", () => {
    expect(slackOf(leaf(3), 2)).toEqual({ from: 14, to: PAGE_BYTES - 30 });
    expect(slackOf(leaf(0), 2)).toEqual({ from: 8, to: PAGE_BYTES });
    const interior = leaf(0);
    interior[0] = 5;
    expect(slackOf(interior, 2)).toEqual({ from: 12, to: PAGE_BYTES });
  });

  test("of the first page comes after the file's header", () => {
    const first = Buffer.concat([Buffer.alloc(100), leaf(0)]).subarray(0, PAGE_BYTES);
    expect(slackOf(first, 1)).toEqual({ from: 108, to: PAGE_BYTES });
  });

  const damaged: readonly (readonly [string, (page: Buffer) => unknown])[] = [
    ["of another kind", (page) => page.writeUInt8(0, 0)],
    ["whose cells begin behind its end", (page) => page.writeUInt16BE(PAGE_BYTES + 1, 5)],
    ["whose cells begin in its pointers", (page) => page.writeUInt16BE(10, 5)],
    ["with more pointers than it has room for", (page) => page.writeUInt16BE(400, 3)],
    ["with a cell in its slack", (page) => page.writeUInt16BE(100, 8)],
    ["with a free block in its slack", (page) => page.writeUInt16BE(100, 1)],
  ];
  for (const [name, damage] of damaged) {
    test(`is left alone on a page ${name}`, () => {
      const page = leaf(3);
      damage(page);
      expect(slackOf(page, 2)).toBeUndefined();
    });
  }

  test("is blank only when every byte is", () => {
    const page = Buffer.alloc(PAGE_BYTES);
    expect(isBlank(page, { from: 8, to: PAGE_BYTES })).toBe(true);
    page[PAGE_BYTES - 1] = 1;
    expect(isBlank(page, { from: 8, to: PAGE_BYTES })).toBe(false);
    expect(isBlank(page, { from: 8, to: PAGE_BYTES - 1 })).toBe(true);
    expect(isBlank(page, { from: 8, to: 8 })).toBe(true);
  });
});

/** A log beside a database: replayed after a kill, and never into the database of another server. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalStore } from "../../../src/store/journal.ts";
import { openSqliteStore, openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { newHead, opening } from "../writes.ts";
import { eraseVisitor, storeSessions } from "./household.ts";

const LOG = "-wal";
const WHOLE = ["", LOG];
/** So many sessions that the database grows: its first page is in the log then. */
const GROWING = 100;

/** Two servers' databases, and a place to copy files to. */
function scene() {
  const directory = tempDir();
  const at = (name: string) => join(directory.path, name);
  const open = (name: string) => openSqliteStore({ path: at(name), synchronous: "NORMAL" });
  return {
    at,
    open,
    /** Copies what a kill at this moment would leave. */
    copy: (from: string, to: string, endings = WHOLE) => {
      for (const ending of endings) copyFileSync(at(from + ending), at(to + ending));
    },
    contentsOf: (name: string) => WHOLE.map((ending) => readFileSync(at(name + ending)).toString("base64")),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

async function fill(store: JournalStore, sessions: number): Promise<void> {
  for (let opened = 0; opened < sessions; opened += 1) await store.append([opening(newHead())]);
}

async function countIn(store: JournalStore): Promise<number> {
  return (await store.readExtent()).sessions;
}

/** How many sessions a copy has that is made of a killed server's files, its log included. */
async function countInCopy(it: ReturnType<typeof scene>, killed: JournalStore): Promise<number> {
  it.copy("killed", "copy");
  await killed.close();
  const copy = it.open("copy");
  const count = await countIn(copy);
  await copy.close();
  return count;
}

/** What a server did to its log before it was killed. */
const PASTS: Readonly<Record<string, (store: JournalStore, path: string) => Promise<void>>> = {
  "is new": async () => {},
  "was begun again": async (_, path) => {
    using other = new Database(path);
    other.run("PRAGMA wal_checkpoint(RESTART)");
  },
  "was emptied by a sweep": async (store) => {
    const sessions = await storeSessions(store, { visitors: 2, sessions: 4 });
    await eraseVisitor(store, sessions, 0);
    expect(await store.sweep(() => false)).toBe(true);
  },
};

/** Has a database lose its mark, as one of an earlier version has none; what follows is in a log without a mark. */
function unmark(path: string): void {
  using other = new Database(path);
  other.run("PRAGMA application_id = 0");
  other.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Stores some rows in a database of another program, whose log stays. */
function fillOther(path: string): Disposable {
  const other = new Database(path);
  other.run("PRAGMA page_size = 4096");
  other.run("PRAGMA journal_mode = WAL");
  other.run("CREATE TABLE others (value)");
  other.run("PRAGMA wal_checkpoint(RESTART)");
  other.run("INSERT INTO others VALUES (1)");
  return other;
}

function expectRefused({ at, contentsOf }: ReturnType<typeof scene>, name: string): void {
  const before = contentsOf(name);
  for (const open of [openSqliteStore, openSqliteStoreForReading]) {
    expect(() => open({ path: at(name), synchronous: "NORMAL" })).toThrow("is the log of another database");
  }
  expect(contentsOf(name)).toEqual(before);
}

describe("a copied database", () => {
  for (const [past, act] of Object.entries(PASTS)) {
    test(`beside another server's log, which ${past}, is refused, and neither file changes`, async () => {
      using it = scene();
      const killed = it.open("killed");
      await fill(killed, 20);
      await act(killed, it.at("killed"));
      await fill(killed, 1);
      it.copy("killed", "copy");
      await killed.close();
      const stopped = it.open("stopped");
      await fill(stopped, 20);
      await stopped.close();
      it.copy("stopped", "copy", [""]);
      expectRefused(it, "copy");
    });

    test(`with its own log, which ${past}, has what was stored until the kill`, async () => {
      using it = scene();
      const killed = it.open("killed");
      await fill(killed, 20);
      await act(killed, it.at("killed"));
      await fill(killed, 1);
      const stored = await countIn(killed);
      expect(await countInCopy(it, killed)).toBe(stored);
    });
  }

  test("beside the log of an earlier version's database is refused", async () => {
    using it = scene();
    const killed = it.open("killed");
    unmark(it.at("killed"));
    await fill(killed, GROWING);
    it.copy("killed", "copy");
    await killed.close();
    const stopped = it.open("stopped");
    await stopped.close();
    it.copy("stopped", "copy", [""]);
    expectRefused(it, "copy");
  });

  test("of an earlier version, with its own log, has what was stored until the kill", async () => {
    using it = scene();
    const killed = it.open("killed");
    unmark(it.at("killed"));
    await fill(killed, GROWING);
    expect(await countInCopy(it, killed)).toBe(GROWING);
  });

  test("of an earlier version beside another program's log is refused", async () => {
    using it = scene();
    const stopped = it.open("stopped");
    unmark(it.at("stopped"));
    await stopped.close();
    using _ = fillOther(it.at("other"));
    it.copy("stopped", "copy", [""]);
    it.copy("other", "copy", [LOG]);
    expectRefused(it, "copy");
  });
});

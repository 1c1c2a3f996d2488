/** A backup: one moment of the database, whole, another database than its original, and refused when it is not whole. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { closeSync, copyFileSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { backupBytes, backupDatabase } from "../../../src/store/sqlite/backup.ts";
import { salvageDatabase } from "../../../src/store/sqlite/salvage.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { codeOf } from "../../support/code-of.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closing, NOW_MS, newHead, opening } from "../writes.ts";

const SESSIONS = 50;

async function withDatabase(work: (source: string, target: string, directory: string) => Promise<void>): Promise<void> {
  using directory = tempDir();
  const source = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path: source, synchronous: "FULL" });
  try {
    for (let count = 0; count < SESSIONS; count += 1) {
      const head = newHead(NOW_MS + count);
      await store.append([opening(head), adding(head, arrivedAt(1, "play"), arrivedAt(2, "ping"))]);
      if (count % 2 === 0) await store.append([closing(head, arrivedAt(3, "sessionEnd"))]);
    }
    const target = join(directory.path, "copy");
    closeSync(openSync(target, "wx", 0o600));
    await work(source, target, directory.path);
  } finally {
    await store.close();
  }
}

/** Where a table begins in a file. */
function pageOf(path: string, table: string): { rootpage: number; size: number } {
  using database = new Database(path, { readonly: true });
  const row = database
    .query<{ rootpage: number; size: number }, [string]>(
      "SELECT rootpage, page_size AS size FROM sqlite_schema, pragma_page_size WHERE name = ?",
    )
    .get(table);
  if (!row) throw new Error(`There is no table ${table}`);
  return row;
}

describe("a backup", () => {
  test("is a database with the same rows and hash key, and another lineage, as one file of its owner's", () =>
    withDatabase(async (source, target, directory) => {
      const summary = backupDatabase({ source, target });
      expect(summary).toEqual({ sessions: SESSIONS, events: SESSIONS * 3.5, bytes: statSync(target).size });
      expect(readdirSync(directory).filter((name) => name.startsWith("copy"))).toEqual(["copy"]);
      expect(statSync(target).mode & 0o777).toBe(0o600);
      expect(backupBytes(source)).toBe(summary.bytes);
      const original = openSqliteStore({ path: source, synchronous: "FULL" });
      const copy = openSqliteStore({ path: target, synchronous: "FULL" });
      for (const query of [{ limit: 1000 }])
        expect(await copy.listSessions(query)).toEqual(await original.listSessions(query));
      expect((await copy.restoreHeads()).heads).toEqual((await original.restoreHeads()).heads);
      const from = await original.readExtent();
      const to = await copy.readExtent();
      expect(to).toEqual(from);
      for (const after of [from.first, `${from.sessions}.0`]) {
        const all = { after, until: from.last, limit: 1000 };
        expect(await copy.readLog(all)).toEqual(await original.readLog(all));
      }
      expect(await copy.hashKey()).toEqual(await original.hashKey());
      const before = await original.watermark();
      const after = await copy.watermark();
      expect(after.revision).toBe(before.revision);
      expect(after.lineage).not.toBe(before.lineage);
      await copy.close();
      await original.close();
    }));

  test("changes nothing in the original", () =>
    withDatabase(async (source, target) => {
      using reader = new Database(source, { readonly: true });
      const versionOf = () => reader.query("PRAGMA data_version").values();
      const before = versionOf();
      backupDatabase({ source, target });
      expect(versionOf()).toEqual(before);
    }));

  test("of a damaged database is refused", () =>
    withDatabase(async (source, target, directory) => {
      const damaged = join(directory, "damaged.db");
      expect(backupDatabase({ source, target })).toMatchObject({ sessions: SESSIONS });
      copyFileSync(target, damaged);
      const { rootpage, size } = pageOf(damaged, "events");
      const file = openSync(damaged, "r+");
      // Where the page says what it is.
      writeSync(file, new Uint8Array(8).fill(0x7f), 0, 8, (rootpage - 1) * size);
      closeSync(file);
      const second = join(directory, "second");
      closeSync(openSync(second, "wx", 0o600));
      expect(codeOf(() => backupDatabase({ source: damaged, target: second }))).toBe("backup-failed");
    }));

  test("of another version's database is refused", () =>
    withDatabase(async (source, target) => {
      using database = new Database(source);
      database.run("INSERT INTO migrations (tag, sha256) VALUES ('9999_future', 'x')");
      expect(codeOf(() => backupDatabase({ source, target }))).toBe("database-newer");
    }));

  test("of an older version's database says what to do first, to salvage it too", () =>
    withDatabase(async (source, target) => {
      using database = new Database(source);
      database.run("DELETE FROM migrations WHERE tag = (SELECT max(tag) FROM migrations)");
      expect(codeOf(() => backupDatabase({ source, target }))).toBe("database-outdated");
      expect(codeOf(() => salvageDatabase(source, target))).toBe("database-outdated");
    }));

  test("of a database whose record of migrations is damaged can be salvaged", () =>
    withDatabase(async (source, target) => {
      using database = new Database(source);
      database.run("UPDATE migrations SET sha256 = 'x' WHERE tag = (SELECT max(tag) FROM migrations)");
      expect(codeOf(() => backupDatabase({ source, target }))).toBe("database-drifted");
      expect(salvageDatabase(source, target).sessions).toBe(SESSIONS);
    }));

  test("never goes over a file that has something in it", () =>
    withDatabase(async (source, target) => {
      await Bun.write(target, "mine");
      expect(codeOf(() => backupDatabase({ source, target }))).toBe("backup-failed");
      expect(await Bun.file(target).text()).toBe("mine");
    }));
});

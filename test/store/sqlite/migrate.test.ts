/** Migrations: all or none, never backwards, and the embedded list is the folder's. */

import type { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { foldSession } from "../../../src/sessions/fold.ts";
import { migrate } from "../../../src/store/sqlite/migrate.ts";
import { MIGRATIONS, type Migration } from "../../../src/store/sqlite/migrations.ts";
import { openDatabase } from "../../../src/store/sqlite/open.ts";
import * as schema from "../../../src/store/sqlite/schema.ts";
import { migrateDatabase, openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { codeOf } from "../../support/code-of.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, newHead, opening } from "../writes.ts";

const ROOT = join(import.meta.dir, "../../..");
const SOURCE = join(ROOT, "src/store/sqlite");
const FOLDER = join(SOURCE, "migrations");
const TAGS = MIGRATIONS.map(({ tag }) => tag);
const NEXT: Migration = { tag: "9999_next", sql: "CREATE TABLE next (id INTEGER PRIMARY KEY) STRICT" };

interface Scene extends Disposable {
  readonly path: string;
  readonly client: Database;
}

/** An open database in a directory of its own, without any table. */
function emptyDatabase(): Scene {
  const directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const client = openDatabase({ path, synchronous: "FULL" });
  const dispose = () => {
    client.close();
    directory[Symbol.dispose]();
  };
  return { path, client, [Symbol.dispose]: dispose };
}

/** Everything in a database: its schema and every row. */
function contentsOf(client: Database): unknown {
  const tables = client.query<{ name: string; sql: string }, []>("SELECT name, sql FROM sqlite_schema ORDER BY name");
  return tables.all().map(({ name, sql }) => [sql, sql?.startsWith("CREATE TABLE") ? rowsOf(client, name) : null]);
}

/** The tables that hold what there is to keep. */
function tablesOf(client: Database): string[] {
  const tables = client.query<{ name: string }, []>(
    `SELECT name FROM pragma_table_list
     WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'`,
  );
  return tables.all().map(({ name }) => name);
}

/** What a row has in columns of a type; a text where it isn't said. */
const VALUES: Readonly<Record<string, (at: number) => number | Uint8Array>> = {
  INTEGER: (at) => at,
  REAL: (at) => at / 2,
  BLOB: (at) => new Uint8Array(32).fill(at),
};

/** Writes three rows into every table, whatever its columns are. */
function fill(client: Database): void {
  for (const table of tablesOf(client)) {
    const columns = client.query<{ type: string }, [string]>("SELECT type FROM pragma_table_info(?)").all(table);
    for (const at of [1, 2, 3]) {
      const values = columns.map(({ type }) => VALUES[type]?.(at) ?? `{"row":${at}}`);
      client.run(`INSERT INTO "${table}" VALUES (${columns.map(() => "?").join(", ")})`, values);
    }
  }
}

/** The rows of every table that has some, by column. */
function filledRows(client: Database): Map<string, object[]> {
  const rows = tablesOf(client).map(
    (table) => [table, client.query<object, []>(`SELECT * FROM "${table}"`).all()] as const,
  );
  return new Map(rows.filter(([, each]) => each.length > 0));
}

/** Does something with a database that others have written and closed, and tells whether its file is as it was. */
function isUntouchedBy(migrations: readonly Migration[], work: (path: string) => void): boolean {
  using directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const client = openDatabase({ path, synchronous: "FULL" });
  migrate(client, migrations);
  fill(client);
  client.close();
  const before = readFileSync(path);
  const files = readdirSync(directory.path);
  work(path);
  expect(readdirSync(directory.path)).toEqual(files);
  return readFileSync(path).equals(before);
}

function rowsOf(client: Database, table: string): unknown[] {
  return client.query<never, []>(`SELECT * FROM "${table}"`).values();
}

describe("a fresh database", () => {
  test("gets every migration, and a second run applies nothing", () => {
    using scene = emptyDatabase();
    expect(migrate(scene.client)).toEqual(TAGS);
    const before = contentsOf(scene.client);
    expect(migrate(scene.client)).toEqual([]);
    expect(contentsOf(scene.client)).toEqual(before);
  });

  test("has STRICT tables only", () => {
    using scene = emptyDatabase();
    migrate(scene.client);
    const tables = scene.client
      .query<{ name: string; strict: number }, []>(
        `SELECT name, strict FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
      )
      .all();
    const known = Object.values(schema).filter((each) => is(each, SQLiteTable));
    expect(tables.map(({ name }) => name)).toEqual([...known.map(getTableName), "migrations"].toSorted());
    expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
  });

  test("has no second index on the log of events", () => {
    using scene = emptyDatabase();
    migrate(scene.client);
    expect(scene.client.query("SELECT name FROM pragma_index_list('events')").all()).toEqual([]);
  });

  test("is migrated without a store by migrateDatabase, which lets go of it", () => {
    using directory = tempDir();
    const options = { path: join(directory.path, "playhead.db"), synchronous: "FULL" as const };
    expect(migrateDatabase(options)).toEqual(TAGS);
    expect(migrateDatabase(options)).toEqual([]);
  });
});

describe("a database of another version", () => {
  for (const [at, { tag }] of MIGRATIONS.entries()) {
    test(`as it was behind ${tag} gets what is new, and keeps every row of every table`, () => {
      using scene = emptyDatabase();
      migrate(scene.client, MIGRATIONS.slice(0, at + 1));
      fill(scene.client);
      const filled = filledRows(scene.client);
      expect(filled.size).toBeGreaterThan(5);
      expect(migrate(scene.client, [...MIGRATIONS, NEXT])).toEqual([...TAGS.slice(at + 1), NEXT.tag]);
      const after = filledRows(scene.client);
      // A server moves the starts of version 0.1, which until then are in a table of another name.
      const nameOf = (table: string) => (table === "sessions" ? "text_sessions" : table);
      for (const [table, rows] of filled) expect(after.get(nameOf(table))).toMatchObject(rows);
    });
  }

  test("from before results were dated tells their close, and a close without one is counted from 0", async () => {
    using directory = tempDir();
    const options = { path: join(directory.path, "playhead.db"), synchronous: "FULL" as const };
    const before = MIGRATIONS.findIndex(({ tag }) => tag.endsWith("_changes"));
    const client = openDatabase(options);
    migrate(client, MIGRATIONS.slice(0, before));
    for (const [id, pending] of [
      [1, 0],
      [2, 1],
      [3, 1],
    ] as const) {
      client.run(`INSERT INTO sessions VALUES (${id}, '${id}', 5, 5, 5, 0, 0, '{}', NULL)`);
      client.run(`INSERT INTO closes (session, reason, closed_at, end_ts, last_seq, pending)
        VALUES (${id}, 'session-end', 9000, 9, 0, ${pending})`);
    }
    // The third had numbers, until a late event.
    for (const id of [1, 3]) client.run(`INSERT INTO results VALUES (${id}, ${id}, 1, '{}', NULL, '[]', '[]')`);
    client.run("UPDATE counters SET value = 3 WHERE name = 'revision'");
    client.close();
    const store = openSqliteStore(options);
    const results = (await store.getSessions([1, 2, 3])).map(({ result }) => result);
    const told = { edition: 1, changedAtMs: 9000 };
    expect(results).toEqual([expect.objectContaining(told), undefined, expect.objectContaining(told)]);
    const folded = foldSession([arrivedAt(0, "sessionStart")], { closed: true });
    const settled = [1, 2, 3].map((session) => ({ session, seq: 0, definitions: 1, folded }));
    await store.saveResults(settled, 12_000);
    const editions = (await store.getSessions([1, 2, 3])).map(({ result }) => [result?.edition, result?.changedAtMs]);
    expect(editions).toEqual([
      [2, 12_000],
      [1, 12_000],
      [2, 12_000],
    ]);
    const changes = await store.listSettled({ afterRevision: 3, limit: 9 });
    // The first has no new event.
    expect(changes.map(({ eventsRevision }) => eventsRevision)).toEqual([1, 5, 6]);
    await store.close();
  });

  test("that is older gets what is new, and keeps its rows", async () => {
    using directory = tempDir();
    const options = { path: join(directory.path, "playhead.db"), synchronous: "FULL" as const };
    const store = openSqliteStore(options);
    const head = newHead();
    await store.append([opening(head)]);
    await store.close();
    const client = openDatabase(options);
    expect(migrate(client, [...MIGRATIONS, NEXT])).toEqual([NEXT.tag]);
    expect(client.query("SELECT sid FROM sessions").all()).toEqual([{ sid: head.sid }]);
    client.close();
  });

  test("gets the sizes of open sessions, up to the checkpoint and behind it", async () => {
    using directory = tempDir();
    const options = { path: join(directory.path, "playhead.db"), synchronous: "FULL" as const };
    const store = openSqliteStore(options);
    const heads = [newHead(), newHead()];
    await store.append(heads.map(opening));
    const say = (second: number) =>
      store.append(heads.map((head) => adding(head, arrivedAt(second, "ping", { qoeData: { "media.name": "é" } }))));
    await say(1);
    await say(2);
    await store.saveHeads(heads);
    await store.finishCheckpoint(store.position());
    await say(3);
    await store.close();
    const client = openDatabase(options);
    for (const table of ["heads", "closes"]) {
      for (const column of ["events", "bytes"]) client.run(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    }
    client.run("DELETE FROM migrations WHERE tag = '0001_session-size'");
    expect(migrate(client)).toContain("0001_session-size");
    client.close();
    const reopened = openSqliteStore(options);
    const restored = (await reopened.restoreHeads()).heads.map(({ events, bytes }) => ({ events, bytes }));
    expect(restored).toEqual(heads.map(({ events, bytes }) => ({ events, bytes })));
    expect(restored[0]?.events).toBe(4);
    await reopened.close();
  });

  test("that is newer is refused by name, with its data untouched", () => {
    using scene = emptyDatabase();
    migrate(scene.client, [...MIGRATIONS, NEXT]);
    scene.client.run("INSERT INTO next VALUES (7)");
    const before = contentsOf(scene.client);
    expect(() => migrate(scene.client)).toThrow(/"9999_next".* of a newer version/);
    expect(codeOf(() => migrate(scene.client))).toBe("database-newer");
    expect(codeOf(() => openSqliteStore({ path: scene.path, synchronous: "FULL" }))).toBe("database-newer");
    expect(contentsOf(scene.client)).toEqual(before);
  });

  test("that is newer has its file left as it is, byte for byte", () => {
    const refused = (path: string) =>
      expect(codeOf(() => openSqliteStore({ path, synchronous: "FULL" }))).toBe("database-newer");
    expect(isUntouchedBy([...MIGRATIONS, NEXT], refused)).toBe(true);
    // It would be noticed: one without any table is migrated.
    expect(isUntouchedBy([], (path) => migrateDatabase({ path, synchronous: "FULL" }))).toBe(false);
  });

  test("whose migration had another text is refused by name", () => {
    using scene = emptyDatabase();
    migrate(scene.client, [...MIGRATIONS, NEXT]);
    const before = contentsOf(scene.client);
    const drifted = [...MIGRATIONS, { ...NEXT, sql: `${NEXT.sql} -- another comment` }];
    expect(() => migrate(scene.client, drifted)).toThrow(/"9999_next"/);
    expect(codeOf(() => migrate(scene.client, drifted))).toBe("database-drifted");
    expect(contentsOf(scene.client)).toEqual(before);
  });
});

describe("a failing migration", () => {
  const failing: Migration = {
    tag: "9999_failing",
    sql: "CREATE TABLE half (id INTEGER) STRICT;\n--> statement-breakpoint\nCREATE TABLE sessions (id INTEGER) STRICT",
  };

  test("leaves nothing of itself, nor of those that went before it in the same run", () => {
    using scene = emptyDatabase();
    expect(() => migrate(scene.client, [...MIGRATIONS, NEXT, failing])).toThrow(/already exists/);
    expect(scene.client.inTransaction).toBe(false);
    expect(contentsOf(scene.client)).toEqual([]);
  });

  test("leaves an earlier file as it was, byte for byte", () => {
    const isUntouched = isUntouchedBy(MIGRATIONS, (path) => {
      const client = openDatabase({ path, synchronous: "FULL" });
      expect(() => migrate(client, [...MIGRATIONS, NEXT, failing])).toThrow(/already exists/);
      client.close();
    });
    expect(isUntouched).toBe(true);
  });

  test("leaves an earlier database as it was, which the earlier version still opens", () => {
    using scene = emptyDatabase();
    migrate(scene.client);
    const before = contentsOf(scene.client);
    expect(() => migrate(scene.client, [...MIGRATIONS, failing])).toThrow(/already exists/);
    expect(contentsOf(scene.client)).toEqual(before);
    expect(migrate(scene.client)).toEqual([]);
  });
});

describe("the embedded migrations", () => {
  test("are the folder's files, to the byte", () => {
    const files = readdirSync(FOLDER)
      .filter((name) => name.endsWith(".sql"))
      .toSorted();
    expect(MIGRATIONS).toEqual(
      files.map((name) => ({ tag: name.slice(0, -".sql".length), sql: readFileSync(join(FOLDER, name), "utf8") })),
    );
  });

  test("are drizzle's journal, in its order", () => {
    const { entries } = JSON.parse(readFileSync(join(FOLDER, "meta/_journal.json"), "utf8")) as {
      entries: readonly { idx: number; tag: string }[];
    };
    expect(entries.map(({ tag }) => tag)).toEqual(TAGS);
    expect(entries.map(({ idx }) => idx)).toEqual(TAGS.map((_, index) => index));
  });

  test("are what drizzle-kit makes of the schema: it finds nothing to add", async () => {
    using directory = tempDir();
    const out = join(directory.path, "migrations");
    cpSync(FOLDER, out, { recursive: true });
    // drizzle-kit takes its folder relative to the current one only.
    const kit = Bun.spawn(
      [process.execPath, "node_modules/drizzle-kit/bin.cjs", "generate", "--dialect", "sqlite"].concat(
        ["--schema", "./src/store/sqlite/schema.ts"],
        ["--out", relative(ROOT, out)],
      ),
      { cwd: ROOT, stdout: "pipe", stderr: "pipe" },
    );
    const said = await kit.stdout.text();
    const code = await kit.exited;
    expect(code).toBe(0);
    expect(said).toContain("No schema changes, nothing to migrate");
    expect(readdirSync(out).toSorted()).toEqual(readdirSync(FOLDER).toSorted());
  });
});

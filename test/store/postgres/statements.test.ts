/** How the statements run: by key whatever the statistics say, and on a schema that is what its migrations make. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { SQL } from "bun";
import { SharedNews } from "../../../src/app/shared-news.ts";
import { PostgresClient } from "../../../src/store/postgres/client.ts";
import { migratePostgres } from "../../../src/store/postgres/migrate.ts";
import { POSTGRES_MIGRATIONS } from "../../../src/store/postgres/migrations.ts";
import {
  checkPostgresAt,
  migratePostgresAt,
  openPostgresReader,
  openPostgresStore,
  refuseUnreadable,
} from "../../../src/store/postgres/open.ts";
import { startStatement } from "../../../src/store/postgres/starts.ts";
import { addStatement, endStatement, lateStatement } from "../../../src/store/postgres/writes.ts";
import { ask, hasPostgres, type Postgres, startPostgres } from "../../support/postgres.ts";
import { silentLog } from "../../support/silent-log.ts";
import { waitFor } from "../../support/wait-for.ts";
import { adding, arrivedAt, asWritten, newHead, opening } from "../writes.ts";

const FOLDER = "src/store/postgres/migrations";
const RULES = {
  timeouts: { idleMs: 600_000, stallMs: 1_800_000 },
  sizeLimits: { eventsMax: 1000, bytesMax: 1_000_000 },
  lateGraceMs: 60_000,
};
const LOOKED = { version: "0.1.0", nowMs: Date.now };
/** What other engines of this protocol lack or do otherwise. */
const FORBIDDEN =
  /\bctid\b|\bxmin\b|FOR KEY SHARE|DEFERRABLE|TRIGGER|SERIAL\b|jsonb|LISTEN |NOTIFY |advisory|LOCK TABLE/i;

let server: Postgres;

/** Works as a role that has its database and no other right, as docs/scale.md makes one. */
async function asPlainRole(url: string, work: (url: string) => Promise<void>): Promise<void> {
  const role = `plain_${crypto.randomUUID().slice(0, 8)}`;
  await ask(url, `CREATE ROLE ${role} LOGIN`);
  await ask(url, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
  const plain = new URL(url);
  plain.username = role;
  await work(plain.href);
  await ask(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
}

function statements() {
  const { sid } = newHead();
  const event = { sid, event: asWritten(arrivedAt(1, "ping")) };
  const signs = { arrivedAtMs: 1, movedAtMs: 1, playheadMs: 0, tsMaxMs: 1 };
  const start = asWritten(arrivedAt(0, "sessionStart"));
  const live = { sid, startedAtMs: start.receivedAtMs, start, downloaded: false, signs, lookAtMs: 1, events: [] };
  return {
    add: addStatement([event], RULES),
    end: endStatement([event], RULES),
    late: lateStatement([{ ...event, session: 1 }], RULES),
    live: startStatement([live], [1]),
    whole: startStatement([{ ...live, downloaded: true, events: [event.event] }], [1]),
  };
}

describe.if(hasPostgres())("PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe("the schema in PostgreSQL", () => {
    test("is made by the migrations of the folder, in its order", () => {
      const files = readdirSync(FOLDER).filter((name) => name.endsWith(".sql"));
      expect(POSTGRES_MIGRATIONS.map(({ tag }) => `${tag}.sql`)).toEqual(files.toSorted());
      for (const { tag, sql } of POSTGRES_MIGRATIONS) expect(sql).toBe(readFileSync(`${FOLDER}/${tag}.sql`, "utf8"));
    });

    test("is made once by servers that start at the same time, and refused to a version that can't go on with it", async () => {
      const url = await server.createDatabase();
      const applied = await Promise.all([1, 2, 3, 4].map(() => migratePostgresAt(url, { version: "0.1.0" })));
      expect(applied.flat()).toEqual(POSTGRES_MIGRATIONS.map(({ tag }) => tag));
      const sql = new SQL(url, { max: 1 });
      await sql`INSERT INTO migrations (tag, sha256, oldest_version) VALUES ('0999_future', 'x', '0.1.0')`;
      expect(await migratePostgresAt(url, { version: "0.1.0" })).toEqual([]);
      await sql`UPDATE migrations SET oldest_version = '0.2.0' WHERE tag = '0999_future'`;
      await expect(migratePostgresAt(url, { version: "0.1.0" })).rejects.toMatchObject({ code: "database-newer" });
      await sql`DELETE FROM migrations WHERE tag = '0999_future'`;
      await sql`UPDATE migrations SET sha256 = 'x'`;
      await expect(migratePostgresAt(url, { version: "0.1.0" })).rejects.toMatchObject({ code: "database-drifted" });
      await sql.close();
    });

    test("takes nothing that a running node can't read", async () => {
      const url = await server.createDatabase();
      const clock = { nowMs: () => Date.now(), elapsedMs: () => performance.now() };
      const store = await openPostgresStore({ url, node: "a", version: "0.1.0", ...clock });
      const node = { id: "a", host: "old-host", version: "0.1.0", startedAtMs: 1 };
      await store.noteNode({ ...node, seenAtMs: Date.now() });
      const client = new PostgresClient({ url, name: "new", connectionsMax: 1, deadlineMs: 10_000, settings: {} });
      const form2 = { tag: "0001_form", sql: "SELECT 1", oldestVersion: "0.2.0" };
      const update = (oldestVersion: string) =>
        migratePostgres(client, {
          version: "0.3.0",
          migrations: [...POSTGRES_MIGRATIONS, { ...form2, oldestVersion }],
        });
      const message = "Cannot migrate the database: the node on old-host is of version 0.1.0; update it to 0.2.0";
      await expect(update("0.2.0")).rejects.toMatchObject({ code: "database-in-use", message });
      await store.noteNode({ ...node, seenAtMs: Date.now() - 60_000 });
      expect(await update("0.2.0")).toEqual(["0001_form"]);
      await expect(migratePostgresAt(url, { version: "0.1.0" })).rejects.toMatchObject({ code: "database-newer" });
      await client.close();
      await store.close();
    });

    test("leaves room in the pages of rows that move all the time", async () => {
      const url = await server.createDatabase();
      await migratePostgresAt(url, { version: "0.1.0" });
      const sql = new SQL(url, { max: 1 });
      const rows =
        await sql`SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions::text LIKE '%fillfactor%'
      ORDER BY relname`;
      const filled = rows.map(({ relname, reloptions }: { relname: string; reloptions: string[] }) => [
        relname,
        String(reloptions).match(/fillfactor=(\d+)/)?.[1],
      ]);
      expect(filled).toEqual([
        ["closes", "80"],
        ["counters", "10"],
        ["heads", "50"],
        ["writers", "10"],
      ]);
      await sql.close();
    });
  });

  describe("the statements that store", () => {
    test("find their rows by key: in empty tables, in those that have grown since, and in analysed ones", async () => {
      const url = await server.createDatabase();
      const clock = { nowMs: () => Date.now(), elapsedMs: () => performance.now() };
      const store = await openPostgresStore({ url, node: "a", version: "0.1.0", ...clock });
      const sql = new SQL(url, { max: 1 });
      await sql`SET enable_seqscan = off`;
      await sql`SET enable_bitmapscan = off`;
      await sql`SET plan_cache_mode = force_generic_plan`;
      const scans = async () => {
        const found: string[] = [];
        for (const [name, { text, values }] of Object.entries(statements())) {
          const types = ["text", "number", "number", "number", ...values.map((value) => typeof value)];
          const named = types.map((type) => (type === "number" ? "bigint" : "text"));
          await sql.unsafe(`PREPARE q_${name}(${named.join(", ")}) AS ${text}`);
          const bound = [
            "'w'",
            "1",
            "1",
            "1",
            ...values.map((value) => (typeof value === "string" ? `'${value}'` : (value ?? "NULL"))),
          ];
          const plan = await sql.unsafe(`EXPLAIN EXECUTE q_${name}(${bound.join(", ")})`);
          const lines = plan.map((row: Record<string, string>) => row["QUERY PLAN"] ?? "");
          found.push(...lines.filter((line: string) => /Seq Scan on (heads|events|closes|sessions)/.test(line)));
          await sql.unsafe(`DEALLOCATE q_${name}`);
        }
        return found;
      };
      expect(await scans()).toEqual([]);
      const heads = Array.from({ length: 3000 }, () => newHead());
      await store.append(heads.map(opening));
      await store.append(heads.map((head) => adding(head, arrivedAt(1, "ping"))));
      expect(await scans()).toEqual([]);
      await sql`ANALYZE`;
      expect(await scans()).toEqual([]);
      await sql.close();
      await store.close();
    });

    test("use only what other engines of the protocol have, too", () => {
      const folder = "src/store/postgres";
      const texts = readdirSync(folder).filter((name) => name.endsWith(".ts"));
      // The words of comments and of TypeScript apart.
      const sqlIn = (text: string) => [...text.matchAll(/`[^`]*\b(SELECT|INSERT|UPDATE|DELETE)\b[^`]*`/g)].join("\n");
      expect(texts.filter((name) => FORBIDDEN.test(sqlIn(readFileSync(`${folder}/${name}`, "utf8"))))).toEqual([]);
    });
  });

  describe("opening the store", () => {
    const open = (url: string) =>
      openPostgresStore({ url, node: "a", version: "0.1.0", nowMs: Date.now, elapsedMs: () => performance.now() });

    test("fails with a reason and without the password", async () => {
      const url = new URL(await server.createDatabase());
      url.password = "a-secret-password";
      const wrong = [
        Object.assign(new URL(url), { pathname: "/there_is_none" }),
        Object.assign(new URL(url), { username: "nobody_of_this_name" }),
        Object.assign(new URL(url), { port: "1" }),
      ];
      for (const { href } of wrong) {
        const error = await open(href).then(
          () => undefined,
          (failed: unknown) => failed as Error & { code: string },
        );
        expect(["store-failed", "store-unreachable"]).toContain(error?.code ?? "opened");
        expect(error?.message).toStartWith("Cannot open the database: ");
        expect(`${error?.message} ${Bun.inspect(error)}`).not.toContain("a-secret-password");
      }
    });

    test("is refused for a database with tables of another program, and where no connection is left", async () => {
      const url = new URL(await server.createDatabase());
      await ask(url.href, "CREATE TABLE sessions (user_id int)");
      const foreign = "Cannot use the database: it has tables of another program";
      await expect(open(url.href)).rejects.toThrow(foreign);
      expect(await ask(url.href, "SELECT tag FROM migrations")).toEqual([]);
      await ask(url.href, "DROP TABLE migrations; CREATE TABLE migrations (id int)");
      await expect(open(url.href)).rejects.toThrow(foreign);
      await expect(refuseUnreadable(url.href, "0.1.0")).rejects.toThrow(foreign);
      const role = `crowded_${url.pathname.slice(-8)}`;
      await ask(url.href, `CREATE ROLE ${role} LOGIN CONNECTION LIMIT 0`);
      url.username = role;
      const message = `Cannot open the database: too many connections for role "${role}"`;
      await expect(open(url.href)).rejects.toThrow(message);
      url.username = "playhead";
      await ask(url.href, `DROP ROLE ${role}`);
    });

    test("is refused to commands that read, unless its tables are those of this version", async () => {
      const url = await server.createDatabase();
      await expect(refuseUnreadable(url, "0.1.0")).rejects.toThrow(
        "Cannot read the database: it has no tables of Playhead; start a server on it or run playhead migrate",
      );
      await expect(checkPostgresAt(url, LOOKED)).rejects.toMatchObject({ code: "database-outdated" });
      await migratePostgresAt(url, { version: "0.1.0" });
      expect(await refuseUnreadable(url, "0.1.0")).toBeUndefined();
      await ask(url, "INSERT INTO migrations (tag, sha256, oldest_version) VALUES ('0999_future', 'x', '9.0.0')");
      await expect(refuseUnreadable(url, "0.1.0")).rejects.toMatchObject({ code: "database-newer" });
    });

    test("is looked at for what an operator should know", async () => {
      const url = await server.createDatabase();
      const store = await open(url);
      // Tests run without waiting for the disk, as no server should.
      const found = await checkPostgresAt(url, LOOKED);
      expect(found.filter(({ level }) => level !== "ok").map(({ message }) => message)).toEqual([
        "A power cut loses acknowledged events: fsync is off, synchronous_commit off",
      ]);
      expect(found[0]?.message).toStartWith("PostgreSQL ");
      expect(await store.oldestSnapshotSeconds()).toBeGreaterThanOrEqual(0);
      await asPlainRole(url, async (role) => {
        const seen = (await checkPostgresAt(role, LOOKED)).map(({ message }) => message);
        expect(seen).toContain("This role may not see whether another one holds a transaction open");
      });
      const { lineage } = await store.watermark();
      await migratePostgresAt(url, { version: "0.1.0", isRestored: true });
      expect((await store.watermark()).lineage).not.toBe(lineage);
      expect(await store.historyLostAtMs()).toBeGreaterThan(1);
      await ask(url, "UPDATE counters SET value = 1000 WHERE name = 'lost'");
      await ask(
        new URL("/postgres", url).href,
        `ALTER DATABASE ${new URL(url).pathname.slice(1)}
        SET default_transaction_read_only = on`,
      );
      const said = (await checkPostgresAt(url, LOOKED)).map(({ message }) => message);
      expect(said).toContainEqual(expect.stringContaining("answers, but takes no writes: it is read-only"));
      expect(said).toContainEqual(expect.stringContaining("It lacked acknowledged events on 1970-01-01T00:00:01.000Z"));
      await store.close();
    });

    test("lets every node know of a sign-out, and of an erasure", async () => {
      const store = await open(await server.createDatabase());
      const own = () => {
        const ids = new Set<string>();
        return { has: (id: string) => ids.has(id), add: (id: string) => void ids.add(id) };
      };
      const untilS = Math.ceil(Date.now() / 1000) + 1000;
      const heard: string[] = [];
      const options = { store, nowMs: Date.now, onErased: () => heard.push("erased"), log: silentLog };
      await store.noteErasure();
      using a = await SharedNews.open(options);
      a.beside(own()).add("browser", untilS);
      await waitFor(async () => (await store.listSignedOut(untilS - 1)).length === 1);
      using b = await SharedNews.open(options);
      expect([b.beside(own()).has("browser"), b.beside(own()).has("another")]).toEqual([true, false]);
      expect(await store.listSignedOut(untilS + 1)).toEqual([]);
      expect(heard).toEqual([]);
      await store.noteErasure();
      for (const _ of [1, 2]) await a.read();
      expect(heard).toEqual(["erased"]);
      await store.close();
    });

    test("is refused for a database that takes no writes, which may be read", async () => {
      const url = await server.createDatabase();
      const store = await open(url);
      const sql = new SQL(url, { max: 1 });
      const { pathname } = new URL(url);
      await sql.unsafe(`ALTER DATABASE ${pathname.slice(1)} SET default_transaction_read_only = on`);
      await sql.close();
      await store.close();
      await expect(open(url)).rejects.toMatchObject({
        code: "store-unreachable",
        message: expect.stringContaining("it takes no writes, as a standby does; promote it, or let PLAYHEAD_STORE"),
      });
      const reader = openPostgresReader({ url, node: "reader" });
      expect(await reader.countSessions({})).toBe(0);
      await reader.close();
    });
  });
});

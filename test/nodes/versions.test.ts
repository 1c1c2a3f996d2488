/** Two versions of nodes on one PostgreSQL: what a newer one adds hinders no older one, and what would is refused. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PostgresClient } from "../../src/store/postgres/client.ts";
import { migratePostgres } from "../../src/store/postgres/migrate.ts";
import { POSTGRES_MIGRATIONS } from "../../src/store/postgres/migrations.ts";
import { ask, hasPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { ADMIN_HEADERS, eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";

const NEWER = "99.0.0";

let postgres: Postgres;

/** Does what touches each table: a session, its numbers, a token, a sign-out, an erasure. */
async function useAll(server: TestServer): Promise<void> {
  const { clock } = server;
  const sid = await server.open(sessionStart({ "visitor.marketingCloudUserId": crypto.randomUUID() }));
  for (const [second, type] of [
    [1, "play"],
    [2, "sessionEnd"],
  ] as const) {
    clock.pass(1000);
    expect(await server.add(sid, eventAt(second, type))).toBe(204);
  }
  expect(await server.add(sid, eventAt(1.5, "ping"))).toBe(204);
  await server.app.work();
  expect((await server.admin(`/admin/api/sessions/${sid}`)).session).toMatchObject({ closeReason: "session-end" });
  const name = crypto.randomUUID();
  const made = await server.post("/admin/api/tokens", { name, readOnly: true }, ADMIN_HEADERS);
  const { token } = (await made.json()) as { token: string };
  const headers = { Authorization: `Bearer ${token}` };
  expect((await fetch(`${server.url}/admin/api/sessions`, { headers })).status).toBe(200);
  expect((await server.admin("/admin/api/tokens")).tokens).toContainEqual(expect.objectContaining({ name }));
  expect((await server.admin("/admin/api/nodes")).nodes.length).toBeGreaterThan(0);
  const erased = await fetch(`${server.url}/admin/api/sessions/${sid}`, { method: "DELETE", headers: ADMIN_HEADERS });
  expect(erased.status).toBe(200);
}

describe.if(hasPostgres())("nodes of two versions", () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());

  test("share a schema that has only been added to; one that an older node can't serve waits until it is gone", async () => {
    const store = await postgres.createDatabase();
    const server = await startTestServer({ config: { store } });
    await useAll(server);
    const client = new PostgresClient({ url: store, name: "newer", connectionsMax: 1, deadlineMs: 10_000 });
    const tables = await ask<{ name: string }>(
      store,
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'",
    );
    const adding = tables.map(({ name }) => `ALTER TABLE "${name}" ADD COLUMN added text DEFAULT 'x'`);
    const expand = { tag: "9998_expand", sql: adding.join("--> statement-breakpoint"), oldestVersion: "0.1.0" };
    const contract = { tag: "9999_contract", sql: "ALTER TABLE sessions DROP COLUMN wire", oldestVersion: NEWER };
    const upTo = (...later: (typeof expand)[]) =>
      migratePostgres(client, { version: NEWER, migrations: [...POSTGRES_MIGRATIONS, ...later] });
    expect(await upTo(expand)).toEqual([expand.tag]);
    // On connections that it had before, whose statements are prepared, and on new ones.
    await useAll(server);
    await server.restart();
    await useAll(server);
    // A node says that it is there by the clock of the store, which a test's server has from its test.
    await ask(store, "UPDATE nodes SET seen_at = extract(epoch FROM clock_timestamp()) * 1000");
    await expect(upTo(expand, contract)).rejects.toMatchObject({ code: "database-in-use" });
    await useAll(server);
    await server[Symbol.asyncDispose]();
    expect(await upTo(expand, contract)).toEqual([contract.tag]);
    await expect(startTestServer({ config: { store } })).rejects.toMatchObject({ code: "database-newer" });
    await client.close();
  });
});

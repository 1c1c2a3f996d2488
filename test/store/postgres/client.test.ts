/** The connections: each answer comes to its own question, and what hears nothing is thrown away. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PostgresClient } from "../../../src/store/postgres/client.ts";
import { ask, hasPostgres, type Postgres, startPostgres } from "../../support/postgres.ts";

let server: Postgres;

async function connect(connectionsMax: number, deadlineMs = 10_000): Promise<PostgresClient> {
  return new PostgresClient({ url: await server.createDatabase(), name: "test", connectionsMax, deadlineMs });
}

describe.if(hasPostgres())("a client of PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("gives each of many questions at once its own answer", async () => {
    const client = await connect(4);
    for (let burst = 0; burst < 100; burst += 1) {
      const asked = [burst, burst + 1000, burst + 2000];
      const answers = await Promise.all([
        client.run<{ a: number }>("SELECT $1::int AS a", [asked[0] as number]),
        client.run<{ a: number }>("SELECT $1::int AS a, 'x' AS b", [asked[1] as number]),
        client.run<{ a: number }>("SELECT a FROM generate_series($1::int, $1::int) AS a", [asked[2] as number]),
      ]);
      expect(answers.map(([row]) => row?.a)).toEqual(asked);
    }
    await client.close();
  });

  test("serves far more questions than it has connections", async () => {
    const client = await connect(5);
    const asked = Array.from({ length: 1000 }, (_, at) => at);
    const answers = Promise.all(asked.map((at) => client.run<{ at: number }>("SELECT $1::int AS at", [at])));
    expect([client.figures.running, client.figures.waiting]).toEqual([5, 995]);
    const rows = await answers;
    expect([client.figures.running, client.figures.waiting]).toEqual([0, 0]);
    expect(client.figures.seconds.cumulative().at(-1)).toBe(1000);
    expect(rows.map(([row]) => row?.at)).toEqual(asked);
    await client.close();
  });

  test("gives up on a statement at its deadline, and goes on with other connections", async () => {
    const client = await connect(2, 200);
    await client.run("SELECT 1");
    await expect(client.run("SELECT pg_sleep(30)")).rejects.toMatchObject({ code: "store-unreachable" });
    expect(client.figures.thrownAway).toBe(1);
    await expect(client.runAll(["SELECT 1", "SELECT pg_sleep(30)"])).rejects.toMatchObject({
      code: "store-unreachable",
    });
    expect(client.figures.thrownAway).toBe(2);
    expect((await client.run<{ one: number }>("SELECT 1 AS one", [], 5000))[0]?.one).toBe(1);
    await client.close();
  });

  test("looks again where its address leads once what it reached takes no writes", async () => {
    const url = await server.createDatabase();
    const client = new PostgresClient({ url, name: "test", connectionsMax: 1, deadlineMs: 10_000 });
    const database = new URL(url).pathname.slice(1);
    // A connection keeps what it began with.
    await ask(url, `ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    const refusal = "Cannot reach the database: it takes no writes, as a standby does; repeat the request later";
    await expect(client.run("CREATE TABLE a (b int)")).rejects.toThrow(refusal);
    await ask(new URL("/postgres", url).href, `ALTER DATABASE ${database} RESET ALL`);
    await client.run("CREATE TABLE a (b int)");
    await client.close();
  });

  test("says in its own words what fails, and which of it passes", async () => {
    const client = await connect(1);
    const killed = client.run("SELECT pg_terminate_backend(pg_backend_pid())");
    await expect(killed).rejects.toMatchObject({ code: "store-unreachable" });
    expect((await client.run<{ one: number }>("SELECT 1 AS one"))[0]?.one).toBe(1);
    await expect(client.run("SELECT 1 / 0")).rejects.toThrow("division by zero");
    await client.close();
  });
});

/** The fence: a batch counts once, and a database that has gone back in time is noticed, once. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SQL } from "bun";
import type { HistoryLoss } from "../../../src/store/postgres/fence.ts";
import { openPostgresStore } from "../../../src/store/postgres/open.ts";
import { hashOfBody } from "../../../src/store/postgres/openings.ts";
import { ask, hasPostgres, type Postgres, startPostgres } from "../../support/postgres.ts";
import { waitFor } from "../../support/wait-for.ts";
import { arrivedAt, asWritten, newHead } from "../writes.ts";

const RULES = {
  timeouts: { idleMs: 600_000, stallMs: 1_800_000 },
  sizeLimits: { eventsMax: 1000, bytesMax: 1_000_000 },
  lateGraceMs: 60_000,
};

/** Too short for a second sending. */
const IMPATIENT_MS = 600;

let server: Postgres;

/** A node of its own, whose clock a test moves, and what it says of losses. */
async function openNode(url: string, node: string, clock: { ms: number }, patienceMs?: number) {
  const losses: HistoryLoss[] = [];
  const times = { nowMs: () => clock.ms, elapsedMs: () => performance.now(), ...(patienceMs && { patienceMs }) };
  const onHistoryLost = (loss: HistoryLoss) => losses.push(loss);
  const store = await openPostgresStore({ url, node, version: "0.1.0", ...times, onHistoryLost });
  const event = { sid: newHead().sid, event: asWritten(arrivedAt(1, "ping")) };
  return {
    losses,
    store,
    /** Has a lane send a batch, whose event belongs to no session. */
    add: () => store.addEvents([event], RULES),
    end: () => store.endSessions([event], RULES),
  };
}

describe.if(hasPostgres())("the fence of a node", () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("finds that the database has gone back in time: each loss is noted once, whichever lane or node sees it", async () => {
    const url = await server.createDatabase();
    const clock = { ms: 1_000_000 };
    const nodes = [await openNode(url, "a", clock), await openNode(url, "b", clock)] as const;
    const [a, b] = nodes;
    const lineage = async () => (await a.store.watermark()).lineage;
    for (const { add, end } of nodes) for (const send of [add, add, end]) await send();
    const before = await lineage();
    await ask(url, "UPDATE writers SET batch = batch - 1");
    clock.ms += 10_000;
    expect(await a.add()).toEqual(new Set([0]));
    expect(a.losses).toMatchObject([{ batches: 1 }]);
    const after = await lineage();
    expect([after === before, await b.store.historyLostAtMs()]).toEqual([false, clock.ms]);
    for (const send of [a.end, b.add, b.end]) await send();
    expect([a.losses.length, b.losses.length, await lineage()]).toEqual([1, 0, after]);
    // Another database, in which the writers of these nodes were never heard of.
    clock.ms += 10_000;
    await ask(url, "DELETE FROM writers");
    await b.add();
    expect([b.losses, await lineage()]).toEqual([
      [{ acknowledgedAtMs: 1_010_000, batches: undefined }],
      expect.any(Number),
    ]);
    expect(await lineage()).not.toBe(after);
    for (const { store } of nodes) await store.close();
  });

  test("lets a start that another node stores meanwhile be found, and stores those beside it", async () => {
    const url = await server.createDatabase();
    const { store } = await openNode(url, "a", { ms: Date.now() });
    const openingOf = (key: string) => {
      const { sid, startedAtMs, ...signs } = newHead();
      const start = asWritten(arrivedAt(0, "sessionStart"));
      const known = { rule: "body", key } as const;
      return { sid, startedAtMs, start, downloaded: false, signs, lookAtMs: 1, events: [], opening: known };
    };
    const other = new SQL(url, { max: 1 });
    let opened: Promise<ReadonlySet<number>> | undefined;
    await other.begin(async (transaction) => {
      await transaction`INSERT INTO heads (sid, session, arrived_at, moved_at, playhead, ts_max, look_at, bytes, n, opening)
        VALUES ('\\x01'::bytea, 999, 1, 1, 0, 1, 1, 1, 0, ${hashOfBody("b")}::text::bigint)`;
      opened = store.openSessions(["a", "b", "c"].map(openingOf));
      const waiting =
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
      await waitFor(async () => (await ask(url, waiting)).length > 0);
    });
    expect(await opened).toEqual(new Set([1]));
    expect([await store.countOpen(), await store.countSessions({})]).toEqual([3, 2]);
    await other.close();
    await store.close();
  });

  test("finds it, too, if the other database was away for longer than a batch is sent again", async () => {
    const url = await server.createDatabase();
    const { add, losses, store } = await openNode(url, "a", { ms: 1_000_000 }, IMPATIENT_MS);
    await add();
    await ask(url, "ALTER TABLE writers RENAME TO away");
    await ask(url, "CREATE VIEW writers AS SELECT * FROM away WHERE pg_sleep(2) IS NULL");
    await expect(add()).rejects.toMatchObject({ code: "store-unreachable" });
    await ask(url, "DROP VIEW writers; ALTER TABLE away RENAME TO writers; UPDATE writers SET batch = batch - 1");
    await add();
    expect(losses).toMatchObject([{ batches: 1 }]);
    await store.close();
  });

  test("decides a batch of unknown outcome before it goes on: its statement stores nothing if it comes at last", async () => {
    const url = await server.createDatabase();
    const { add, store } = await openNode(url, "a", { ms: 1_000_000 }, IMPATIENT_MS);
    await add();
    await ask(url, "ALTER TABLE writers RENAME TO away");
    await ask(url, "CREATE VIEW writers AS SELECT * FROM away WHERE pg_sleep(2) IS NULL");
    await expect(add()).rejects.toMatchObject({ code: "store-unreachable" });
    await ask(url, "DROP VIEW writers; ALTER TABLE away RENAME TO writers");
    await add();
    // The first row stands behind the number that was given up, and the second one has begun.
    expect(await ask(url, "SELECT batch::int AS batch FROM writers ORDER BY batch DESC")).toEqual([
      { batch: 2 },
      { batch: 1 },
    ]);
    await store.close();
  });
});

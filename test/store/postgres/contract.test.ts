/** PostgreSQL keeps what every store promises, and what players do while an import lasts. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { openPostgresReader, openPostgresStore } from "../../../src/store/postgres/open.ts";
import { ask, hasPostgres, type Postgres, startPostgres } from "../../support/postgres.ts";
import { waitFor } from "../../support/wait-for.ts";
import { describeStore } from "../contract/contract.ts";
import type { StoreScene } from "../contract/scene.ts";
import { arrivedAt, asWritten, closeAt, NOW_MS, newHead, opening } from "../writes.ts";

const RULES = {
  timeouts: { idleMs: 600_000, stallMs: 1_800_000 },
  sizeLimits: { eventsMax: 1000, bytesMax: 1_000_000 },
  lateGraceMs: 60_000,
};

let server: Postgres;

async function scene(): Promise<StoreScene> {
  const url = await server.createDatabase();
  const clock = { nowMs: () => Date.now(), elapsedMs: () => performance.now() };
  const options = { url, node: "a", version: "0.1.0", ...clock };
  let store = await openPostgresStore(options);
  return {
    get store() {
      return store;
    },
    knowsOpenEnds: true,
    put: (writes) => store.append(writes),
    reopen: async () => {
      await store.close();
      store = await openPostgresStore(options);
    },
    openReader: () => openPostgresReader(options),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

describe.if(hasPostgres())("a store in PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describeStore("PostgreSQL", scene);

  /** A session that an import has stored, in a store with a clock of its own. */
  async function imported() {
    const url = await server.createDatabase();
    const clock = { nowMs: () => NOW_MS, elapsedMs: () => performance.now() };
    const store = await openPostgresStore({ url, node: "a", version: "0.1.0", ...clock });
    const head = newHead();
    await store.append([opening(head)]);
    return { url, store, head };
  }

  test("counts in an import's close what a player has added meanwhile", async () => {
    const { store, head } = await imported();
    const event = asWritten(arrivedAt(1, "ping"));
    expect(await store.addEvents([{ sid: head.sid, event }], RULES)).toEqual(new Set());
    await store.append([{ head, events: [], close: closeAt(event) }]);
    expect((await store.findSession(head.sid))?.size).toMatchObject({ events: 2 });
    await store.close();
  });

  test("leaves a session closed that closes while an import hands it over", async () => {
    const { url, store, head } = await imported();
    const other = new SQL(url, { max: 1 });
    let handedOver: Promise<void> | undefined;
    await other.begin(async (transaction) => {
      await transaction`DELETE FROM heads`;
      await transaction`INSERT INTO closes (session, closed_at, end_ts, bytes, last_n, reason, pending)
        SELECT id, 1, 1, 1, 0, 'idle-timeout', true FROM sessions`;
      handedOver = store.append([{ head, events: [] }]);
      const waiting =
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
      await waitFor(async () => (await ask(url, waiting)).length > 0);
    });
    await handedOver;
    expect(await store.countOpen()).toBe(0);
    await other.close();
    await store.close();
  });
});

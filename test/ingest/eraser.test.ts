/** Erasing while everything else goes on: nothing comes back, nothing is orphaned, nobody else notices. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../src/base/errors.ts";
import { MINUTE_MS } from "../../src/base/units.ts";
import type { Config } from "../../src/config.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { ADMIN_TOKEN, eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

const ANN = { "analytics.visitorId": "ann" };

function eraseAnn(server: TestServer): Promise<Response> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  return fetch(`${server.url}/admin/api/visitors/ann`, { method: "DELETE", headers });
}

async function countOf(response: Promise<Response>): Promise<number> {
  return ((await (await response).json()) as { erasedSessions: number }).erasedSessions;
}

/** Rows that belong to no session, and sessions without their close: what a lost race would leave. */
function orphansIn(server: TestServer): number {
  using reader = new Database(join(server.dataDir, "playhead.db"), { readonly: true });
  const tables = ["events", "closes", "heads", "results", "ads", "ad_breaks", "chapters", "states", "errors"];
  const counts = tables.map(
    (table) => reader.query(`SELECT count(*) FROM ${table} WHERE session NOT IN (SELECT id FROM sessions)`).values()[0],
  );
  return counts.reduce((sum, row) => sum + Number(row?.[0]), 0);
}

/** A method of the real store that waits at a gate, once it is shut: before its work, or behind it. */
class Gate {
  #shut: PromiseWithResolvers<void> | undefined;
  reached = 0;
  searched = 0;

  shut(): void {
    this.#shut = Promise.withResolvers();
  }

  open(): void {
    this.#shut?.resolve();
    this.#shut = undefined;
  }

  async pass(): Promise<void> {
    if (!this.#shut) return;
    this.reached += 1;
    await this.#shut.promise;
  }
}

function storeWith(change: (store: Store) => Partial<Store>): (config: Config) => Store {
  return (config) => {
    const store = openSqliteStore({ path: join(config.dataDir, "playhead.db"), synchronous: "NORMAL" });
    return Object.assign(store, change(store));
  };
}

/** Slow in `append`, as a disk is; the gate also counts searches that came to their end. */
function slowAppend(gate: Gate) {
  return storeWith((store) => {
    const append = store.append.bind(store);
    const findVisitor = store.findVisitor.bind(store);
    return {
      append: async (writes) => {
        await gate.pass();
        await append(writes);
      },
      findVisitor: async (query) => {
        const page = await findVisitor(query);
        if (page.lastId === undefined) gate.searched += 1;
        return page;
      },
    };
  });
}

/** Resolves when so much waits for the store that the server says it is not ready. */
function waitForQueue(server: TestServer): Promise<void> {
  return waitFor(async () => !(await fetch(`${server.url}/readyz`)).ok);
}

describe("an event that is on its way while its session is erased", () => {
  test("goes with it when it was being stored before", async () => {
    const gate = new Gate();
    await using server = await startTestServer({ openStore: slowAppend(gate) });
    const sid = await server.open(sessionStart(ANN));
    gate.shut();
    const added = server.add(sid, eventAt(1, "ping"));
    await waitFor(() => gate.reached === 1);
    const erasing = eraseAnn(server);
    await waitFor(() => gate.searched === 1);
    // The erasure waits for the batch.
    expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(1);
    gate.open();
    expect(await added).toBe(204);
    expect(await countOf(erasing)).toBe(1);
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(404);
    expect(orphansIn(server)).toBe(0);
  });

  test("is answered 404 when it was queued behind it, with its neighbours stored", async () => {
    const gate = new Gate();
    await using server = await startTestServer({ config: { queueEventsMax: 6 }, openStore: slowAppend(gate) });
    const [ann, bob] = [await server.open(sessionStart(ANN)), await server.open()];
    gate.shut();
    const first = server.add(bob, eventAt(1, "ping"));
    await waitFor(() => gate.reached === 1);
    const erasing = eraseAnn(server);
    await waitFor(() => gate.searched === 1);
    const [late, end, neighbour] = [
      server.add(ann, eventAt(1, "ping")),
      server.add(ann, eventAt(2, "sessionEnd")),
      server.add(bob, eventAt(2, "ping")),
    ];
    await waitForQueue(server);
    gate.open();
    expect(await countOf(erasing)).toBe(1);
    expect(await Promise.all([first, late, end, neighbour])).toEqual([204, 404, 404, 204]);
    expect(orphansIn(server)).toBe(0);
    expect((await server.admin(`/admin/api/sessions/${bob}`)).events).toHaveLength(3);
  });

  test("of a closed session's grace period is answered 404, whether memory still has it or not", async () => {
    await using server = await startTestServer({ config: { lateGraceMs: 10 * MINUTE_MS } });
    const sids = [await server.open(sessionStart(ANN)), await server.open(sessionStart(ANN))];
    for (const sid of sids) await server.add(sid, eventAt(5, "sessionEnd"));
    server.clock.pass(3 * MINUTE_MS);
    await server.app.work();
    // Brings the first back into memory.
    expect(await server.add(sids[0] ?? "", eventAt(3, "ping"))).toBe(204);
    expect(await countOf(eraseAnn(server))).toBe(2);
    for (const sid of sids) expect(await server.add(sid, eventAt(4, "ping"))).toBe(404);
    await server.app.work();
    expect(orphansIn(server)).toBe(0);
  });

  test("finds nothing also when its session was looked up just before", async () => {
    let lookups = 0;
    const gate = new Gate();
    const openStore = storeWith((store) => {
      const findSession = store.findSession.bind(store);
      return {
        findSession: async (sid) => {
          const found = await findSession(sid);
          lookups += 1;
          await gate.pass();
          return found;
        },
      };
    });
    await using server = await startTestServer({ config: { lateGraceMs: 10 * MINUTE_MS }, openStore });
    const sid = await server.open(sessionStart(ANN));
    await server.add(sid, eventAt(5, "sessionEnd"));
    server.clock.pass(3 * MINUTE_MS);
    await server.app.work();
    gate.shut();
    const added = server.add(sid, eventAt(3, "ping"));
    await waitFor(() => gate.reached === 1);
    expect(await countOf(eraseAnn(server))).toBe(1);
    gate.open();
    expect(await added).toBe(404);
    expect(lookups).toBe(2);
    expect(orphansIn(server)).toBe(0);
  });
});

describe("what goes on beside requests", () => {
  test("closes no session that is gone, and does not take that for a failure", async () => {
    const gate = new Gate();
    await using server = await startTestServer({ config: { queueEventsMax: 2 }, openStore: slowAppend(gate) });
    const [, bob] = [await server.open(sessionStart(ANN)), await server.open()];
    gate.shut();
    const held = server.add(bob, eventAt(1, "ping"));
    await waitFor(() => gate.reached === 1);
    const erasing = eraseAnn(server);
    await waitFor(() => gate.searched === 1);
    server.clock.pass(11 * MINUTE_MS);
    const closing = server.app.work();
    await waitForQueue(server);
    gate.open();
    expect(await held).toBe(204);
    expect(await countOf(erasing)).toBe(1);
    await closing;
    server.clock.pass(MINUTE_MS);
    await server.app.work();
    expect((await server.admin("/admin/api/sessions?status=open")).sessions).toEqual([]);
    expect(server.logged.filter((line) => line.includes('"error"'))).toEqual([]);
    expect(orphansIn(server)).toBe(0);
  });

  test("stores no numbers of a session that is erased while it is folded", async () => {
    const gate = new Gate();
    const openStore = storeWith((store) => {
      const readEvents = store.readEvents.bind(store);
      return {
        readEvents: async (session) => {
          const events = await readEvents(session);
          await gate.pass();
          return events;
        },
      };
    });
    await using server = await startTestServer({ openStore });
    const sid = await server.open(sessionStart(ANN));
    await server.add(sid, eventAt(1, "adBreakStart"));
    await server.add(sid, eventAt(1, "adStart"));
    gate.shut();
    await server.add(sid, eventAt(5, "sessionEnd"));
    const settling = server.app.work();
    await waitFor(() => gate.reached > 0);
    expect(await countOf(eraseAnn(server))).toBe(1);
    gate.open();
    await settling;
    await server.app.work();
    expect(orphansIn(server)).toBe(0);
    expect((await server.admin("/admin/api/sessions")).sessions).toEqual([]);
  });

  test("checkpoints no head of it, and a restart knows nothing of it", async () => {
    await using server = await startTestServer();
    await server.open();
    const sid = await server.open(sessionStart(ANN));
    await server.restart();
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(204);
    expect(await countOf(eraseAnn(server))).toBe(1);
    await server.restart();
    expect(orphansIn(server)).toBe(0);
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(404);
    expect((await server.admin("/admin/api/sessions?status=open")).sessions).toHaveLength(1);
  });
});

/** Opens one session after another, and remembers what was stored. */
class Player {
  readonly visitorId: string;
  /** Events stored, by session. */
  readonly stored = new Map<string, number>();
  refused = 0;
  readonly #server: TestServer;

  constructor(server: TestServer, visitorId: string) {
    this.#server = server;
    this.visitorId = visitorId;
  }

  async play(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      const sid = await this.#server.open(sessionStart({ "analytics.visitorId": this.visitorId }));
      this.stored.set(sid, 0);
      for (let second = 1; second <= 8; second += 1) await this.#add(sid, second);
    }
  }

  async #add(sid: string, second: number): Promise<void> {
    const status = await this.#server.add(sid, eventAt(second, second === 8 ? "sessionEnd" : "ping"));
    if (status === 204) this.stored.set(sid, (this.stored.get(sid) ?? 0) + 1);
    else if (status === 404) this.refused += 1;
    else throw new Error(`Unexpected ${status}`);
  }
}

describe("an erasure", () => {
  test("under load loses nobody else's event, and leaves nothing of the visitor's", async () => {
    await using server = await startTestServer();
    const players = Array.from({ length: 24 }, (_, at) => new Player(server, at % 2 === 0 ? "ann" : `bob${at}`));
    const others = players.filter(({ visitorId }) => visitorId !== "ann");
    const sessionsOfOthers = () => others.reduce((sum, { stored }) => sum + stored.size, 0);
    let playing = true;
    const played = Promise.all(players.map((player) => player.play(() => playing)));
    let erased = 0;
    for (let round = 1; round <= 6; round += 1) {
      await waitFor(() => sessionsOfOthers() >= round * 12);
      erased += await countOf(eraseAnn(server));
    }
    playing = false;
    await played;
    erased += await countOf(eraseAnn(server));
    await server.app.work();
    expect(erased).toBeGreaterThan(20);
    expect(players.some(({ refused }) => refused > 0)).toBe(true);
    expect(others.every(({ refused }) => refused === 0)).toBe(true);
    expect(orphansIn(server)).toBe(0);
    using reader = new Database(join(server.dataDir, "playhead.db"), { readonly: true });
    const rows = reader
      .query("SELECT sid, count(seq) FROM sessions LEFT JOIN events ON events.session = sessions.id GROUP BY sid")
      .values() as [string, number][];
    expect(new Map(rows)).toEqual(new Map(others.flatMap(({ stored }) => [...stored])));
    expect(reader.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  });

  test("that a full disk stops half way is 503, and repeating it finishes", async () => {
    let full = false;
    const openStore = storeWith((store) => {
      const removeRemains = store.removeRemains.bind(store);
      return {
        removeRemains: async (enough) => {
          if (full) throw new AppError("store-full", "The disk is full");
          return removeRemains(enough);
        },
      };
    });
    await using server = await startTestServer({ openStore });
    const sid = await server.open(sessionStart(ANN));
    await server.add(sid, eventAt(1, "ping"));
    full = true;
    expect((await eraseAnn(server)).status).toBe(503);
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(404);
    expect(orphansIn(server)).toBe(1);
    full = false;
    expect(await countOf(eraseAnn(server))).toBe(0);
    expect(orphansIn(server)).toBe(0);
  });

  test("that could not begin leaves the session as it was", async () => {
    let full = true;
    const openStore = storeWith((store) => {
      const erase = store.erase.bind(store);
      return {
        erase: async (sessions, atMs) => {
          if (full) throw new AppError("store-full", "The disk is full");
          return erase(sessions, atMs);
        },
      };
    });
    await using server = await startTestServer({ openStore });
    const sid = await server.open(sessionStart(ANN));
    expect((await eraseAnn(server)).status).toBe(503);
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(204);
    full = false;
    expect(await countOf(eraseAnn(server))).toBe(1);
  });

  test("ends with the server, answered 503, and the next process finishes it", async () => {
    const gate = new Gate();
    const openStore = storeWith((store) => {
      const removeRemains = store.removeRemains.bind(store);
      return {
        removeRemains: async () => {
          await gate.pass();
          return removeRemains(() => true);
        },
      };
    });
    await using server = await startTestServer({ openStore });
    const sid = await server.open(sessionStart(ANN));
    for (let second = 0; second < 200; second += 1) await server.add(sid, eventAt(second, "ping"));
    gate.shut();
    const erasing = eraseAnn(server);
    await waitFor(() => gate.reached === 1);
    const restarted = server.restart();
    await waitFor(() => !existsSync(join(server.dataDir, "address")));
    gate.open();
    expect((await erasing).status).toBe(503);
    await restarted;
    expect(orphansIn(server)).toBeGreaterThan(0);
    await server.app.work();
    expect(orphansIn(server)).toBe(0);
  });

  test("is one of a few that may wait: more are 503 with Retry-After", async () => {
    const gate = new Gate();
    const openStore = storeWith((store) => {
      const findVisitor = store.findVisitor.bind(store);
      return {
        findVisitor: async (query) => {
          await gate.pass();
          return findVisitor(query);
        },
      };
    });
    await using server = await startTestServer({ openStore });
    await server.open(sessionStart(ANN));
    gate.shut();
    const answered: Response[] = [];
    const asked = Array.from({ length: 21 }, async () => {
      const response = await eraseAnn(server);
      answered.push(response);
      return response;
    });
    await waitFor(() => answered.length === 1);
    expect([answered[0]?.status, answered[0]?.headers.get("retry-after")]).toEqual([503, "1"]);
    gate.open();
    const erased = (await Promise.all(asked))
      .filter(({ ok }) => ok)
      .map((response) => countOf(Promise.resolve(response)));
    expect((await Promise.all(erased)).toSorted()).toEqual([...Array.from({ length: 19 }, () => 0), 1]);
  });
});

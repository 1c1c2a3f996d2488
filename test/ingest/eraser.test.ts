/** An erasure as a whole: under load, on a full disk, as the server stops, and beside long readers. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../src/base/errors.ts";
import { MINUTE_MS } from "../../src/base/units.ts";
import { filesWith } from "../support/bytes.ts";
import { eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";
import { ANN, countOf, eraseAnn, Gate, orphansIn, storeWith } from "./erasing.ts";

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
  test("under load loses no event of other visitors, and leaves none of the visitor's", async () => {
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

  test("that a full disk stops half-way is answered 503, and a repetition finishes it", async () => {
    let full = false;
    const openStore = storeWith((store) => {
      const removeRemains = store.removeRemains.bind(store);
      return {
        removeRemains: async (enough) => {
          if (full) throw new AppError("store-full", "Cannot write the database: the disk is full; make room");
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
          if (full) throw new AppError("store-full", "Cannot write the database: the disk is full; make room");
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

  test("is answered 503 when the server stops, and the next process finishes it", async () => {
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

  test("may wait with a few others; more are answered 503 with Retry-After", async () => {
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

  test("that a long reader holds back is answered and logged, and finished once the reader is gone", async () => {
    await using server = await startTestServer();
    await server.open(sessionStart({ ...ANN, "media.name": "held-title" }));
    using reader = new Database(join(server.dataDir, "playhead.db"), { readonly: true });
    reader.run("BEGIN");
    reader.query("SELECT count(*) FROM sessions").get();
    expect(await countOf(eraseAnn(server))).toBe(1);
    expect(server.logged.some((line) => line.includes('"warn"') && line.includes("retrying later"))).toBe(true);
    expect(filesWith(server.dataDir, "held-title")).not.toEqual([]);
    reader.run("COMMIT");
    server.clock.pass(5 * MINUTE_MS);
    await server.app.work();
    expect(filesWith(server.dataDir, "held-title")).toEqual([]);
  });
});

/** Erasing beside everything else: no row comes back or is orphaned, and other visitors' sessions don't change. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MINUTE_MS } from "../../src/base/units.ts";
import { Ingest } from "../../src/ingest/single/ingest.ts";
import { Writer } from "../../src/ingest/single/writer.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { arrivedAt } from "../store/writes.ts";
import { ManualClock } from "../support/clock.ts";
import { eventAt, sessionStart, startTestServer } from "../support/server.ts";
import { silentLog } from "../support/silent-log.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { ANN, countOf, eraseAnn, Gate, orphansIn, slowAppend, storeWith, waitForQueue } from "./erasing.ts";

describe("an event on its way while its session is erased", () => {
  test("goes with it if it was being stored already", async () => {
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

  test("is answered 404 if it was queued behind the erasure, and its neighbours are stored", async () => {
    const gate = new Gate();
    await using server = await startTestServer({ config: { queueEventsMax: 6 }, openStore: slowAppend(gate) });
    const ann = await server.open(sessionStart(ANN));
    const bob = await server.open();
    gate.shut();
    const first = server.add(bob, eventAt(1, "ping"));
    await waitFor(() => gate.reached === 1);
    const erasing = eraseAnn(server);
    await waitFor(() => gate.searched === 1);
    const late = server.add(ann, eventAt(1, "ping"));
    const end = server.add(ann, eventAt(2, "sessionEnd"));
    const neighbour = server.add(bob, eventAt(2, "ping"));
    await waitForQueue(server);
    gate.open();
    expect(await countOf(erasing)).toBe(1);
    expect(await Promise.all([first, late, end, neighbour])).toEqual([204, 404, 404, 204]);
    expect(orphansIn(server)).toBe(0);
    expect((await server.admin(`/admin/api/sessions/${bob}`)).events).toHaveLength(3);
  });

  test("in a closed session's grace period is answered 404, whether memory still has the session or not", async () => {
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

  test("finds no session, even if it was looked up just before", async () => {
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

describe("the intake", () => {
  test("adds no event to an erased session, and doesn't close it when its time comes", async () => {
    using directory = tempDir();
    const store = openSqliteStore({ path: join(directory.path, "playhead.db"), synchronous: "NORMAL" });
    const clock = new ManualClock();
    const elapsedMs = () => clock.elapsedMs();
    const limits = { queueEventsMax: 100, queueWaitMsMax: 1000 };
    const writer = new Writer({ ...limits, store, elapsedMs, onFailure: () => {} });
    const timeouts = { idleMs: 1000, stallMs: 1000 };
    const bounds = { timeouts, sizeLimits: { eventsMax: 100, bytesMax: 1_000_000 }, lateGraceMs: 0 };
    const intake = await Ingest.restore({ ...bounds, store, writer, clock, log: silentLog });
    const sid = await intake.open(arrivedAt(0, "sessionStart", { params: ANN }));
    expect(await intake.eraseNow([1])).toBe(1);
    expect(intake.countOpen()).toBe(0);
    await expect(intake.add(sid, () => arrivedAt(1, "ping"))).rejects.toMatchObject({ code: "session-not-found" });
    clock.pass(2000);
    await intake.closeDue();
    await writer.drain();
    expect(writer.stats().committedBatches).toBe(1);
    await store.close();
  });
});

describe("what goes on beside requests", () => {
  test("closes no erased session, and doesn't take that for a failure", async () => {
    const gate = new Gate();
    await using server = await startTestServer({ config: { queueEventsMax: 2 }, openStore: slowAppend(gate) });
    await server.open(sessionStart(ANN));
    const bob = await server.open();
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

  test("stores no numbers for a session that is erased while it is folded", async () => {
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

  test("checkpoints no head of it, and a restart doesn't know it", async () => {
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

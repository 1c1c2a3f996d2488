/** A filled data directory: as a server would have left it, and ready for a server to go on with. */

import { describe, expect, test } from "bun:test";
import { openApp } from "../../src/app/app.ts";
import { simulateDataDir } from "../../src/app/simulated.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createLog } from "../../src/base/log.ts";
import { DAY_MS, MINUTE_MS } from "../../src/base/units.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import { lockDataDir } from "../../src/data-dir/lock.ts";
import { databasePathOf } from "../../src/data-dir/paths.ts";
import { foldClosed } from "../../src/ingest/settle.ts";
import type { FillSummary } from "../../src/simulate/fill.ts";
import { viewers } from "../../src/simulate/viewers.ts";
import { SPARSE_PINGS } from "../../src/simulate/wire.ts";
import type { JournalStore } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { ArrivedEvent, StoredSession, StoreReader } from "../../src/store/store.ts";
import { adding, arrivedAt, newHead, opening } from "../store/writes.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";

const SESSIONS = 700;
const UNTIL_MS = Date.UTC(2024, 8, 23);

interface FillCall {
  readonly sessions?: number;
  readonly days?: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly isStopped?: () => boolean;
}

function configOf(dataDir: string, settings: Readonly<Record<string, string>> = {}): Config {
  const own = { PLAYHEAD_HOST: "127.0.0.1", PLAYHEAD_PORT: "0", PLAYHEAD_ADMIN_TOKEN: ADMIN_TOKEN };
  return loadConfig({ ...own, PLAYHEAD_DATA_DIR: dataDir, ...settings });
}

function fill(
  dataDir: string,
  { sessions = SESSIONS, days = 3, settings, isStopped }: FillCall = {},
): Promise<FillSummary> {
  return simulateDataDir(configOf(dataDir, settings), {
    sessions: viewers({ seed: 5, sessions, fromMs: UNTIL_MS - days * DAY_MS, toMs: UNTIL_MS, pings: SPARSE_PINGS }),
    total: sessions,
    untilMs: UNTIL_MS,
    onProgress: () => {},
    isStopped: isStopped ?? (() => false),
  });
}

/** Reads a directory's database through the store. */
async function reading<T>(dataDir: string, read: (store: JournalStore) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ path: databasePathOf({ dataDir }), synchronous: "FULL" });
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}

const closedOf = (store: StoreReader) => store.listClosed({ afterId: 0, limit: 10_000 });

async function lastEventOf(store: StoreReader, { id, seq = 0, start }: StoredSession): Promise<ArrivedEvent> {
  return (await store.readEvents({ id, seq })).at(-1) ?? start;
}

describe("a filled directory", () => {
  test("has every session closed, with the numbers that a fresh fold of its events gives", async () => {
    using directory = tempDir();
    const summary = await fill(directory.path);
    expect(summary).toMatchObject({ sessions: SESSIONS, finished: true });
    await reading(directory.path, async (store) => {
      const closed = await closedOf(store);
      expect(closed).toHaveLength(SESSIONS);
      expect(await store.claimPending(10)).toEqual([]);
      for (const session of closed) {
        const { definitions, folded } = await foldClosed(store, session);
        const { metrics, contentSegment } = folded;
        expect(session.result).toMatchObject({ edition: 1, definitions, metrics, contentSegment });
      }
      expect(store.position()).toEqual({ session: SESSIONS, seq: summary.events - SESSIONS });
    });
  });

  test("has sessions that started in order within the days, and events that arrived a moment after their ts", async () => {
    using directory = tempDir();
    await fill(directory.path);
    await reading(directory.path, async (store) => {
      const closed = await closedOf(store);
      const starts = closed.map(({ startedAtMs }) => startedAtMs);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      expect(closed.map(({ sid }) => sid)).toEqual(closed.map(({ sid }) => sid).toSorted());
      expect(starts[0]).toBeGreaterThanOrEqual(UNTIL_MS - 3 * DAY_MS);
      expect(starts.at(-1)).toBeWithin(UNTIL_MS - DAY_MS / 4, UNTIL_MS);
      for (const session of closed.slice(0, 100)) {
        const last = await lastEventOf(store, session);
        for (const event of [session.start, last]) expect(event.receivedAtMs - event.tsMs).toBeWithin(1, 200);
        expect(session.start.receivedAtMs).toBe(session.startedAtMs);
        expect(session.downloaded).toBe(false);
      }
    });
  });

  test("has sessions closed by their end or by silence, when a server would have closed them", async () => {
    using directory = tempDir();
    await fill(directory.path);
    await reading(directory.path, async (store) => {
      const reasons = new Set<string>();
      for (const session of await closedOf(store)) {
        const last = await lastEventOf(store, session);
        const silent = last.type !== "sessionEnd";
        reasons.add(session.close?.reason ?? "none");
        expect(session.close).toEqual({
          reason: silent ? "idle-timeout" : "session-end",
          closedAtMs: last.receivedAtMs + (silent ? 10 * MINUTE_MS : 0),
          endTsMs: last.tsMs,
        });
        expect(session.close?.closedAtMs).toBeLessThanOrEqual(UNTIL_MS);
      }
      expect([...reasons].toSorted()).toEqual(["idle-timeout", "session-end"]);
    });
  });

  test("has those who are still watching at its end leave then", async () => {
    using directory = tempDir();
    await fill(directory.path, { sessions: 300, days: 1 });
    await reading(directory.path, async (store) => {
      const leaving = (await closedOf(store)).filter(({ close }) => close?.closedAtMs === UNTIL_MS);
      expect(leaving.length).toBeGreaterThan(1);
      expect(new Set(leaving.map(({ close }) => close?.reason))).toEqual(new Set(["session-end"]));
    });
  });

  test("has what a server with shorter timeouts would have: no event after the deadline", async () => {
    using directory = tempDir();
    const settings = { PLAYHEAD_IDLE_TIMEOUT_MS: "30000" };
    const { events } = await fill(directory.path, { settings });
    using other = tempDir();
    expect(events).toBeLessThan((await fill(other.path)).events / 1.5);
    await reading(directory.path, async (store) => {
      for (const session of await closedOf(store)) {
        const all = [session.start, ...(await store.readEvents({ id: session.id, seq: session.seq ?? 0 }))];
        const gaps = all.slice(1).map(({ receivedAtMs }, at) => receivedAtMs - (all[at]?.receivedAtMs ?? 0));
        expect(Math.max(0, ...gaps)).toBeLessThan(30_000);
      }
    });
  });

  test("is taken up by a server, which closes no session again and reads no log", async () => {
    using directory = tempDir();
    await fill(directory.path);
    await using app = await serve(directory.path);
    await app.work();
    const response = await fetch(`${app.url}/admin/api/sessions?limit=5`, {
      headers: ADMIN_HEADERS,
    });
    const { sessions } = (await response.json()) as { sessions: { status: string; metrics: object }[] };
    expect(sessions.map(({ status }) => status)).toEqual(new Array(5).fill("closed"));
    expect(sessions.every(({ metrics }) => "contentTimeSpent" in metrics)).toBe(true);
    await app.stop();
    await reading(directory.path, async (store) => {
      const { heads, checkpoint } = await store.restoreHeads();
      expect([heads, checkpoint]).toEqual([[], store.position()]);
    });
  });
});

describe("filling a directory", () => {
  test("keeps the open sessions of a server that was there before", async () => {
    using directory = tempDir();
    const open = async () => {
      await using app = await serve(directory.path);
      const body = JSON.stringify(sessionStart());
      return sidOf(await fetch(`${app.url}/api/v1/sessions`, { method: "POST", body }));
    };
    const sid = await open();
    await fill(directory.path);
    await using app = await serve(directory.path);
    const body = JSON.stringify(eventAt(1, "play"));
    const response = await fetch(`${app.url}/api/v1/sessions/${sid}/events`, { method: "POST", body });
    expect(response.status).toBe(204);
  });

  test("keeps those of a server that was killed before it could write a checkpoint", async () => {
    using directory = tempDir();
    const head = { ...newHead(UNTIL_MS), sid: "a".repeat(64) };
    await reading(directory.path, (store) => store.append([opening(head), adding(head, arrivedAt(1, "play"))]));
    await fill(directory.path);
    await reading(directory.path, async (store) => {
      expect((await store.restoreHeads()).heads).toMatchObject([{ sid: head.sid, id: 1, seq: 1 }]);
    });
  });

  test("adds to what is there", async () => {
    using directory = tempDir();
    await fill(directory.path, { sessions: 20 });
    await fill(directory.path, { sessions: 30 });
    await reading(directory.path, async (store) => expect(await closedOf(store)).toHaveLength(50));
  });

  test("that is stopped keeps what was stored, and says how much", async () => {
    using directory = tempDir();
    const summary = await fill(directory.path, { isStopped: () => true });
    expect(summary.finished).toBe(false);
    expect(summary.sessions).toBeWithin(1, SESSIONS);
    await reading(directory.path, async (store) => {
      const closed = await closedOf(store);
      expect(closed).toHaveLength(summary.sessions);
      expect(closed.every(({ result }) => result !== undefined)).toBe(true);
      expect((await store.restoreHeads()).checkpoint).toEqual(store.position());
    });
  });

  test("is refused while another process uses the directory", async () => {
    using directory = tempDir();
    using _lock = lockDataDir(directory.path);
    await expect(fill(directory.path)).rejects.toMatchObject({ code: "data-dir-locked" });
  });
});

function serve(dataDir: string) {
  const log = createLog({ level: "error", format: "json", clock: systemClock, write: () => {} });
  return openApp({ config: configOf(dataDir), log });
}

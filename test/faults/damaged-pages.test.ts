/** A page of the database that a disk has damaged: lists pass over it, say so, and the server goes on. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, KIB } from "../../src/base/units.ts";
import { settlePending } from "../../src/ingest/settle.ts";
import { DamageError, type Skip } from "../../src/store/damage.ts";
import { openSqliteStore, openSqliteStoreForReading } from "../../src/store/sqlite/store.ts";
import type { StoredSession, StoreReader } from "../../src/store/store.ts";
import { arrivedAt, closing, NOW_MS, newHead, openingWith } from "../store/writes.ts";
import { ManualClock } from "../support/clock.ts";
import { type Damage, damagePage } from "../support/damage-page.ts";
import { sized } from "../support/effort.ts";
import { ADMIN_HEADERS, eventAt, startTestServer, type TestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";

const SESSIONS = sized({ full: 1500, fast: 600 });
/** Sessions on a page of their table, and on those beside it that can lose no row more. */
const PER_PAGE_MAX = 48;
/** Sessions with an event on one page. */
const PER_PAGE_OF_EVENTS_MAX = 200;
const PAD = "x".repeat(500);
const AD = { "media.ad.name": "Soap", "media.ad.id": "1", "media.ad.length": 5, "media.ad.podPosition": 1 };
const BREAK = { "media.ad.podFriendlyName": "First", "media.ad.podIndex": 1, "media.ad.podSecond": 0 };

const whole = tempDir();
const sids: string[] = [];

/** Stores sessions a second apart, each with an ad and with its numbers. */
beforeAll(async () => {
  const store = openSqliteStore({ path: join(whole.path, "playhead.db"), synchronous: "NORMAL" });
  const heads = Array.from({ length: SESSIONS }, (_, at) => newHead(NOW_MS - (SESSIONS - at) * 1000));
  await store.append(heads.map((head) => openingWith(head, { customMetadata: { pad: PAD } })));
  await store.append(
    heads.map((head) => {
      const { events, ...end } = closing(head, arrivedAt(9, "sessionEnd"));
      const ads = [
        arrivedAt(1, "adBreakStart", { params: BREAK } as object),
        arrivedAt(2, "adStart", { params: AD } as object),
      ].map((event) => ({ ...events[0], ...closing(head, event).events[0] }));
      return { ...end, events: [...ads, ...events] } as typeof end & { events: typeof events };
    }),
  );
  await settlePending({
    store,
    elapsedMs: () => 0,
    steadyMs: () => NOW_MS,
    onFailure: (_, error) => expect(error).toBeUndefined(),
  });
  await store.finishCheckpoint(store.position());
  sids.push(...heads.map(({ sid }) => sid));
  await store.close();
});
afterAll(() => whole[Symbol.dispose]());

/** A copy with a damaged page. */
function damaged(page: string, damage?: Damage): Disposable & { readonly path: string } {
  const directory = tempDir();
  copyFileSync(join(whole.path, "playhead.db"), join(directory.path, "playhead.db"));
  damagePage(directory.path, page, damage);
  return directory;
}

interface Listed {
  readonly sids: readonly string[];
  readonly damaged: number;
}

async function listAll(server: TestServer, query: string): Promise<Listed> {
  const found: string[] = [];
  let left = 0;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const answer: Answer = await server.admin(`/admin/api/sessions?limit=100${query}${cursor && `&cursor=${cursor}`}`);
    expect(answer).toHaveProperty("sessions");
    found.push(...answer.sessions.map(({ sid }) => sid));
    left += answer.damaged ?? 0;
    cursor = answer.nextCursor;
  }
  expect(new Set(found).size).toBe(found.length);
  return { sids: found, damaged: left };
}

interface Answer {
  readonly sessions: readonly { readonly sid: string }[];
  readonly damaged?: number;
  readonly nextCursor: string | null;
}

async function linesOf(server: TestServer, kind: string): Promise<number> {
  const response = await fetch(`${server.url}/admin/api/export/${kind}?format=ndjson`, { headers: ADMIN_HEADERS });
  expect(response.status).toBe(200);
  return (await response.text()).split("\n").length - 1;
}

async function metric(server: TestServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`, { headers: ADMIN_HEADERS })).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
}

async function countReported(server: TestServer): Promise<number> {
  const body = { metrics: ["mediaStarts"], from: NOW_MS - SESSIONS * 2000, to: NOW_MS };
  const response = await server.post("/admin/api/reports", body, ADMIN_HEADERS);
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return JSON.parse(text).totals.mediaStarts;
}

/** Each with the sessions that it may cost, in lists and in reports: as many as one page has. */
const PAGES: readonly (readonly [name: string, most: number])[] = [
  ["starts", 16],
  ["starts_started_at", 0],
  ["starts_sid", 0],
  ["closes", 200],
  ["results", 16],
  ["results_revision_unique", 0],
  ["ads", 40],
  ["events", 200],
];

/** One of each kind: a table's rows, an index that lists go by, and an index that they don't. */
const FAST = ["starts", "starts_started_at", "results", "events"];
const OF_SERVERS = sized({ full: PAGES, fast: PAGES.filter(([name]) => FAST.includes(name)) });
/** Commands are processes: each takes a second to start. */
const OF_COMMANDS = sized({ full: PAGES, fast: PAGES.filter(([name]) => ["starts", "events"].includes(name)) });

describe("a damaged page of", () => {
  test.each(OF_SERVERS)("%s costs lists, exports and reports its own sessions at most", async (page, most) => {
    using data = damaged(page);
    await using server = await startTestServer({ config: { dataDir: data.path } });
    for (const query of ["", "&status=closed"]) {
      const list = await listAll(server, query);
      expect(list.sids.length).toBeGreaterThanOrEqual(SESSIONS - most);
      expect(list.sids.length + list.damaged).toBeGreaterThanOrEqual(SESSIONS);
    }
    expect(await linesOf(server, "sessions")).toBeGreaterThanOrEqual(SESSIONS - most);
    expect(await linesOf(server, "ads")).toBeGreaterThanOrEqual(SESSIONS - most);
    expect(await linesOf(server, "events")).toBeGreaterThanOrEqual(4 * (SESSIONS - most));
    expect(await countReported(server)).toBeGreaterThanOrEqual(SESSIONS - most);
    await server.app.work();
    expect(await server.add(await server.open(), eventAt(1, "play"))).toBe(204);
    const told = server.logged.flatMap((line) => /damaged.*"session":("?\w+"?)/.exec(line)?.[1] ?? []);
    expect(new Set(told).size).toBe(told.length);
    expect(await metric(server, "playhead_damaged_sessions")).toBe(told.length);
    expect(server.logged.filter((line) => /"level":"(error|warn)"/.test(line) && !/damaged/.test(line))).toEqual([]);
  });

  test.each(OF_COMMANDS)(
    "%s stops no command that reads them all, which says how many it leaves out",
    async (page, most) => {
      using data = damaged(page);
      const run = async (...args: string[]) => {
        const { code, out, err } = await runCommand([...args, "--data-dir", data.path]);
        expect([args, code, err]).toEqual([args, 0, expect.stringMatching(/^(Left out .*\n)?$/)]);
        return { out, left: Number(/^Left out (\d+)/.exec(err)?.[1] ?? 0) };
      };
      const exported = await run("export", "sessions", "--out", join(data.path, "sessions.ndjson"));
      expect(exported.left).toBeLessThanOrEqual(most);
      const rebuilt = await run("rebuild-reports");
      expect(rebuilt.left).toBeLessThanOrEqual(most);
      const { out } = await run("recompute");
      expect(Number(out.match(/^([\d,]+) session/)?.[1]?.replace(",", ""))).toBeGreaterThanOrEqual(SESSIONS - most);
    },
  );
});

/** Lists all sessions of a store, a page at a time. */
async function countListed(store: StoreReader, first: "newest" | "oldest", skip: Skip): Promise<number> {
  let count = 0;
  for (let after: StoredSession | undefined; ; ) {
    const page = await store.listSessions({ first, limit: 100, ...(after && { after }) }, skip);
    count += page.length;
    after = page.at(-1);
    if (!after) return count;
  }
}

describe("a page whose header is sound", () => {
  test.each([
    ["starts", "pointers", 0x5a],
    ["starts", "pointers", 0],
    ["starts", "cells", 0x5a],
    ["starts", "cells", 0],
    ["starts_started_at", "pointers", 0x5a],
    ["closes", "pointers", 0x5a],
    ["results", "pointers", 0x5a],
  ] as const)("of %s with %s of nonsense (%d) hides no session from a list", async (name, part, byte) => {
    using data = damaged(name, { part, byte });
    const store = openSqliteStoreForReading({ path: join(data.path, "playhead.db"), synchronous: "NORMAL" });
    for (const first of ["newest", "oldest"] as const) {
      const met = new Set<number | undefined>();
      const before = await countListed(store, first, () => {});
      // SQLite looks at a page once: the second list is to meet its damage too.
      const listed = await countListed(store, first, (session) => met.add(session));
      expect([before, listed]).toEqual([SESSIONS - met.size, SESSIONS - met.size]);
    }
    await store.close();
  });

  test.each([
    ["pointers", 0x5a],
    ["cells", 0],
  ] as const)("of events with %s of nonsense (%d) hides no event of a session", async (part, byte) => {
    using data = damaged("events", { part, byte });
    const store = openSqliteStoreForReading({ path: join(data.path, "playhead.db"), synchronous: "NORMAL" });
    const most = { events: 10, bytes: KIB };
    const lengths = new Set<unknown>();
    for (const { id, seq = 0 } of await store.listClosed({ afterId: 0, limit: SESSIONS })) {
      const ofDamage = (error: unknown) => expect(error).toBeInstanceOf(DamageError);
      const events = await store.readEvents({ id, seq }).catch(ofDamage);
      const outline = await store.readOutline({ id, seq }, most).catch(ofDamage);
      lengths.add(events?.length).add(outline?.seqs.length);
    }
    expect(lengths).toEqual(new Set([3, undefined]));
    await store.close();
  });

  test("ends a list of closed sessions", async () => {
    using data = damaged("closes", { part: "cells", byte: 0 });
    const store = openSqliteStoreForReading({ path: join(data.path, "playhead.db"), synchronous: "NORMAL" });
    let afterId = 0;
    for (;;) {
      const page = await store.listClosed({ afterId, limit: 50 }, () => {});
      if (page.length === 0) break;
      expect(page.at(-1)?.id).toBeGreaterThan(afterId);
      afterId = page.at(-1)?.id ?? 0;
    }
    await store.close();
  });
});

describe("a damaged page with an end of the log", () => {
  const check = async (dataDir: string) => {
    const { code, out, err } = await runCommand(["check", "--data-dir", dataDir]);
    expect([code, err]).toEqual([1, ""]);
    const found = /PROBLEM (\d+) sessions? cannot be read whole .*\n +→ .*playhead backup --salvage/.exec(out);
    expect([out, Number(found?.[1]) <= PER_PAGE_OF_EVENTS_MAX]).toEqual([out, true]);
  };

  test.each(["starts", "events"])(
    "of %s stops neither exports nor playhead check where it is the first",
    async (page) => {
      using data = damaged(page, { which: "first" });
      const store = openSqliteStoreForReading({ path: join(data.path, "playhead.db"), synchronous: "NORMAL" });
      expect((await store.readExtent()).sessions).toBe(SESSIONS);
      const withoutEvents = { id: SESSIONS, seq: 0 };
      expect(await store.readEvents(withoutEvents)).toEqual([]);
      await store.close();
      await check(data.path);
    },
  );

  test.each(["starts", "events"])("of %s stops the start in words where it is the last", async (page) => {
    using data = damaged(page, { which: "last" });
    const open = () => openSqliteStore({ path: join(data.path, "playhead.db"), synchronous: "NORMAL" });
    expect(open).toThrow(/^Cannot go on with the log: .*; run playhead check, which says what to do$/);
    await check(data.path);
  });
});

test("the page of a damaged session says that it is, and what to run", async () => {
  using data = damaged("starts");
  await using server = await startTestServer({ config: { dataDir: data.path } });
  const { sids: listed } = await listAll(server, "");
  const lost = sids.filter((sid) => !listed.includes(sid));
  expect(lost.length).toBeGreaterThan(0);
  for (const sid of lost) {
    expect(await server.admin(`/admin/api/sessions/${sid}`)).toEqual({
      code: "session-damaged",
      message: expect.stringMatching(/^Cannot read session \d+: .*; run playhead check$/),
    });
  }
  expect(server.logged.filter((line) => line.includes("playhead check")).length).toBe(lost.length);
});

test("erasing a session with a damaged page of events fails, and stands in the way of no other", async () => {
  using data = damaged("events");
  const reader = openSqliteStoreForReading({ path: join(data.path, "playhead.db"), synchronous: "NORMAL" });
  const lost: string[] = [];
  for (const sid of sids) {
    const session = await reader.findSession(sid);
    await reader.readEvents({ id: session?.id ?? 0, seq: session?.seq ?? 0 }).catch(() => lost.push(sid));
  }
  await reader.close();
  const [first = ""] = lost;
  const others = sids.filter((sid) => !lost.includes(sid)).slice(0, 3);
  const config = { dataDir: data.path, sessionsRetentionDays: 1 };
  await using server = await startTestServer({ config, clock: new ManualClock(NOW_MS) });
  const erase = async (sid: string) => {
    const response = await fetch(`${server.url}/admin/api/sessions/${sid}`, {
      method: "DELETE",
      headers: ADMIN_HEADERS,
    });
    return response.status;
  };
  expect(await erase(first)).toBe(500);
  expect(await Promise.all(others.map(erase))).toEqual([200, 200, 200]);
  const { sids: listed } = await listAll(server, "");
  expect(listed.filter((sid) => [first, ...others].includes(sid))).toEqual([]);
  for (let pass = 0; pass < 3; pass += 1) {
    server.clock.pass(DAY_MS);
    await server.app.work();
  }
  expect((await listAll(server, "")).sids).toEqual([]);
  const told = server.logged.flatMap((line) => /damaged.*"session":(\d+)/.exec(line)?.[1] ?? []);
  // Removing rows merges their page with those beside it, so sessions of these meet the damage too.
  expect(told.length).toBeLessThanOrEqual(3 * lost.length);
  expect(new Set(told).size).toBe(told.length);
  expect(server.logged.filter((line) => line.includes("Retention failed"))).toEqual([]);
});

test("retention takes all the others away, and the server goes on", async () => {
  using data = damaged("starts");
  const config = { dataDir: data.path, sessionsRetentionDays: 1 };
  await using server = await startTestServer({ config, clock: new ManualClock(NOW_MS) });
  for (let pass = 0; pass < 3; pass += 1) {
    server.clock.pass(DAY_MS);
    await server.app.work();
  }
  const { sids: left } = await listAll(server, "");
  expect(left.length).toBeLessThan(PER_PAGE_MAX);
  expect(await server.add(await server.open(), eventAt(1, "play"))).toBe(204);
});

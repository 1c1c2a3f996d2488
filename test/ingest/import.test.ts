/** An export of events put in again: the very same sessions, once, however often and in however many pieces. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newSid } from "../../src/base/ids.ts";
import type { Settings } from "../../src/config.ts";
import type { JournalStore, Write } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  sessionStart,
  sidOf,
  startTestServer,
  type TestServer,
  TS,
} from "../support/server.ts";
import { exported, imported, reported, sourceServer } from "./moved.ts";

const KINDS = ["sessions", "ads", "adBreaks", "chapters", "states", "errors"];
const NOTHING = { stored: 0, present: 0, erased: 0, trimmed: 0 };

function emptyServer(like: TestServer): Promise<TestServer> {
  return startTestServer({ clock: like.clock });
}

/** A server with all kinds of sessions, and one with few: tests only read them. */
let full: TestServer;
let small: TestServer;
beforeAll(async () => {
  full = await sourceServer();
  small = await sourceServer({ simulated: 5 });
});
afterAll(async () => {
  await full[Symbol.asyncDispose]();
  await small[Symbol.asyncDispose]();
});

/** Lines as objects, to be spoilt. */
// biome-ignore lint/suspicious/noExplicitAny: a test changes the members that it names
function linesOf(file: string): any[] {
  return file
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function fileOf(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

async function sessionOf(server: TestServer, sid: string) {
  await server.app.work();
  return server.admin(`/admin/api/sessions/${sid}`);
}

const TIMED_OUT = 1100;
let closesAtOnce: number[] = [];

/** A store that tells how many closes each of its transactions has. */
function countingCloses({ dataDir, synchronous }: Settings): JournalStore {
  const store = openSqliteStore({ path: join(dataDir, "playhead.db"), synchronous });
  const append = store.append.bind(store);
  return Object.assign(store, {
    append: (writes: readonly Write[]) => {
      closesAtOnce.push(writes.filter(({ close }) => close).length);
      return append(writes);
    },
  });
}

/** A line of a session that was open when it was exported. */
function openLine(sid: string, line: { readonly seq: number; readonly type: string; readonly receivedAt: number }) {
  const { params, playerTime } = sessionStart() as { params: object; playerTime: object };
  if (line.type !== "sessionStart") return { sid, ...line, ...playerTime };
  const open = { startedAt: line.receivedAt, downloaded: false, closedAt: null, closeReason: null, endTs: null };
  return { sid, ...line, ...playerTime, params, session: open };
}

/** JSON.stringify would write `-0` as `0`. */
function textOfPing(bitrate: string, playhead: number): string {
  const playerTime = `{"playhead":${playhead},"ts":${TS}}`;
  return `{"eventType":"ping","playerTime":${playerTime},"qoeData":{"media.qoe.bitrate":${bitrate}}}`;
}

describe("an import into an empty server", () => {
  test("gives the same file again, the same rows and the same reports", async () => {
    const source = full;
    await using target = await emptyServer(source);
    const file = await exported(source);
    const lines = linesOf(file).length;
    const summary = await imported(target, file);
    const { sessions, events } = summary;
    expect(summary).toMatchObject({ status: 200, lines, refused: 0, finished: true, problems: [] });
    expect(sessions.stored + events.stored).toBe(lines);
    await target.app.work();
    expect(await exported(target)).toBe(file);
    for (const kind of KINDS) {
      expect([kind, await exported(target, kind)]).toEqual([kind, await exported(source, kind)]);
    }
    expect(await reported(target)).toEqual(await reported(source));
  });

  test("leaves open what was open: players go on there, and deadlines are what they were", async () => {
    await using source = await startTestServer();
    const going = await source.open();
    const silent = await source.open();
    source.clock.pass(500_000);
    await source.add(going, eventAt(1, "play"));
    await using target = await emptyServer(source);
    expect(await imported(target, await exported(source))).toMatchObject({ refused: 0 });
    await target.app.work();
    expect(await target.add(going, eventAt(5, "ping"))).toBe(204);
    target.clock.pass(100_001);
    expect((await sessionOf(target, silent)).session).toMatchObject({
      closeReason: "idle-timeout",
      closedAt: source.clock.nowMs() - 1,
    });
    expect((await sessionOf(target, going)).session.status).toBe("open");
    expect((await sessionOf(target, going)).events).toHaveLength(3);
    expect(target.app.work()).resolves.toBeUndefined();
    await target.restart();
    expect(await target.add(going, eventAt(9, "ping"))).toBe(204);
  });

  test("has the numbers only once it is over, and then those of all events", async () => {
    const source = full;
    const file = await exported(source);
    await using target = await emptyServer(source);
    // More than the lines that are stored at once.
    const most = file.slice(0, 0.75 * file.length);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from(most));
        await held;
        controller.enqueue(Buffer.from(file.slice(most.length)));
        controller.close();
      },
    });
    const importing = imported(target, body);
    while ((await target.admin("/admin/api/sessions?limit=500")).sessions.length < 20) await target.app.work();
    await target.app.work();
    expect(await exported(target, "sessions")).not.toBe(await exported(source, "sessions"));
    const readyMs = target.logged.length;
    expect(readyMs).toBeGreaterThan(0);
    const second = await imported(target, file);
    expect(second).toMatchObject({ status: 503, code: "overloaded" });
    release();
    expect(await importing).toMatchObject({ status: 200, refused: 0 });
    await target.app.work();
    expect(await exported(target, "sessions")).toBe(await exported(source, "sessions"));
  });
});

describe("an import that comes again", () => {
  test("knows numbers that a file has otherwise than they are stored", async () => {
    await using server = await startTestServer();
    const start = JSON.stringify(sessionStart({ "media.length": 59 })).replace(":59", ":-0");
    const sid = sidOf(await server.post("/api/v1/sessions", start));
    for (const ping of [textOfPing("-0", 1), textOfPing("1", 1e300)]) {
      expect((await server.post(`/api/v1/sessions/${sid}/events`, ping)).status).toBe(204);
    }
    const again = await imported(server, await exported(server));
    expect(again.problems).toEqual([]);
    expect(again.sessions).toEqual({ ...NOTHING, present: 1 });
    expect(again.events).toEqual({ ...NOTHING, present: 2 });
  });

  test("changes nothing, and says how much was there", async () => {
    const source = full;
    await using target = await emptyServer(source);
    const file = await exported(source);
    const first = await imported(target, file);
    await target.app.work();
    for (const body of [file, file + file]) {
      const again = await imported(target, body);
      const times = body.length / file.length;
      expect(again.sessions).toEqual({ ...NOTHING, present: times * first.sessions.stored });
      expect(again.events).toEqual({ ...NOTHING, present: times * first.events.stored });
      await target.app.work();
      expect(await exported(target)).toBe(file);
    }
  });

  test("knows the events of a session that is longer than a page", async () => {
    await using source = await startTestServer();
    await using target = await emptyServer(source);
    const pings = Array.from({ length: 4500 }, (_, at) => eventAt(at + 1, "ping"));
    await source.post("/api/v1/downloaded", [sessionStart(), ...pings]);
    const lines = linesOf(await exported(source));
    await imported(target, fileOf(lines.slice(0, 4000)));
    const summary = await imported(target, fileOf(lines));
    expect(summary).toMatchObject({ refused: 0, events: { stored: 501, present: 3999 } });
    expect(await exported(target)).toBe(await exported(source));
  });

  test("takes the same file twice in one piece for one", async () => {
    const source = small;
    await using target = await emptyServer(source);
    const file = await exported(source);
    const { events } = await imported(target, file + file);
    expect(events.stored).toBe(events.present);
    await target.app.work();
    expect(await exported(target)).toBe(file);
  });

  for (const share of [0.6, 0.9]) {
    test(`goes on where it was cut off, at ${share} of the file, even after a restart`, async () => {
      const source = full;
      await using target = await emptyServer(source);
      const file = await exported(source);
      const cut = Math.floor(file.length * share);
      const gone = new AbortController();
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from(file.slice(0, cut))),
      });
      const aborted = fetch(`${target.url}/admin/api/import`, {
        method: "POST",
        headers: ADMIN_HEADERS,
        body,
        signal: gone.signal,
      }).catch((error: Error) => error.name);
      while ((await exported(target)) === "") await target.app.work();
      gone.abort();
      expect(await aborted).toBe("AbortError");
      await target.restart();
      await target.app.work();
      let summary = await imported(target, file);
      while (summary.status === 503) summary = await imported(target, file);
      expect(summary).toMatchObject({ status: 200, refused: 0 });
      expect(summary.sessions.present).toBeGreaterThan(0);
      await target.app.work();
      await source.app.work();
      const byPlace = (text: string) => linesOf(text).map(({ seq, ...line }) => line);
      expect(byPlace(await exported(target))).toEqual(byPlace(await exported(source)));
      expect(await reported(target)).toEqual(await reported(source));
    });
  }

  test("brings what came since: events of open sessions, and their closes", async () => {
    await using source = await startTestServer();
    await using target = await emptyServer(source);
    const ended = await source.open();
    const timed = await source.open();
    await source.add(ended, eventAt(1, "play"));
    await imported(target, await exported(source));
    // The target hears nothing more, and closes both.
    source.clock.pass(500_000);
    for (const sid of [ended, timed]) await source.add(sid, eventAt(500, "ping"));
    source.clock.pass(400_000);
    expect((await sessionOf(target, ended)).session.closeReason).toBe("idle-timeout");
    await source.add(ended, eventAt(900, "sessionEnd"));
    const summary = await imported(target, await exported(source));
    expect(summary).toMatchObject({ refused: 0, events: { stored: 3, present: 1 } });
    for (const sid of [ended, timed]) {
      const ours = await sessionOf(source, sid);
      expect((await sessionOf(target, sid)).events).toEqual(ours.events);
    }
    expect(await sessionOf(target, ended)).toEqual(await sessionOf(source, ended));
    source.clock.pass(400_000);
    await source.app.work();
    await imported(target, await exported(source));
    expect(await sessionOf(target, timed)).toEqual(await sessionOf(source, timed));
    await target.app.work();
    expect(await exported(target, "sessions")).toContain('"closeReason":"session-end"');
  });

  test("corrects the closes of many sessions in slices, between which others are served", async () => {
    await using target = await startTestServer({ openStore: countingCloses });
    const { clock } = target;
    const sids = Array.from({ length: TIMED_OUT }, () => newSid(clock.nowMs()));
    const starts = sids.map((sid) => openLine(sid, { seq: 0, type: "sessionStart", receivedAt: clock.nowMs() }));
    expect(await imported(target, fileOf(starts))).toMatchObject({ sessions: { stored: TIMED_OUT } });
    clock.pass(500_000);
    const pings = sids.map((sid, at) => openLine(sid, { seq: at + 1, type: "ping", receivedAt: clock.nowMs() }));
    clock.pass(700_000);
    await target.app.work();
    closesAtOnce = [];
    const again = fileOf(starts.flatMap((start, at) => [start, pings[at] as object]));
    expect(await imported(target, again)).toMatchObject({ events: { stored: TIMED_OUT } });
    expect(closesAtOnce.reduce((all, some) => all + some, 0)).toBe(TIMED_OUT);
    expect(Math.max(...closesAtOnce)).toBeLessThanOrEqual(500);
  });
});

describe("an import", () => {
  test("refuses what was erased, and counts it", async () => {
    await using source = await startTestServer();
    await using target = await emptyServer(source);
    const erased = await source.open(sessionStart({ "analytics.visitorId": "ann" }));
    await source.add(erased, eventAt(1, "play"));
    await source.open();
    const file = await exported(source);
    await imported(target, file);
    const body = JSON.stringify({ visitorId: "ann" });
    await fetch(`${target.url}/admin/api/erasures`, { method: "POST", headers: ADMIN_HEADERS, body });
    const again = await imported(target, file);
    expect(again).toMatchObject({
      refused: 0,
      sessions: { stored: 0, present: 1, erased: 1 },
      events: { stored: 0, erased: 1 },
    });
    expect(await exported(target)).not.toContain(erased);
  });

  test("takes lines of version 0.1, which say nothing of the session", async () => {
    await using source = await startTestServer();
    await using target = await emptyServer(source);
    const live = await source.open();
    await source.add(live, eventAt(1, "play"));
    await source.add(live, eventAt(9, "sessionEnd"));
    const start = {
      ...sessionStart({ "media.downloaded": true }),
      playerTime: { playhead: 0, ts: source.clock.nowMs() },
    };
    const end = { ...eventAt(2, "sessionEnd"), playerTime: { playhead: 2, ts: source.clock.nowMs() + 2000 } };
    const downloaded = sidOf(await source.post("/api/v1/sessions", [start, end]));
    await source.open();
    const old = linesOf(await exported(source)).map(({ session, ...line }) => line);
    expect(await imported(target, fileOf(old))).toMatchObject({ status: 200, refused: 0 });
    for (const sid of [live, downloaded]) expect(await sessionOf(target, sid)).toEqual(await sessionOf(source, sid));
    expect(await exported(target)).toBe(await exported(source));
  });

  test("passes over sessions whose events retention has taken", async () => {
    const source = small;
    await using target = await emptyServer(source);
    const lines = linesOf(await exported(source));
    const [first] = lines;
    first.session.eventsTrimmed = true;
    const trimmed = lines.filter(({ sid, seq }) => sid !== first.sid || seq === 0);
    const summary = await imported(target, fileOf(trimmed));
    expect(summary).toMatchObject({ refused: 0, sessions: { trimmed: 1 } });
    expect(await exported(target)).not.toContain(first.sid);
  });

  test("checks and counts without storing anything when it is a dry run", async () => {
    const source = small;
    await using target = await emptyServer(source);
    const file = await exported(source);
    const dry = await imported(target, `${file}nonsense\n`, "?dryRun=true");
    expect(dry).toMatchObject({ refused: 1, problems: [{ line: linesOf(file).length + 1 }] });
    expect(await exported(target)).toBe("");
    const wet = await imported(target, file);
    expect([wet.sessions, wet.events]).toEqual([dry.sessions, dry.events]);
    const again = await imported(target, file, "?dryRun=true");
    expect(again.events).toEqual({ ...NOTHING, present: wet.events.stored });
  });

  test("takes what gzip has compressed, and refuses what is cut off", async () => {
    const source = small;
    await using target = await emptyServer(source);
    const file = await exported(source);
    const compressed = Bun.gzipSync(file);
    expect(await imported(target, compressed.slice(0, -20))).toMatchObject({
      status: 400,
      message: expect.stringContaining("gzip"),
    });
    expect(await imported(target, compressed)).toMatchObject({ status: 200, refused: 0 });
    await target.app.work();
    expect(await exported(target)).toBe(file);
  });
});

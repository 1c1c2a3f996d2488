/** A session's life as clients see it: open, closed, in its grace period, gone (protocol.md §5). */

import { describe, expect, test } from "bun:test";
import { DAY_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from "../../src/base/units.ts";
import type { Settings } from "../../src/config.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  ON_POSTGRES,
  sessionStart,
  sidOf,
  startTestServer,
  type TestServer,
  TS,
} from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

const ACCEPTED = 204;
const GONE = 410;

async function sessionOf(server: TestServer, sid: string) {
  return (await server.admin(`/admin/api/sessions/${sid}`)).session;
}

/** The session once its close is stored: the server answers 410 from the deadline on, which is sooner. */
async function closedSessionOf(server: TestServer, sid: string) {
  await waitFor(async () => (await sessionOf(server, sid)).status === "closed");
  return sessionOf(server, sid);
}

describe("a session", () => {
  test("stays open after sessionComplete", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    expect(await server.add(sid, eventAt(60, "sessionComplete"))).toBe(ACCEPTED);
    expect(await server.add(sid, eventAt(61, "play"))).toBe(ACCEPTED);
    expect(await sessionOf(server, sid)).toMatchObject({ status: "open", closeReason: null });
  });

  test("closes at once on sessionEnd, with its reason and both times", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    expect(await server.add(sid, eventAt(9, "sessionEnd"))).toBe(ACCEPTED);
    expect(await sessionOf(server, sid)).toMatchObject({
      status: "closed",
      closeReason: "session-end",
      closedAt: server.clock.nowMs(),
      endTs: TS + 9 * SECOND_MS,
    });
  });

  test("closes when no event has arrived for the idle timeout, and not a moment earlier", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    server.clock.pass(10 * MINUTE_MS - 1);
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(ACCEPTED);
    const lastAtMs = server.clock.nowMs();
    server.clock.pass(10 * MINUTE_MS);
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(GONE);
    expect(await closedSessionOf(server, sid)).toMatchObject({
      status: "closed",
      closeReason: "idle-timeout",
      closedAt: lastAtMs + 10 * MINUTE_MS,
      endTs: TS + SECOND_MS,
    });
  });

  test("of live content stays open while its playhead has never moved, even across a restart", async () => {
    await using server = await startTestServer();
    const live = sessionStart({ "media.contentType": "Live" });
    const sid = await server.open(live);
    const moved = await server.open(live);
    for (let minute = 5; minute < 60; minute += 5) {
      server.clock.pass(5 * MINUTE_MS);
      if (minute === 30) await server.restart(0);
      const ping = (playhead: number) => ({ eventType: "ping", playerTime: { playhead, ts: TS + minute * MINUTE_MS } });
      expect(await server.add(sid, ping(0))).toBe(ACCEPTED);
      if (minute < 35) expect(await server.add(moved, ping(7))).toBe(ACCEPTED);
    }
    await server.app.work();
    expect((await server.admin(`/admin/api/sessions/${sid}`)).session.status).toBe("open");
    // Its playhead moved once, and has stood still since.
    expect(await closedSessionOf(server, moved)).toMatchObject({ closeReason: "playhead-timeout" });
  });

  test("closes when its playhead has not moved for the playhead timeout", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    for (let minute = 5; minute < 30; minute += 5) {
      server.clock.pass(5 * MINUTE_MS);
      const paused = { eventType: "ping", playerTime: { playhead: 0, ts: TS + minute * MINUTE_MS } };
      expect(await server.add(sid, paused)).toBe(ACCEPTED);
    }
    server.clock.pass(5 * MINUTE_MS);
    expect(await server.add(sid, eventAt(9000, "ping"))).toBe(GONE);
    expect(await closedSessionOf(server, sid)).toMatchObject({ closeReason: "playhead-timeout" });
  });

  test("does not close while its playhead moves", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    for (let minute = 5; minute <= 60; minute += 5) {
      server.clock.pass(5 * MINUTE_MS);
      expect(await server.add(sid, eventAt(minute * 60, "ping"))).toBe(ACCEPTED);
    }
  });

  test("depends on the server's clock alone: an event with an old ts keeps it open", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    server.clock.pass(9 * MINUTE_MS);
    expect(await server.add(sid, { eventType: "ping", playerTime: { playhead: 1, ts: 0 } })).toBe(ACCEPTED);
    server.clock.pass(9 * MINUTE_MS);
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(ACCEPTED);
  });

  test("stays open when the calendar is set forward", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    server.clock.jump(DAY_MS);
    await server.app.work();
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(ACCEPTED);
    server.clock.jump(-2 * DAY_MS);
    await server.app.work();
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(ACCEPTED);
    server.clock.pass(10 * MINUTE_MS);
    expect(await server.add(sid, eventAt(3, "ping"))).toBe(GONE);
  });
});

describe("after its close a session", () => {
  test("takes earlier events for the grace period", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.add(sid, eventAt(9, "sessionEnd"));
    server.clock.pass(MINUTE_MS);
    expect(await server.add(sid, eventAt(9, "adSkip"))).toBe(ACCEPTED);
    expect(await server.add(sid, eventAt(10, "ping"))).toBe(GONE);
    server.clock.pass(1);
    expect(await server.add(sid, eventAt(9, "adBreakComplete"))).toBe(GONE);
    const { events } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(events.map(({ type }: { type: string }) => type).toSorted()).toEqual([
      "adSkip",
      "sessionEnd",
      "sessionStart",
    ]);
  });

  test("takes them even after memory has dropped the session", async () => {
    await using server = await startTestServer({ config: { lateGraceMs: 7 * DAY_MS } });
    const sid = await server.open();
    await server.add(sid, eventAt(1, "play"));
    await server.add(sid, eventAt(9, "sessionEnd"));
    for (let minute = 0; minute < 20; minute += 1) {
      server.clock.pass(MINUTE_MS);
      await server.app.work();
    }
    const late = Array.from({ length: 8 }, (_, second) => server.add(sid, eventAt(second + 1, "ping")));
    expect(await Promise.all(late)).toEqual(Array(8).fill(ACCEPTED));
    const { events } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(events).toHaveLength(11);
    server.clock.pass(7 * DAY_MS);
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(GONE);
  });

  test("takes an adSkip that sessionEnd overtook at the same instant", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    const ends = ["sessionEnd", "adSkip", "adBreakComplete", "chapterSkip"].map((type) =>
      server.add(sid, eventAt(9, type)),
    );
    expect(await Promise.all(ends)).toEqual(Array(4).fill(ACCEPTED));
    await server.restart();
    const { events } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(events).toHaveLength(5);
  });

  test("is gone without a grace period", async () => {
    await using server = await startTestServer({ config: { lateGraceMs: 0 } });
    const sid = await server.open();
    await server.add(sid, eventAt(9, "sessionEnd"));
    server.clock.pass(1);
    expect(await server.add(sid, eventAt(9, "ping"))).toBe(GONE);
  });
});

describe("a restart", () => {
  test("leaves open sessions open, closed ones closed, and their events in place", async () => {
    await using server = await startTestServer();
    const open = await server.open();
    await server.add(open, eventAt(1, "play"));
    const closed = await server.open();
    await server.add(closed, eventAt(1, "sessionEnd"));
    await server.restart();
    expect(await server.add(open, eventAt(2, "ping"))).toBe(ACCEPTED);
    expect(await server.add(closed, eventAt(2, "ping"))).toBe(GONE);
    const { events } = await server.admin(`/admin/api/sessions/${open}`);
    expect(events.map(({ type }: { type: string }) => type)).toEqual(["sessionStart", "play", "ping"]);
  });

  test("continues timeouts from the last stored event", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    server.clock.pass(MINUTE_MS);
    await server.add(sid, eventAt(1, "ping"));
    await server.restart(4 * MINUTE_MS);
    server.clock.pass(6 * MINUTE_MS - 1);
    await server.app.work();
    expect(await sessionOf(server, sid)).toMatchObject({ status: "open" });
    // Nodes wait for as long as an event may be on its way.
    server.clock.pass(ON_POSTGRES ? 5000 : 1000);
    await server.app.work();
    expect(await sessionOf(server, sid)).toMatchObject({ status: "closed", closeReason: "idle-timeout" });
  });

  test("closes sessions that fell due while the server was down, dated when they were due", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    const openedAtMs = server.clock.nowMs();
    await server.restart(DAY_MS);
    server.clock.pass(1000);
    await server.app.work();
    expect(await sessionOf(server, sid)).toMatchObject({
      closeReason: "idle-timeout",
      closedAt: openedAtMs + 10 * MINUTE_MS,
    });
  });

  test("keeps the playhead timeout", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    for (let minute = 5; minute <= 25; minute += 5) {
      await server.restart(5 * MINUTE_MS);
      expect(await server.add(sid, { eventType: "ping", playerTime: { playhead: 0, ts: TS } })).toBe(ACCEPTED);
    }
    await server.restart(5 * MINUTE_MS);
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(GONE);
  });
});

describe("downloaded content", () => {
  const content = (start: object, ...rest: object[]) => [
    { ...sessionStart({ "media.downloaded": true }), ...start },
    ...rest,
  ];

  test("is closed as it arrives and dated by its own ts", async () => {
    await using server = await startTestServer();
    const yesterday = server.clock.nowMs() - DAY_MS;
    const start = { playerTime: { playhead: 0, ts: yesterday } };
    const play = { eventType: "play", playerTime: { playhead: 5, ts: yesterday + 5000 } };
    const sid = sidOf(await server.post("/api/v1/sessions", content(start, play)));
    expect(await sessionOf(server, sid)).toMatchObject({
      status: "closed",
      closeReason: "downloaded",
      startedAt: yesterday,
      endTs: yesterday + 5000,
      downloaded: true,
    });
  });

  for (const [name, offsetMs] of [
    ["over a year old", -366 * DAY_MS],
    ["in the future", 1],
  ] as const) {
    test(`is dated by the server's clock when its ts is ${name}`, async () => {
      await using server = await startTestServer();
      const start = { playerTime: { playhead: 0, ts: server.clock.nowMs() + offsetMs } };
      const sid = sidOf(await server.post("/api/v1/downloaded", content(start)));
      const { session, events } = await server.admin(`/admin/api/sessions/${sid}`);
      expect(session.startedAt).toBe(server.clock.nowMs());
      expect(events[0].flags).toContain("ts-implausible");
    });
  }
});

describe("a session without room for an event", () => {
  const config: Partial<Settings> = { sessionEventsMax: 100, sessionBytesMax: 64 * KIB };
  const long = (chars: number) => ({ customMetadata: { text: "é".repeat(chars) } });

  async function full(server: TestServer): Promise<string> {
    const sid = await server.open();
    for (let second = 1; second < 100; second += 1) await server.add(sid, eventAt(second, "ping"));
    return sid;
  }

  test("closes, dated by its latest event, and takes no further event, not even a late one", async () => {
    await using server = await startTestServer({ config });
    const sid = await full(server);
    const latestAt = server.clock.nowMs();
    server.clock.pass(SECOND_MS);
    const refused = await server.post(`/api/v1/sessions/${sid}/events`, eventAt(100, "sessionEnd"));
    expect(refused.status).toBe(GONE);
    expect(await refused.text()).toContain("as many events or bytes as it may");
    const { session } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(session).toMatchObject({
      status: "closed",
      closeReason: "limit",
      closedAt: latestAt,
      endTs: TS + 99 * SECOND_MS,
    });
    expect(await server.add(sid, eventAt(50, "ping"))).toBe(GONE);
    await server.restart();
    expect(await server.add(sid, eventAt(50, "ping"))).toBe(GONE);
  });

  test("appears in the log once, and in the metrics", async () => {
    await using server = await startTestServer({ config });
    const sid = await full(server);
    for (const second of [100, 101, 102]) await server.add(sid, eventAt(second, "ping"));
    expect(server.logged.filter((line) => line.includes(sid) && line.includes('"events":100'))).toHaveLength(1);
    const metrics = await (await fetch(`${server.url}/metrics`, { headers: ADMIN_HEADERS })).text();
    expect(metrics).toContain('playhead_session_closes_total{reason="limit"} 1\n');
  });

  test("is measured by its stored bytes, in UTF-8", async () => {
    await using server = await startTestServer({ config: { ...config, stringBytesMax: MIB } });
    const sid = await server.open();
    expect(await server.add(sid, eventAt(1, "play", long(16 * KIB)))).toBe(ACCEPTED);
    expect(await server.add(sid, eventAt(2, "ping", long(16 * KIB)))).toBe(GONE);
    expect(await sessionOf(server, sid)).toMatchObject({ closeReason: "limit", endTs: TS + SECOND_MS });
  });

  test("refuses downloaded content, or a start, larger than a session may be", async () => {
    await using server = await startTestServer({ config: { ...config, stringBytesMax: MIB, bodyBytesMax: MIB } });
    const pings = Array.from({ length: 100 }, (_, second) => eventAt(second, "ping"));
    expect((await server.post("/api/v1/downloaded", [sessionStart(), ...pings])).status).toBe(413);
    expect((await server.post("/api/v1/downloaded", [sessionStart(), ...pings.slice(1)])).status).toBe(201);
    expect((await server.post("/api/v1/downloaded", [sessionStart(), eventAt(1, "play", long(33 * KIB))])).status).toBe(
      413,
    );
    expect((await server.post("/api/v1/sessions", sessionStart({}, long(33 * KIB)))).status).toBe(413);
  });
});

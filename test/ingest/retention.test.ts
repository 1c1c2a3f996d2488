/** Retention by age: what goes, when, and what stays of it. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { DAY_MS, MINUTE_MS } from "../../src/base/units.ts";
import { runCli } from "../../src/cli/cli.ts";
import type { Settings } from "../../src/config.ts";
import { filesWith } from "../support/bytes.ts";
import { ManualClock } from "../support/clock.ts";
import { ADMIN_HEADERS, eventAt, sessionStart, sidOf, startTestServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

const CHAPTER = { params: { "media.chapter.index": 1, "media.chapter.friendlyName": "mark-chapter" } };

function serverWith(config: Partial<Settings>): Promise<TestServer> {
  return startTestServer({ config });
}

/** A session that has ended and has its numbers; texts of its own begin with `mark-`. */
async function endedSession(server: TestServer): Promise<string> {
  const sid = await server.open(sessionStart({ "media.name": "mark-name" }));
  await server.add(sid, eventAt(0, "play"));
  await server.add(sid, eventAt(1, "chapterStart", CHAPTER));
  await server.add(sid, eventAt(5, "ping", { customMetadata: { note: "mark-event" } }));
  await server.add(sid, eventAt(9, "sessionEnd"));
  await server.app.work();
  return sid;
}

/** Days pass, what is due is announced, and done five minutes later. */
async function passDays(server: TestServer, days: number): Promise<void> {
  server.clock.pass(days * DAY_MS - 5 * MINUTE_MS);
  await server.app.work();
  server.clock.pass(5 * MINUTE_MS);
  await server.app.work();
}

/** What the log said of retention, without its time. */
function saidBy(server: TestServer): object[] {
  return server.logged
    .map((line) => JSON.parse(line))
    .filter(({ message: msg }) => /old sessions/i.test(msg))
    .map(({ message: msg, sessions, startedBefore, closedBefore }) => ({ msg, sessions, startedBefore, closedBefore }));
}

function rowsIn(server: TestServer, table: string): number {
  using reader = new Database(join(server.dataDir, "playhead.db"), { readonly: true });
  return Number(reader.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0]);
}

describe("without retention", () => {
  test("everything stays for ever", async () => {
    await using server = await serverWith({});
    const sid = await endedSession(server);
    await passDays(server, 400);
    expect((await server.admin(`/admin/api/sessions/${sid}`)).events).toHaveLength(5);
  });
});

describe("retention of sessions", () => {
  test("erases whole what started longer ago, and nothing that did later", async () => {
    await using server = await serverWith({ sessionsRetentionDays: 10 });
    await endedSession(server);
    await passDays(server, 5);
    const later = await endedSession(server);
    await passDays(server, 4.9);
    expect(rowsIn(server, "sessions")).toBe(2);
    await passDays(server, 0.2);
    expect((await server.admin("/admin/api/sessions")).sessions.map(({ sid }: { sid: string }) => sid)).toEqual([
      later,
    ]);
    for (const table of ["sessions", "results", "chapters", "closes", "erasures"])
      expect(rowsIn(server, table)).toBe(1);
    expect(rowsIn(server, "events")).toBe(4);
  });

  test("leaves no trace of them in any file", async () => {
    await using server = await serverWith({ sessionsRetentionDays: 1 });
    await endedSession(server);
    expect(filesWith(server.dataDir, "mark-")).not.toEqual([]);
    await passDays(server, 2);
    expect(filesWith(server.dataDir, "mark-")).toEqual([]);
  });

  test("waits for the close of a session that is still open", async () => {
    await using server = await serverWith({
      sessionsRetentionDays: 1,
      idleTimeoutMs: 30 * DAY_MS,
      stallTimeoutMs: 30 * DAY_MS,
    });
    const sid = await server.open();
    await passDays(server, 2);
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(204);
    await server.add(sid, eventAt(2, "sessionEnd"));
    await passDays(server, 1);
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(404);
  });

  test("takes a thousand in one pass, and as many erasures are forgotten a month later", async () => {
    await using server = await serverWith({ sessionsRetentionDays: 1 });
    const body = [sessionStart(), eventAt(1, "play"), eventAt(2, "sessionEnd")];
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => server.post("/api/v1/downloaded", body)));
      expect(answers.every((each) => sidOf(each).length === 64)).toBe(true);
    }
    await server.app.work();
    expect(rowsIn(server, "sessions")).toBe(1000);
    await passDays(server, 2);
    for (const table of ["sessions", "events", "results"]) expect(rowsIn(server, table)).toBe(0);
    expect(rowsIn(server, "erasures")).toBe(1000);
    await passDays(server, 31);
    expect(rowsIn(server, "erasures")).toBe(0);
  });

  test("leaves no erased sid; one that a person had erased is forgotten after its days", async () => {
    await using server = await serverWith({ sessionsRetentionDays: 1, erasedKeptDays: 30 });
    await endedSession(server);
    await passDays(server, 2);
    expect([rowsIn(server, "erasures"), rowsIn(server, "erased")]).toEqual([1, 0]);
    await server.open(sessionStart({ "analytics.visitorId": "eve" }));
    expect((await server.post("/admin/api/erasures", { visitorId: "eve" }, ADMIN_HEADERS)).status).toBe(200);
    await passDays(server, 29);
    expect(rowsIn(server, "erased")).toBe(1);
    await passDays(server, 2);
    expect(rowsIn(server, "erased")).toBe(0);
  });

  test("deletes what the log named five minutes before, and nothing else", async () => {
    await using server = await serverWith({ sessionsRetentionDays: 1 });
    const startedMs = server.clock.nowMs();
    await endedSession(server);
    server.clock.pass(DAY_MS - 2 * MINUTE_MS);
    await server.app.work();
    await server.app.work();
    const announced = {
      msg: "Old sessions will be erased in 5 minutes",
      sessions: 1,
      startedBefore: new Date(startedMs + 3 * MINUTE_MS).toISOString(),
    };
    expect(saidBy(server)).toEqual([announced]);
    server.clock.pass(4 * MINUTE_MS);
    await server.app.work();
    expect([rowsIn(server, "sessions"), saidBy(server).length]).toEqual([1, 1]);
    server.clock.pass(MINUTE_MS);
    await server.app.work();
    expect([rowsIn(server, "sessions"), saidBy(server)]).toEqual([
      0,
      [announced, { msg: "Erased old sessions", sessions: 1 }],
    ]);
  });

  test("is announced by the start of a server with a new setting, and a restart without it saves the sessions", async () => {
    await using server = await serverWith({});
    await endedSession(server);
    server.clock.pass(2 * DAY_MS);
    await server.restart(0, { sessionsRetentionDays: 1 });
    await waitFor(() => saidBy(server).length > 0);
    expect(saidBy(server)).toMatchObject([{ msg: "Old sessions will be erased in 5 minutes", sessions: 1 }]);
    await server.restart(0, { sessionsRetentionDays: 0 });
    await passDays(server, 1);
    expect(rowsIn(server, "sessions")).toBe(1);
  });
});

describe("retention of events", () => {
  test("removes the events and keeps the start, the numbers and the rows, and says so", async () => {
    await using server = await serverWith({ eventsRetentionDays: 7 });
    const sid = await endedSession(server);
    const before = await server.admin(`/admin/api/sessions/${sid}`);
    const xdm = await server.admin(`/admin/api/sessions/${sid}?format=xdm`);
    await passDays(server, 6.9);
    expect(await server.admin(`/admin/api/sessions/${sid}`)).toEqual(before);
    await passDays(server, 0.2);
    expect(rowsIn(server, "events")).toBe(0);
    expect(await server.admin(`/admin/api/sessions/${sid}`)).toEqual({
      ...before,
      session: { ...before.session, eventsTrimmed: true },
      events: [],
      eventsTotal: 0,
    });
    expect(await server.admin(`/admin/api/sessions/${sid}?format=xdm`)).toEqual(xdm);
    const [listed] = (await server.admin("/admin/api/sessions")).sessions;
    expect(listed).toMatchObject({ sid, eventsTrimmed: true, metrics: before.metrics });
    // The files are swept once a day.
    await passDays(server, 1);
    expect(filesWith(server.dataDir, "mark-event")).toEqual([]);
    expect(filesWith(server.dataDir, "mark-name")).not.toEqual([]);
  });

  test("waits for the end of the grace period, and refuses late events with 410 after that", async () => {
    const lateGraceMs = 3 * DAY_MS;
    await using server = await serverWith({ eventsRetentionDays: 1, lateGraceMs });
    const sid = await endedSession(server);
    await passDays(server, 2.9);
    expect(await server.add(sid, eventAt(6, "ping"))).toBe(204);
    await passDays(server, 0.2);
    expect(rowsIn(server, "events")).toBe(0);
    expect(await server.add(sid, eventAt(7, "ping"))).toBe(410);
    expect((await server.admin(`/admin/api/sessions/${sid}`)).session.eventsTrimmed).toBe(true);
  });

  test("refuses them with 410 even if the grace period has been extended since", async () => {
    await using server = await serverWith({ eventsRetentionDays: 1 });
    const sid = await endedSession(server);
    await passDays(server, 2);
    using database = new Database(join(server.dataDir, "playhead.db"));
    // As a longer grace period would see it.
    database.query("UPDATE closes SET closed_at = ?").run(server.clock.nowMs());
    await server.restart();
    expect(await server.add(sid, eventAt(7, "ping"))).toBe(410);
    expect(rowsIn(server, "events")).toBe(0);
  });

  test("leaves recompute what it can fold, and is counted there", async () => {
    await using server = await serverWith({ eventsRetentionDays: 7 });
    const sid = await endedSession(server);
    await passDays(server, 5);
    await endedSession(server);
    await passDays(server, 3);
    const before = await server.admin(`/admin/api/sessions/${sid}`);
    let out = "";
    const code = await runCli(["recompute", "--data-dir", server.dataDir], {
      environment: {},
      write: async () => true,
      out: (text) => {
        out += text;
      },
      err: () => {},
      outIsTerminal: false,
      errIsTerminal: false,
      stopped: new Promise(() => {}),
    });
    expect([code, out]).toEqual([0, "1 session folded, 0 changed.\n1 skipped: their events were deleted.\n"]);
    expect(await server.admin(`/admin/api/sessions/${sid}`)).toEqual(before);
  });

  test("goes along with an erasure: a session without events is erased like any other", async () => {
    await using server = await serverWith({ eventsRetentionDays: 1, sessionsRetentionDays: 10 });
    await endedSession(server);
    await passDays(server, 2);
    expect([rowsIn(server, "sessions"), rowsIn(server, "events")]).toEqual([1, 0]);
    await passDays(server, 9);
    for (const table of ["sessions", "chapters", "results"]) expect(rowsIn(server, table)).toBe(0);
  });
});

describe("`playhead retention --dry-run`", () => {
  async function preview(server: TestServer, ...flags: string[]) {
    let out = "";
    let err = "";
    const code = await runCli(["retention", "--data-dir", server.dataDir, ...flags], {
      environment: {},
      write: async () => true,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      outIsTerminal: false,
      errIsTerminal: false,
      stopped: new Promise(() => {}),
    });
    return { code, out, err };
  }

  test("counts what the settings would delete, beside a running server, and deletes nothing", async () => {
    await using server = await startTestServer({ clock: new ManualClock(Date.now() - 20 * DAY_MS) });
    await endedSession(server);
    await passDays(server, 10);
    await endedSession(server);
    await endedSession(server);
    const days = ["--sessions-retention-days", "15", "--events-retention-days", "5"];
    const { code, out, err } = await preview(server, "--dry-run", ...days);
    expect([code, err]).toEqual([0, ""]);
    expect(out.replace(/before 2\S+Z/g, "before INSTANT")).toBe(
      "1 session that started before INSTANT would be erased.\n" +
        "2 sessions that closed before INSTANT would lose their events, and keep their numbers.\n",
    );
    expect([rowsIn(server, "sessions"), rowsIn(server, "events")]).toEqual([3, 12]);
  });

  test("says when nothing would go, and that retention is off", async () => {
    await using server = await serverWith({});
    await endedSession(server);
    expect(await preview(server, "--dry-run")).toEqual({
      code: 0,
      out: "Retention is off: nothing would be deleted.\n",
      err: "",
    });
    expect((await preview(server, "--dry-run", "--sessions-retention-days", "30000")).out).toStartWith("0 sessions ");
  });

  test("is the only thing that the command does", async () => {
    await using server = await serverWith({});
    expect(await preview(server)).toMatchObject({ code: 2, err: expect.stringContaining("--dry-run") });
  });
});

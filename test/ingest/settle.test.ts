/** From close to stored numbers: written once, whole, and again after a late event. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MINUTE_MS } from "../../src/base/units.ts";
import { foldClosed } from "../../src/ingest/settle.ts";
import { DEFINITIONS_VERSION } from "../../src/sessions/definitions.ts";
import type { JournalStore } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { eventAt, sessionStart, sidOf, startTestServer, type TestServer } from "../support/server.ts";

const AD_BREAK = { params: { "media.ad.podIndex": 1, "media.ad.podSecond": 3 } };
const AD = {
  params: { "media.ad.id": "a", "media.ad.length": 2, "media.ad.podPosition": 1, "media.ad.playerName": "p" },
};
const CHAPTER = { params: { "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 9 } };
const STATE = { params: { "media.state.name": "mute" } };
const ERROR = { qoeData: { "media.qoe.errorID": "e1", "media.qoe.errorSource": "player" } };

/** Eight seconds of content with one of everything, but no end. */
const EVENTS = [
  eventAt(0, "play"),
  eventAt(0, "chapterStart", { ...CHAPTER, customMetadata: { own: "chapter" } }),
  eventAt(1, "stateStart", STATE),
  eventAt(2, "error", ERROR),
  eventAt(3, "adBreakStart", AD_BREAK),
  eventAt(3, "adStart", { ...AD, customMetadata: { own: "ad" } }),
  eventAt(5, "adComplete"),
  eventAt(5, "adBreakComplete"),
  eventAt(8, "ping"),
];

const ROW_TABLES = ["results", "ads", "ad_breaks", "chapters", "states", "errors"] as const;

function readTables(server: TestServer): Record<string, Record<string, unknown>[]> {
  using database = new Database(join(server.dataDir, "playhead.db"), { readonly: true });
  const all = (table: string) => database.query(`SELECT * FROM ${table}`).all() as Record<string, unknown>[];
  return Object.fromEntries([...ROW_TABLES, "closes"].map((table) => [table, all(table)]));
}

async function playedSession(server: TestServer): Promise<string> {
  const sid = await server.open(sessionStart({}, { customMetadata: { own: "session", all: "x" } }));
  for (const event of EVENTS) await server.add(sid, event);
  return sid;
}

describe("a closed session's numbers", () => {
  test("that can't be stored keep no other session from its numbers", async () => {
    await using server = await startTestServer();
    const sids = [await playedSession(server), await playedSession(server)];
    {
      using database = new Database(join(server.dataDir, "playhead.db"));
      database.run(`CREATE TRIGGER refusing BEFORE INSERT ON results WHEN NEW.session = 1
        BEGIN SELECT RAISE(ABORT, 'unstorable'); END`);
    }
    for (const sid of sids) await server.add(sid, eventAt(9, "sessionEnd"));
    await server.app.work();
    const { results, closes } = readTables(server);
    expect(results?.map(({ session }) => session)).toEqual([2]);
    expect(closes?.map(({ pending, failure }) => [pending, failure])).toEqual([
      [0, "failed"],
      [0, null],
    ]);
  });

  test("are whole milliseconds where an ad's length is not, which was never completed", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    const ad = { params: { ...AD.params, "media.ad.length": 15.0155 } };
    for (const event of [eventAt(0, "play"), eventAt(3, "adBreakStart", AD_BREAK), eventAt(3, "adStart", ad)]) {
      await server.add(sid, event);
    }
    await server.add(sid, eventAt(3, "play"));
    for (let second = 10; second <= 90; second += 10) await server.add(sid, eventAt(second, "ping"));
    await server.add(sid, eventAt(91, "sessionEnd"));
    await server.app.work();
    expect(readTables(server)["ads"]?.map((row) => row["time_spent"])).toEqual([15_016]);
  });

  test("equal the open session's, to the last event", async () => {
    await using server = await startTestServer();
    const sid = await playedSession(server);
    const open = await server.admin(`/admin/api/sessions/${sid}`);
    expect(open.session.status).toBe("open");
    expect(open.metrics).toMatchObject({
      contentTimeSpent: 6,
      adTimeSpent: 2,
      chapterTimeSpent: 6,
      muteTotalDuration: 7,
    });
    expect(open.ads).toMatchObject([
      { breakIndex: 1, id: "a", name: null, position: 1, length: 2, timeSpent: 2, completed: true },
    ]);
    expect(open.adBreaks).toMatchObject([{ index: 1, position: 1, offset: 3, timeSpent: 2, adCount: 1 }]);
    expect(open.chapters).toMatchObject([{ position: 1, offset: 0, length: 9, timeSpent: 6, skipped: false }]);
    expect(open.states).toEqual([{ name: "mute", count: 1, totalDuration: 7 }]);
    expect(open.errors).toMatchObject([{ id: "e1", source: "player", playhead: 2 }]);
    expect(open.watched).toEqual([
      [0, 3],
      [5, 8],
    ]);
    await server.add(sid, eventAt(8, "sessionEnd"));
    await server.app.work();
    const closed = await server.admin(`/admin/api/sessions/${sid}`);
    expect(closed.metrics).toEqual(open.metrics);
    const list = await server.admin("/admin/api/sessions");
    expect(list.sessions[0].metrics).toEqual(open.metrics);
  });

  test("are stored with a row for each ad, break, chapter, state and error", async () => {
    await using server = await startTestServer();
    const sid = await playedSession(server);
    await server.add(sid, eventAt(8, "sessionEnd"));
    await server.app.work();
    const { results, ads, ad_breaks, chapters, states, errors, closes } = readTables(server);
    expect(results).toHaveLength(1);
    expect(results?.[0]).toMatchObject({ definitions: DEFINITIONS_VERSION, content_segment: "[0-5]" });
    expect(JSON.parse(String(results?.[0]?.["metrics"]))).toMatchObject({ mediaTimeSpent: 8 });
    expect(ads).toMatchObject([{ ordinal: 1, ad_break: 1, time_spent: 2000, completed: 1, skipped: 0 }]);
    expect(JSON.parse(String(ads?.[0]?.["custom_metadata"]))).toEqual({ own: "ad", all: "x" });
    expect(ad_breaks).toMatchObject([{ ordinal: 1, ad_count: 1, time_spent: 2000, completed: 1 }]);
    expect(chapters).toMatchObject([{ ordinal: 1, time_spent: 6000, completed: 0 }]);
    expect(JSON.parse(String(chapters?.[0]?.["custom_metadata"]))).toEqual({ own: "chapter", all: "x" });
    expect(states).toMatchObject([{ name: "mute", count: 1, duration: 7000 }]);
    expect(errors).toMatchObject([{ ordinal: 1, id: "e1", source: "player", playhead: 2000 }]);
    expect(closes).toMatchObject([{ reason: "session-end", pending: 0 }]);
  });

  test("are folded again for an event in the grace period, which replaces the rows", async () => {
    await using server = await startTestServer();
    const sid = await playedSession(server);
    await server.add(sid, eventAt(8, "sessionEnd"));
    await server.app.work();
    expect(await server.add(sid, eventAt(8, "chapterComplete"))).toBe(204);
    expect(await server.add(sid, eventAt(4, "error", ERROR))).toBe(204);
    await server.app.work();
    const { results, chapters, errors, ads } = readTables(server);
    expect(results).toHaveLength(1);
    expect(JSON.parse(String(results?.[0]?.["metrics"]))).toMatchObject({ chapterCompletes: 1, errorEvents: 2 });
    expect(chapters).toMatchObject([{ completed: 1 }]);
    expect(errors).toHaveLength(2);
    expect(ads).toHaveLength(1);
  });

  test("are those of an overtaken fold until the next one, which is still due after a late event", async () => {
    let store: JournalStore | undefined;
    await using server = await startTestServer({
      openStore: (config) => {
        store = openSqliteStore({ path: join(config.dataDir, "playhead.db"), synchronous: "FULL" });
        return store;
      },
    });
    const sid = await playedSession(server);
    await server.add(sid, eventAt(8, "sessionEnd"));
    const session = await store?.findSession(sid);
    if (!store || !session) throw new Error("The session is stored");
    const overtaken = await foldClosed(store, session);
    await server.add(sid, eventAt(4, "error", ERROR));
    await store.saveResults([overtaken], 1);
    expect(readTables(server)).toMatchObject({ results: [{ session: 1 }], errors: [{}], closes: [{ pending: 1 }] });
    await server.app.work();
    expect(readTables(server)).toMatchObject({ results: [{ session: 1 }], closes: [{ pending: 0 }] });
    expect(readTables(server)["errors"]).toHaveLength(2);
  });

  test("come with every close reason", async () => {
    await using server = await startTestServer();
    await server.open();
    const still = await server.open();
    const downloaded = sidOf(await server.post("/api/v1/downloaded", [sessionStart(), ...EVENTS]));
    for (let minute = 5; minute <= 30; minute += 5) {
      server.clock.pass(5 * MINUTE_MS);
      await server.add(still, eventAt(0, "ping", { playerTime: { playhead: 0, ts: minute } }));
    }
    server.clock.pass(1000);
    await server.app.work();
    const { sessions } = await server.admin("/admin/api/sessions?status=closed");
    const reasons = sessions.map(({ closeReason }: { closeReason: string }) => closeReason).toSorted();
    expect(reasons).toEqual(["downloaded", "idle-timeout", "playhead-timeout"]);
    expect(readTables(server)["results"]).toHaveLength(3);
    const { metrics } = await server.admin(`/admin/api/sessions/${downloaded}`);
    expect(metrics).toMatchObject({ contentTimeSpent: 6, adTimeSpent: 2, dropsBeforeStart: 0 });
  });

  test("are caught up on after a stop between close and fold", async () => {
    await using server = await startTestServer();
    const sid = await playedSession(server);
    await server.add(sid, eventAt(8, "sessionEnd"));
    await server.restart();
    await server.app.work();
    expect(readTables(server)["results"]).toHaveLength(1);
    expect(readTables(server)["closes"]).toMatchObject([{ pending: 0 }]);
  });

  test("are there for thousands of sessions that fall due at once", async () => {
    await using server = await startTestServer();
    for (let batch = 0; batch < 20; batch += 1) await Promise.all(Array.from({ length: 100 }, () => server.open()));
    server.clock.pass(10 * MINUTE_MS + 1000);
    await server.app.work();
    const { results, closes } = readTables(server);
    expect([results?.length, closes?.filter(({ pending }) => pending === 0).length]).toEqual([2000, 2000]);
  });

  test("are there for sessions that fall due while others are being closed", async () => {
    await using server = await startTestServer();
    await server.open();
    const before = server.app.work();
    server.clock.pass(10 * MINUTE_MS + 1000);
    await server.app.work();
    expect(readTables(server).results?.length).toBe(1);
    await before;
  });
});

describe("the timeline", () => {
  test("says what became of each event, the state after it, and what the time after it counted as", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    for (const event of [
      eventAt(1, "play"),
      eventAt(5, "pauseStart"),
      eventAt(3, "adStart", AD),
      eventAt(5, "pauseStart"),
    ]) {
      await server.add(sid, event);
    }
    const { events } = await server.admin(`/admin/api/sessions/${sid}`);
    const said = events.map(({ type, verdict, rule, stateAfter, interval }: Record<string, unknown>) => {
      return { type, verdict, rule, stateAfter, interval };
    });
    const nothing = { seconds: 0, countedAs: "nothing" };
    expect(said).toEqual([
      {
        type: "sessionStart",
        verdict: "counted",
        rule: "in-place",
        stateAfter: "starting",
        interval: { seconds: 1, countedAs: "nothing" },
      },
      {
        type: "play",
        verdict: "counted",
        rule: "in-place",
        stateAfter: "playing",
        interval: { seconds: 2, countedAs: "content", watched: 2 },
      },
      {
        type: "adStart",
        verdict: "ignored",
        rule: "ad-outside-break",
        stateAfter: "playing",
        interval: { seconds: 2, countedAs: "content", watched: 2 },
      },
      { type: "pauseStart", verdict: "counted", rule: "in-place", stateAfter: "paused", interval: nothing },
      { type: "pauseStart", verdict: "duplicate", rule: "exact-duplicate", stateAfter: "paused", interval: nothing },
    ]);
  });
});

describe("?format=xdm", () => {
  test("gives the session in the reference's reporting shape", async () => {
    await using server = await startTestServer();
    const sid = await playedSession(server);
    const { mediaReporting } = await server.admin(`/admin/api/sessions/${sid}?format=xdm`);
    expect(mediaReporting.sessionDetails).toMatchObject({
      ID: sid,
      name: "content-1",
      length: 60,
      playerName: "test-player",
      isViewed: true,
      isPlayed: true,
      isCompleted: false,
      timePlayed: 6,
      totalTimePlayed: 8,
      hasProgress10: true,
      hasProgress25: false,
      averageMinuteAudience: 0.1,
      pauseCount: 0,
      adCount: 1,
      chapterCount: 1,
      segment: "[0-5]",
      customMetadata: [
        { name: "own", value: "session" },
        { name: "all", value: "x" },
      ],
    });
    expect(mediaReporting.qoeDataDetails).toMatchObject({
      errorCount: 1,
      hasErrorImpactedStreams: true,
      playerSdkErrors: ["e1"],
      externalErrors: [],
      bufferTime: 0,
      isDroppedBeforeStart: false,
    });
    expect(mediaReporting.qoeDataDetails).not.toContainKeys(["bitrateAverage", "droppedFrames", "timeToStart"]);
    expect(mediaReporting.advertisingDetails).toMatchObject([
      { name: "a", podPosition: 1, isCompleted: true, timePlayed: 2, advertisingPodDetails: { index: 1, offset: 3 } },
    ]);
    expect(mediaReporting.chapterDetails).toMatchObject([{ index: 1, isCompleted: false, timePlayed: 6 }]);
    expect(mediaReporting.states).toEqual([{ name: "mute", isSet: true, count: 1, time: 7 }]);
  });

  test("has the reference's types: whole seconds, a list of genres, ids of breaks and chapters", async () => {
    await using server = await startTestServer();
    const start = { "media.id": "film", "media.genre": "drama, news,,Sports ", "media.pass.auth": "TRUE" };
    const sid = await server.open(sessionStart(start));
    const pod = { "media.ad.podIndex": 2, "media.ad.podSecond": 3.6, "media.ad.podFriendlyName": "mid" };
    const chapter = { "media.chapter.index": 1, "media.chapter.offset": 0.4, "media.chapter.length": 9.5 };
    await server.add(sid, eventAt(0, "play", { qoeData: { "media.qoe.timeToStart": 1850 } }));
    await server.add(sid, eventAt(1, "chapterStart", { params: chapter }));
    await server.add(sid, eventAt(3, "adBreakStart", { params: pod }));
    await server.add(sid, eventAt(3, "adStart", { params: { "media.ad.id": "a" } }));
    await server.add(sid, eventAt(5, "adBreakComplete"));
    await server.add(sid, eventAt(6, "adBreakStart"));
    await server.add(sid, eventAt(6, "adStart", { params: { "media.ad.id": "b" } }));
    await server.add(sid, eventAt(9, "sessionEnd"));
    const { mediaReporting } = await server.admin(`/admin/api/sessions/${sid}?format=xdm`);
    const { sessionDetails, qoeDataDetails, advertisingDetails, chapterDetails } = mediaReporting;
    expect(sessionDetails).toMatchObject({
      genre: "drama, news,,Sports ",
      genreList: ["drama", "news", "Sports"],
      authorized: "TRUE",
    });
    expect(sessionDetails).not.toContainKey("isAuthorized");
    expect(qoeDataDetails.timeToStart).toBe(2);
    expect(chapterDetails).toMatchObject([{ ID: "film_1_0.4", index: 1, offset: 0, length: 9.5 }]);
    expect(advertisingDetails.map((ad: { advertisingPodDetails: object }) => ad.advertisingPodDetails)).toEqual([
      { ID: "film_2_3.6", index: 2, offset: 4, friendlyName: "mid" },
      { ID: "film__" },
    ]);
  });

  test("gives bitrates in kilobits, with their bucket", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.add(sid, eventAt(0, "play", { qoeData: { "media.qoe.bitrate": 2_345_678 } }));
    await server.add(sid, eventAt(5, "ping"));
    const { mediaReporting } = await server.admin(`/admin/api/sessions/${sid}?format=xdm`);
    expect(mediaReporting.qoeDataDetails).toMatchObject({ bitrateAverage: 2346, bitrateAverageBucket: "2300-2399" });
  });

  test("refuses a format that it doesn't have", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    expect(await server.admin(`/admin/api/sessions/${sid}?format=xml`)).toEqual({
      code: "invalid-query",
      message: "format must be one of json, xdm",
    });
  });
});

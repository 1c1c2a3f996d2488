/** What the hub keeps of open sessions: a little, whatever players send. */

import { describe, expect, test } from "bun:test";
import { MINUTE_MS } from "../../src/base/units.ts";
import { LiveHub, type LiveSession } from "../../src/live/hub.ts";
import { createParser } from "../../src/protocol/collection/parse.ts";
import { ManualClock } from "../support/clock.ts";
import { eventAt, sessionStart, TS } from "../support/requests.ts";

const SESSIONS = 3000;
const NAME_CHARS = 8000;
const BYTES_PER_SESSION_MAX = 2000;
const PARSER = createParser({
  mode: "standard",
  eventsMax: 100,
  limits: { keysMax: 512, stringBytesMax: 8192 },
});

function startOf(params: object) {
  const parsed = PARSER.parseOpening(Buffer.from(JSON.stringify(sessionStart(params))));
  if (!("value" in parsed) || parsed.value.kind !== "live") throw new Error("The start is refused");
  return parsed.value.start;
}

function playing(hub: LiveHub, params: object): LiveSession {
  const session: LiveSession = { sid: "0".repeat(64) };
  hub.opened(session, startOf(params));
  const parsed = PARSER.parseEvent(Buffer.from(JSON.stringify(eventAt(1, "play"))));
  if ("value" in parsed) hub.stored(session, parsed.value, true);
  return session;
}

function newHub(clock = new ManualClock()): LiveHub {
  const limits = { liveViewersMax: 1, liveWatchersMax: 1 };
  return new LiveHub({ clock, bitrateUnit: "auto", limits });
}

function stored(hub: LiveHub, session: LiveSession, body: object): void {
  const parsed = PARSER.parseEvent(Buffer.from(JSON.stringify(body)));
  if (!("value" in parsed)) throw new Error("The event is refused");
  hub.stored(session, parsed.value, true);
}

function heapBytes(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

describe("the hub", () => {
  test("keeps little of a session whose names are as long as may be", () => {
    const hub = newHub();
    playing(hub, {});
    const before = heapBytes();
    const sessions = Array.from({ length: SESSIONS }, (_, at) => {
      const long = `${at} `.padEnd(NAME_CHARS, "x");
      return playing(hub, { "media.id": long, "media.name": `n${long}`, "media.playerName": `p${long}` });
    });
    expect((heapBytes() - before) / SESSIONS).toBeLessThan(BYTES_PER_SESSION_MAX);
    expect(sessions.length).toBe(SESSIONS);
  });

  test("tells titles apart whose long ids begin alike, and shows as much as can be read", () => {
    const hub = newHub();
    const alike = "x".repeat(NAME_CHARS);
    for (const end of ["a", "a", "b"]) playing(hub, { "media.id": alike + end, "media.name": end });
    const shown = hub.snapshot().topTitles;
    expect(shown.map(({ title, playing }) => [title, playing])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
    expect(shown[0]?.id.length).toBe(200);
  });

  test("shows the ten titles that most play, and of equals the first by id", () => {
    const hub = newHub();
    for (let at = 0; at < 30; at += 1) {
      for (let viewer = 0; viewer <= at % 15; viewer += 1) playing(hub, { "media.id": `title-${at + 10}` });
    }
    expect(hub.snapshot().topTitles.map(({ id, playing }) => [id, playing])).toEqual([
      ["title-24", 15],
      ["title-39", 15],
      ["title-23", 14],
      ["title-38", 14],
      ["title-22", 13],
      ["title-37", 13],
      ["title-21", 12],
      ["title-36", 12],
      ["title-20", 11],
      ["title-35", 11],
    ]);
  });
});

test("the tail flags units with the event that shows them, as the session's page will", () => {
  const hub = newHub();
  const flags: (readonly string[])[] = [];
  hub.tail.listen(
    (item) => item.kind !== "event" || flags.push(item.event.flags) > 0,
    () => {},
  );
  const session = playing(hub, { "media.length": 600_000 });
  const inMilliseconds = (second: number, bitrate?: number) =>
    stored(hub, session, {
      ...eventAt(second, "ping", bitrate === undefined ? {} : { qoeData: { "media.qoe.bitrate": bitrate } }),
      playerTime: { playhead: second * 1000, ts: TS + second * 1000 },
    });
  for (const [second, bitrate] of [[10], [20, 3500], [30, 2e9], [40, 3_500_000], [50]] as const) {
    inMilliseconds(second, bitrate);
  }
  stored(hub, session, eventAt(60, "adStart", { params: { "media.ad.length": 15_000 } }));
  expect(flags).toEqual([
    ["length-unknown", "length-implausible"],
    [],
    [],
    ["bitrate-in-kilobits"],
    ["bitrate-implausible", "playhead-in-milliseconds"],
    [],
    [],
    [...["id", "podPosition", "playerName"].map((key) => `missing-parameter:media.ad.${key}`), "length-implausible"],
  ]);
});

test("a snapshot names the players that met most of the last minute's errors", () => {
  const clock = new ManualClock();
  const hub = newHub(clock);
  const names = ["tv", "tv", "tv", "web", "app", "watch", "watch", "phone"];
  const fail = () => {
    for (const name of names) {
      stored(hub, playing(hub, { "media.playerName": name }), eventAt(2, "error"));
    }
  };
  fail();
  const top = [
    { player: "tv", share: 3 / 8 },
    { player: "watch", share: 2 / 8 },
    { player: "web", share: 1 / 8 },
  ];
  expect(hub.snapshot().errorPlayers).toEqual(top);
  for (let times = 0; times < 100; times += 1) fail();
  expect(hub.snapshot().errorPlayers).toEqual(top);
  clock.pass(MINUTE_MS);
  expect([hub.snapshot().errorPlayers, hub.snapshot().errorsPerMinute]).toEqual([[], 0]);
});

describe("a realm", () => {
  const inRealm = (reportSuite: string, channel: string, more = {}) => ({
    "analytics.reportSuite": reportSuite,
    "media.channel": channel,
    ...more,
  });

  test("counts the sessions of its report suite, its channel or both, each exactly", () => {
    const hub = newHub();
    playing(hub, inRealm("a", "News", { "media.id": "one" }));
    playing(hub, inRealm("a", "Sports", { "media.id": "one" }));
    const last = playing(hub, inRealm("b", "Sports", { "media.id": "two" }));
    hub.beat();
    const countsOf = (realm: object) => {
      const { openSessions, playing: now, startsPerMinute, eventsPerMinute, minutes } = hub.snapshot(realm);
      return [openSessions, now, startsPerMinute, eventsPerMinute, minutes.at(-1)?.playingMax];
    };
    expect(countsOf({ reportSuite: "a" })).toEqual([2, 2, 2, 2, 2]);
    expect(countsOf({ channel: "Sports" })).toEqual([2, 2, 2, 2, 2]);
    expect(countsOf({ reportSuite: "a", channel: "Sports" })).toEqual([1, 1, 1, 1, 1]);
    expect(countsOf({ reportSuite: "b", channel: "News" })).toEqual([0, 0, 0, 0, 0]);
    expect(hub.snapshot({ channel: "Sports" }).topTitles.map(({ id }) => id)).toEqual(["one", "two"]);
    expect(hub.snapshot().topTitles).toMatchObject([
      { id: "one", playing: 2 },
      { id: "two", playing: 1 },
    ]);
    hub.forgotten(last);
    expect(countsOf({ reportSuite: "b" })).toEqual([0, 0, 1, 1, 1]);
  });

  test("has room for others once its sessions are over; beyond the bound sessions count among all alone", () => {
    const hub = newHub();
    const sessions = Array.from({ length: 300 }, (_, at) => playing(hub, inRealm("a", `Channel ${at}`)));
    expect(hub.snapshot({ channel: "Channel 0" }).playing).toBe(1);
    expect(hub.snapshot({ channel: "Channel 299" }).playing).toBe(0);
    expect(hub.snapshot().playing).toBe(300);
    for (const session of sessions) hub.forgotten(session);
    for (let start = 0; start < 1000; start += 1) hub.forgotten(playing(hub, inRealm("a", "Channel 299")));
    playing(hub, inRealm("b", "Sports"));
    expect(hub.snapshot({ reportSuite: "b" }).playing).toBe(1);
    expect(hub.snapshot().playing).toBe(1);
  });
});

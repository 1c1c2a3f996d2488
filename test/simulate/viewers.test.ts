/** Made-up viewers: repeatable, valid to the strictest server, and as various as people are. */

import { describe, expect, test } from "bun:test";
import { createParser, type Opening, type Parsed } from "../../src/protocol/collection/parse.ts";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import type { MetricId, Metrics } from "../../src/sessions/metrics.ts";
import { viewerOf } from "../../src/simulate/audience.ts";
import { Audience, faultIn } from "../../src/simulate/viewers.ts";
import { PLAYER_PINGS, type SimulatedSession, SPARSE_PINGS } from "../../src/simulate/wire.ts";
import { FROM_MS, foldOf, paramOf, sample, startOf, TO_MS } from "./sample.ts";

const SESSIONS = 4000;
const SAMPLE = sample({ sessions: SESSIONS });
const FOLDS = new Map(SAMPLE.map((session) => [session, foldOf(session)]));

function shareWhere(isCounted: (session: SimulatedSession) => boolean): number {
  return SAMPLE.filter(isCounted).length / SESSIONS;
}

function metricOf(session: SimulatedSession, id: keyof Metrics): number {
  return FOLDS.get(session)?.metrics[id] ?? 0;
}

function countBy(key: (session: SimulatedSession) => unknown): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const session of SAMPLE) counts.set(key(session), (counts.get(key(session)) ?? 0) + 1);
  return counts;
}

describe("the same seed", () => {
  test("gives the same sessions, byte by byte", () => {
    expect(JSON.stringify(sample())).toBe(JSON.stringify(sample()));
  });

  test("gives a session that is made by itself as it gives it among the others", () => {
    const audience = new Audience({
      ...{ seed: 1, visitors: SESSIONS / 8, pings: SPARSE_PINGS, faultFromMs: faultIn(FROM_MS, TO_MS) },
    });
    for (const session of SAMPLE.slice(1000, 1020)) {
      const startMs = startOf(session).playerTime.ts + session.latencyMs;
      expect(audience.session(session.index, startMs)).toEqual(session);
    }
  });

  test("gives each visitor the same player, connection and ids at every visit", () => {
    const texts = [3, 77, 3, 77].map((visitor) => JSON.stringify(viewerOf(1, visitor)));
    expect(texts.slice(0, 2)).toEqual(texts.slice(2));
    expect(texts[0]).not.toBe(texts[1]);
  });

  test("gives nothing of another seed", () => {
    const ids = (seed: number) => new Set(sample({ seed, sessions: 300 }).map((each) => userOf(each)));
    expect([...ids(1)].filter((id) => ids(2).has(id))).toEqual([]);
  });
});

describe("every session", () => {
  for (const [name, pings] of Object.entries({ PLAYER_PINGS, SPARSE_PINGS })) {
    test(`with ${name} passes strict validation, and leaves nothing to flag`, () => {
      const parser = createParser({ mode: "strict", eventsMax: 2, limits: { keysMax: 512, stringBytesMax: 8192 } });
      const refused = sample({ seed: 9, sessions: 2000, pings }).flatMap(({ bodies: [start, ...events] }) => [
        ...problemsOf(parser.parseOpening(bytesOf(start))),
        ...events.flatMap((event) => problemsOf(parser.parseEvent(bytesOf(event)))),
      ]);
      expect(refused).toEqual([]);
    });
  }

  test("goes forward in time, starts once, and ends with its end or in silence", () => {
    for (const { bodies } of SAMPLE) {
      const types = bodies.map(({ eventType }) => eventType);
      expect(types.lastIndexOf("sessionStart")).toBe(0);
      expect(types.slice(0, -1)).not.toContain("sessionEnd");
      const times = bodies.map(({ playerTime }) => playerTime.ts);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(bodies.every(({ playerTime }) => Number.isInteger(playerTime.ts) && playerTime.playhead >= 0)).toBe(true);
    }
  });

  test("counts with each of its events: none is out of place", () => {
    const rules = new Set(SAMPLE.flatMap((each) => FOLDS.get(each)?.timeline.map(({ rule }) => rule) ?? []));
    expect([...rules]).toEqual(["in-place"]);
  });

  test("stays within the content, but for broadcasts that go on", () => {
    for (const session of SAMPLE) {
      const length = Number(paramOf(session, "media.length"));
      expect(Math.max(...session.bodies.map(({ playerTime }) => playerTime.playhead))).toBeLessThanOrEqual(length);
    }
  });

  test("has the same times with all its pings and with few, if it says when it ends", () => {
    const ids: readonly MetricId[] = [
      "contentTimeSpent",
      "adTimeSpent",
      "uniqueTimePlayed",
      "totalPauseDuration",
      "totalBufferDuration",
    ];
    const full = sample({ sessions: 400, pings: PLAYER_PINGS });
    const sparse = sample({ sessions: 400, pings: SPARSE_PINGS });
    const ended = full.filter(({ bodies }) => bodies.at(-1)?.eventType === "sessionEnd");
    expect(ended.length).toBeGreaterThan(200);
    for (const session of ended) {
      const other = sparse[session.index];
      if (!other) throw new Error("Both are the same viewers");
      const a = foldOf(session).metrics;
      const b = foldOf(other).metrics;
      expect(ids.map((id) => a[id])).toEqual(ids.map((id) => b[id]));
    }
  });

  test("has a bounded number of events, some 25 with few pings", () => {
    const counts = SAMPLE.map(({ bodies }) => bodies.length);
    expect(counts.reduce((sum, count) => sum + count, 0) / SESSIONS).toBeWithin(20, 30);
    const full = sample({ sessions: 2000, pings: PLAYER_PINGS }).map(({ bodies }) => bodies.length);
    expect(Math.max(...full)).toBeLessThan(2500);
  });
});

describe("the titles", () => {
  test("have a few popular ones, and a long tail", () => {
    const counts = [...countBy((each) => paramOf(each, "media.id")).values()].toSorted((a, b) => b - a);
    const ofTop = (count: number) => counts.slice(0, count).reduce((sum, each) => sum + each, 0) / SESSIONS;
    expect(counts.length).toBeGreaterThan(700);
    expect(ofTop(counts.length / 10)).toBeGreaterThan(0.45);
    expect(counts.filter((count) => count === 1).length / counts.length).toBeGreaterThan(0.2);
  });

  test("are films and episodes with their seasons, clips, broadcasts and sound", () => {
    const types = countBy((each) => paramOf(each, "media.contentType"));
    expect([...types.keys()].toSorted()).toEqual(["Linear", "Live", "VOD", "podcast", "radio", "song"]);
    expect(Math.min(...types.values()) / SESSIONS).toBeGreaterThan(0.01);
    const channels = countBy((each) => paramOf(each, "media.channel"));
    expect(channels.size).toBeGreaterThan(5);
    expect(shareWhere((each) => paramOf(each, "media.episode") !== undefined)).toBeGreaterThan(0.2);
  });
});

describe("the viewers", () => {
  test("come back, some of them often", () => {
    const visits = [...countBy(userOf).values()];
    expect(visits.length).toBeLessThan(SESSIONS / 4);
    expect(Math.max(...visits)).toBeGreaterThan(20);
    expect(visits.filter((count) => count === 1).length).toBeGreaterThan(5);
  });

  test("have several players, releases and connections, and say so", () => {
    expect(countBy((each) => paramOf(each, "media.playerName")).size).toBe(5);
    expect(countBy((each) => paramOf(each, "media.sdkVersion")).size).toBe(9);
    expect(countBy((each) => paramOf(each, "analytics.reportSuite")).size).toBe(4);
    expect(countBy((each) => startOf(each).customMetadata?.["connection"]).size).toBe(6);
    expect(Object.keys(startOf(SAMPLE[0] as SimulatedSession).customMetadata ?? {})).toHaveLength(5);
  });

  const habits: readonly (readonly [string, number, number, (session: SimulatedSession) => boolean])[] = [
    ["see a pre-roll", 0.2, 0.5, (each) => breakIs(each, "pre-roll")],
    ["see a mid-roll", 0.04, 0.25, (each) => breakIs(each, "mid-roll 2")],
    ["see a post-roll", 0.005, 0.1, (each) => breakIs(each, "post-roll")],
    [
      "see two ads in a break",
      0.1,
      0.4,
      (each) => FOLDS.get(each)?.adBreaks.some(({ adCount }) => adCount > 1) ?? false,
    ],
    ["skip an ad", 0.05, 0.25, (each) => metricOf(each, "adSkips") > 0],
    ["see an ad fail", 0.003, 0.03, (each) => metricOf(each, "adErrors") > 0],
    ["pause", 0.1, 0.4, (each) => metricOf(each, "totalPauseDuration") > 5],
    ["wait for data", 0.08, 0.3, (each) => metricOf(each, "bufferEvents") > 0],
    ["stand still without a word", 0.005, 0.05, (each) => metricOf(each, "stallEvents") > 0],
    ["go back", 0.05, 0.3, (each) => jumps(each, (step) => step < -1)],
    ["go forward", 0.05, 0.3, (each) => jumps(each, (step, ms) => step * 1000 > ms + 1000)],
    ["watch something twice", 0.03, 0.3, rewatches],
    ["change the bitrate", 0.4, 0.9, (each) => metricOf(each, "bitrateChanges") > 0],
    ["drop frames", 0.1, 0.6, (each) => metricOf(each, "droppedFrames") > 0],
    ["meet an error", 0.02, 0.1, (each) => metricOf(each, "errorEvents") > 0],
    ["meet an error before anything plays", 0.004, 0.04, (each) => metricOf(each, "playbackFailures") > 0],
    ["leave before anything plays", 0.01, 0.08, (each) => metricOf(each, "dropsBeforeStart") > 0],
    ["go to full screen", 0.1, 0.4, (each) => metricOf(each, "fullScreenCount") > 0],
    ["begin without sound", 0.05, 0.25, (each) => metricOf(each, "muteCount") > 0],
    ["take up what they began", 0.02, 0.1, (each) => metricOf(each, "contentResumes") > 0],
    ["have chapters", 0.05, 0.3, (each) => metricOf(each, "chapterStarts") > 0],
    ["skip a chapter", 0.002, 0.1, (each) => metricOf(each, "chapterSkips") > 0],
    ["reach the end", 0.3, 0.6, (each) => metricOf(each, "contentCompletes") > 0],
    [
      "leave in the first tenth",
      0.05,
      0.35,
      (each) => metricOf(each, "contentStarts") > 0 && !metricOf(each, "progress10"),
    ],
    ["fall silent", 0.15, 0.35, ({ bodies }) => bodies.at(-1)?.eventType !== "sessionEnd"],
  ];
  for (const [name, min, max, isCounted] of habits) {
    test(`${name} in ${min * 100} to ${max * 100} % of sessions`, () => {
      expect(shareWhere(isCounted)).toBeWithin(min, max);
    });
  }

  test("wait for data more often on a poor connection", () => {
    const perHour = (connection: string) => {
      const those = SAMPLE.filter((each) => startOf(each).customMetadata?.["connection"] === connection);
      const sumOf = (id: MetricId) => those.reduce((sum, each) => sum + metricOf(each, id), 0);
      return (sumOf("bufferEvents") / sumOf("contentTimeSpent")) * 3600;
    };
    expect(perHour("4g") / perHour("fibre")).toBeGreaterThan(4);
  });

  test("of one release fail before the start many times as often, from an hour on", () => {
    const sessions = sample({ sessions: 20_000 });
    const failing = (version: string, isThen: (atMs: number) => boolean) => {
      const those = sessions.filter(
        (each) => paramOf(each, "media.sdkVersion") === version && isThen(startOf(each).playerTime.ts),
      );
      return those.filter((each) => foldOf(each).metrics["playbackFailures"] === 1).length / those.length;
    };
    const faultMs = faultIn(FROM_MS, TO_MS);
    const ofOthers = failing("android-11.8", () => true);
    expect(failing("android-11.9", (atMs) => atMs >= faultMs) / ofOthers).toBeGreaterThan(8);
    expect(failing("android-11.9", (atMs) => atMs < faultMs) / ofOthers).toBeLessThan(2.5);
  });
});

function bytesOf(body: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}

/** What a server would find to say about a body. */
function problemsOf(parsed: Parsed<PlayerEvent | Opening>): unknown[] {
  if ("problems" in parsed) return [...parsed.problems];
  if (!("kind" in parsed.value)) return [...parsed.value.flags];
  return parsed.value.kind === "live" ? [...parsed.value.start.flags] : ["taken for downloaded content"];
}

function userOf(session: SimulatedSession): unknown {
  return paramOf(session, "visitor.marketingCloudUserId");
}

function breakIs(session: SimulatedSession, name: string): boolean {
  return session.bodies.some(({ params }) => params?.["media.ad.podFriendlyName"] === name);
}

/** Whether some step of the playhead, in seconds, is such a one; midnight takes a channel back to 0 and is none. */
function jumps(session: SimulatedSession, isJump: (step: number, ms: number) => boolean): boolean {
  if (paramOf(session, "media.length") === 86_400) return false;
  return session.bodies.some(({ playerTime }, at) => {
    const before = session.bodies[at - 1]?.playerTime ?? playerTime;
    return isJump(playerTime.playhead - before.playhead, playerTime.ts - before.ts);
  });
}

function rewatches(session: SimulatedSession): boolean {
  const folded = FOLDS.get(session);
  const lengthOf = (spans: readonly (readonly [number, number])[]) =>
    spans.reduce((sum, [from, to]) => sum + to - from, 0);
  return folded !== undefined && lengthOf(folded.spans) > lengthOf(folded.watched);
}

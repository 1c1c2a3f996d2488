/** What no player should send: the numbers stay finite and sensible, and the ledger says why an event didn't count. */

import { describe, expect, test } from "bun:test";
import { EVENT_TYPES, type PlayerEvent } from "../../src/protocol/event.ts";
import { type Folded, foldSession } from "../../src/sessions/fold.ts";
import type { Metrics } from "../../src/sessions/metrics.ts";
import { eventAfter, eventsOf } from "./table.ts";

const fold = (events: readonly PlayerEvent[]): Folded => foldSession(events, { closed: true });
const playing = eventsOf("0 sessionStart, 0 play");

/** Metrics that are neither finite and 0 or more, nor null. */
function oddIn(metrics: Metrics): string[] {
  return Object.entries(metrics)
    .filter(([, value]) => value !== null && !(Number.isFinite(value) && value >= 0))
    .map(([id, value]) => `${id}: ${value}`);
}

/** Rules by the event type that they decided for, in folded order. */
function rulesOf({ timeline }: Folded): string[] {
  return timeline.map(({ event, rule }) => `${event.type}: ${rule}`);
}

/** How many events each rule decided for. */
function countsOf({ timeline }: Folded): Record<string, number> {
  return Object.fromEntries(
    Map.groupBy(timeline, ({ rule }) => rule)
      .entries()
      .map(([rule, entries]) => [rule, entries.length]),
  );
}

test("a session of only a start is a drop, and has nothing else", () => {
  const { metrics, timeline, watched, contentSegment } = fold(eventsOf("0 sessionStart"));
  const some = Object.entries(metrics).filter(([, value]) => value !== 0 && value !== null);
  expect(Object.fromEntries(some)).toEqual({
    mediaStarts: 1,
    newStreams: 1,
    estimatedStreams: 1,
    dropsBeforeStart: 1,
    exitsBeforeStart: 1,
    exitsWithoutError: 1,
  });
  expect({ watched, contentSegment, events: timeline.length }).toEqual({
    watched: [],
    contentSegment: null,
    events: 1,
  });
});

test("no event at all is a mistake of the caller's", () => {
  expect(() => fold([])).toThrow();
});

describe("24 hours of pings, one each 10 s,", () => {
  const pings = (playheadMsOf: (second: number) => number) =>
    Array.from({ length: 8640 }, (_, index) => {
      const second = (index + 1) * 10;
      return eventAfter(second, "ping", { playheadMs: playheadMsOf(second) });
    });

  test("are a day of content when it plays", () => {
    const { metrics, contentSegment, spans } = fold([...playing, ...pings((second) => second * 1000)]);
    expect(metrics).toMatchObject({ contentTimeSpent: 86_400, uniqueTimePlayed: 86_400, contentSegmentViews: 288 });
    expect(metrics).toMatchObject({ estimatedStreams: 49, stallEvents: 0 });
    expect(contentSegment).toBe("[0-1440]");
    expect(spans.length).toBe(1);
  });

  test("are one stall when the playhead stands still", () => {
    const { metrics } = fold([...eventsOf("0 sessionStart =7200, 0 play"), ...pings(() => 0)]);
    expect(metrics).toMatchObject({ contentTimeSpent: 0, stallEvents: 1, totalStallingDuration: 86_400 });
    expect(metrics).toMatchObject({ uniqueTimePlayed: 0, rebufferingRatio: null, estimatedStreams: 1 });
  });

  test("are nothing without a play", () => {
    const { metrics } = fold([...eventsOf("0 sessionStart"), ...pings((second) => second * 1000)]);
    expect(metrics).toMatchObject({ mediaTimeSpent: 0, contentStarts: 0, dropsBeforeStart: 1 });
    expect(oddIn(metrics)).toEqual([]);
  });
});

describe("a ts", () => {
  const YEAR_3000_MS = Date.UTC(3000, 0, 1);
  const startAt = (tsMs: number) => eventAfter(0, "sessionStart", { tsMs, params: { "media.length": 100 } });
  const playAt = (tsMs: number) => eventAfter(0, "play", { tsMs });

  test("of 0 is an instant like others", () => {
    const { metrics } = fold([startAt(0), playAt(0), eventAfter(0, "ping", { tsMs: 5000, playheadMs: 5000 })]);
    expect(metrics).toMatchObject({ contentTimeSpent: 5, uniqueTimePlayed: 5 });
  });

  test("of the year 3000 is an instant like others", () => {
    const tsMs = YEAR_3000_MS;
    const { metrics } = fold([startAt(tsMs), playAt(tsMs), eventAfter(0, "ping", { tsMs: tsMs + 5000 })]);
    expect(metrics).toMatchObject({ contentTimeSpent: 5 });
  });

  test("of 0 and one of the year 3000 in one session give no more time than the playhead", () => {
    const { metrics } = fold([startAt(0), playAt(0), eventAfter(0, "ping", { tsMs: YEAR_3000_MS, playheadMs: 9000 })]);
    expect(metrics["contentTimeSpent"]).toBe(9);
    expect(oddIn(metrics)).toEqual([]);
  });

  test("of 0 after a start of the year 3000 is late, and its time is never negative", () => {
    const folded = fold([startAt(YEAR_3000_MS), playAt(0), eventAfter(0, "ping", { tsMs: 4000, playheadMs: 4000 })]);
    expect(folded.metrics).toMatchObject({ contentTimeSpent: 4, uniqueTimePlayed: 4 });
    expect(folded.timeline.map(({ verdict }) => verdict)).toEqual(["counted", "reordered", "reordered"]);
    expect(oddIn(folded.metrics)).toEqual([]);
  });

  test("at either end of what a number can count leaves the numbers finite", () => {
    for (const tsMs of [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]) {
      const { metrics } = fold([startAt(0), playAt(tsMs), eventAfter(0, "ping", { tsMs: Number.MAX_SAFE_INTEGER })]);
      expect(oddIn(metrics)).toEqual([]);
    }
  });
});

describe("a playhead", () => {
  const start = eventAfter(0, "sessionStart", { params: { "media.length": 100 } });

  test("beyond the length reaches every mark; what was watched there was watched", () => {
    const { metrics } = fold([start, ...eventsOf("0 play @90, 20 ping @110, 30 ping @120")]);
    expect(metrics).toMatchObject({ progress10: 1, progress95: 1, uniqueTimePlayed: 30, averageMinuteAudience: 0.3 });
  });

  test("as far as a number can count is a jump", () => {
    const far = eventAfter(10, "ping", { playheadMs: Number.MAX_SAFE_INTEGER });
    const { metrics, contentSegment } = fold([start, ...eventsOf("0 play"), far, ...eventsOf("20 ping @5")]);
    expect(metrics).toMatchObject({ progress95: 1, uniqueTimePlayed: 0, contentTimeSpent: 20, contentSegmentViews: 0 });
    expect(contentSegment).toBeNull();
    expect(oddIn(metrics)).toEqual([]);
  });
});

test("10,000 player states: ten count, each other one is ignored and says so", () => {
  const states = Array.from({ length: 10_000 }, (_, index) =>
    eventAfter(1 + index, "stateStart", { params: { "media.state.name": `state.${index}` } }),
  );
  const folded = fold([...playing, ...states]);
  expect(countsOf(folded)).toEqual({ "in-place": 12, "state-limit": 9990 });
  expect(folded.states.map(({ name }) => name)).toEqual(states.slice(0, 10).map((_, index) => `state.${index}`));
  expect(folded.metrics).toMatchObject({ "state.0TotalDuration": 9999, "state.9TotalDuration": 9990, muteCount: 0 });
  expect(Object.keys(folded.metrics)).not.toContain("state.10Count");
});

test("ads inside ads end one another, and one adComplete completes one", () => {
  const folded = fold(
    eventsOf(`0 sessionStart, 0 adBreakStart, 0 adStart =a, 2 adStart =b, 5 adStart =c,
      9 adComplete, 10 adComplete, 11 adComplete, 12 adBreakComplete, 13 adBreakComplete`),
  );
  expect(folded.metrics).toMatchObject({ adStarts: 3, adCompletes: 1, adBreaks: 1, adTimeSpent: 9 });
  expect(folded.ads.map(({ timeSpentMs, completed }) => ({ timeSpentMs, completed }))).toEqual([
    { timeSpentMs: 2000, completed: false },
    { timeSpentMs: 3000, completed: false },
    { timeSpentMs: 4000, completed: true },
  ]);
  expect(countsOf(folded)).toEqual({ "in-place": 7, "nothing-open": 3 });
});

describe("an event of each type,", () => {
  const TYPES = EVENT_TYPES.filter((type) => type !== "sessionStart" && type !== "sessionEnd");

  test("all without an opener before its closer, says of each why", () => {
    const order = `10 stateEnd =mute, 20 stateStart =mute, 30 chapterSkip, 31 chapterComplete, 40 chapterStart,
      50 adBreakComplete, 60 adSkip, 61 adComplete, 70 adStart, 80 adBreakStart, 90 bufferStart, 91 pauseStart,
      92 play, 100 error, 101 bitrateChange, 102 ping, 110 sessionComplete, 120 sessionEnd, 130 ping`;
    const folded = fold(eventsOf(`0 sessionStart, ${order}`));
    expect(rulesOf(folded)).toEqual([
      "sessionStart: in-place",
      "stateEnd: nothing-open",
      "stateStart: in-place",
      "chapterSkip: nothing-open",
      "chapterComplete: nothing-open",
      "chapterStart: in-place",
      "adBreakComplete: nothing-open",
      "adSkip: nothing-open",
      "adComplete: nothing-open",
      "adStart: ad-outside-break",
      "adBreakStart: break-never-completed",
      "bufferStart: in-place",
      "pauseStart: in-place",
      "play: in-place",
      "error: in-place",
      "bitrateChange: in-place",
      "ping: in-place",
      "sessionComplete: in-place",
      "sessionEnd: in-place",
      "ping: after-session-end",
    ]);
    expect(folded.metrics).toMatchObject({ adStarts: 0, contentStarts: 1, totalBufferDuration: 1, mediaTimeSpent: 18 });
    expect(folded.metrics).toMatchObject({ muteTotalDuration: 100, chapterTimeSpent: 18, playbackFailures: 0 });
    expect(oddIn(folded.metrics)).toEqual([]);
  });

  test("all behind a sessionEnd with an earlier ts, is ignored", () => {
    const folded = fold(eventsOf(`0 sessionStart, 1 sessionEnd, ${TYPES.map((type) => `2 ${type}`).join(", ")}`));
    expect(countsOf(folded)).toEqual({ "in-place": 2, "after-session-end": TYPES.length });
    expect(folded.metrics).toMatchObject({ contentStarts: 0, errorEvents: 0, adBreaks: 0, contentCompletes: 0 });
  });

  test.each(TYPES)("%s alone, leaves finite numbers", (type) => {
    const folded = fold(eventsOf(`0 sessionStart, 5 ${type}, 9 ping`));
    expect(oddIn(folded.metrics)).toEqual([]);
    expect(folded.timeline.reduce((sum, { intervalMs }) => sum + intervalMs, 0)).toBe(9000);
  });

  test("all in one tick, are taken in one order, whatever their arrival", () => {
    const [start, ...rest] = eventsOf(`0 sessionStart, ${TYPES.map((type) => `5 ${type}`).join(", ")}`);
    const forth = fold([start as PlayerEvent, ...rest]);
    // Only what asks for a playback state has the order of arrival.
    const asks = (event: PlayerEvent) => ["play", "pauseStart", "bufferStart"].includes(event.type);
    const others = rest.filter((event) => !asks(event)).toReversed();
    const back = fold([start as PlayerEvent, ...others, ...rest.filter(asks)]);
    expect(back.metrics).toEqual(forth.metrics);
    expect(rulesOf(back)).toEqual(rulesOf(forth));
    expect(oddIn(forth.metrics)).toEqual([]);
  });
});

describe("qoeData", () => {
  test("of other types than numbers reports nothing", () => {
    const qoeData = { "media.qoe.bitrate": "fast", "media.qoe.droppedFrames": true, "media.qoe.timeToStart": "soon" };
    const { metrics } = fold([...playing, eventAfter(5, "ping", { qoeData }), eventAfter(9, "ping")]);
    expect(metrics).toMatchObject({ averageBitrate: null, droppedFrames: null, timeToStart: null });
  });
});

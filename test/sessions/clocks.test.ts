/** Live sessions whose clocks are set, or whose events come late: what the viewer did is counted, by their arrivals. */

import { describe, expect, test } from "bun:test";
import type { ArrivedEvent } from "../../src/store/store.ts";
import { arrived, eventsOf, foldArray, foldLive, live, mendingsOf } from "./mended.ts";

const START_MS = Date.UTC(2026, 8, 21);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365.25 * 24 * HOUR_MS;
const LENGTH_S = 600;

/** A film of ten minutes that is watched to its end, with a ping each 10 s. */
const FILM = live(
  eventsOf([
    body("sessionStart", 0),
    body("play", 0),
    ...Array.from({ length: 59 }, (_, at) => body("ping", 10 * (at + 1))),
    body("sessionComplete", LENGTH_S),
    body("sessionEnd", LENGTH_S),
  ]),
);

function body(eventType: string, second: number): object {
  const params = {
    "media.id": "film",
    "media.length": LENGTH_S,
    "media.contentType": "VOD",
    "media.playerName": "p",
    "media.channel": "c",
    "analytics.trackingServer": "t",
    "analytics.reportSuite": "r",
    "visitor.marketingCloudOrgId": "o",
  };
  const playerTime = { playhead: second, ts: START_MS + second * 1000 };
  return eventType === "sessionStart" ? { eventType, playerTime, params } : { eventType, playerTime };
}

/** The film with a clock that is set by some time at some second. */
function setAt(second: number, byMs: number, events: readonly ArrivedEvent[] = FILM): ArrivedEvent[] {
  return events.map((event) => {
    const isBehind = event.playheadMs >= second * 1000 && event.type !== "sessionStart";
    return isBehind ? { ...event, tsMs: event.tsMs + byMs } : event;
  });
}

/** The film with some events that arrive later. */
function heldBack(isHeld: (second: number, event: ArrivedEvent) => number, events = FILM): ArrivedEvent[] {
  return arrived(
    events.map((event) => ({ ...event, receivedAtMs: event.receivedAtMs + isHeld(event.playheadMs / 1000, event) })),
  );
}

function expectWatched(events: readonly ArrivedEvent[]): void {
  const { metrics } = foldLive(events);
  expect(metrics).toMatchObject({ contentStarts: 1, contentCompletes: 1, dropsBeforeStart: 0 });
  expect(Math.abs((metrics["contentTimeSpent"] ?? 0) - LENGTH_S)).toBeLessThanOrEqual(0.2);
  expect(Math.abs((metrics["uniqueTimePlayed"] ?? 0) - LENGTH_S)).toBeLessThanOrEqual(1);
}

describe("a clock that is set in a live session", () => {
  const CLOCKS: readonly (readonly [string, number, "clock-forward" | "clock-back"])[] = [
    ["an hour back", -HOUR_MS, "clock-back"],
    ["thirty seconds back", -MINUTE_MS / 2, "clock-back"],
    ["two minutes back", -2 * MINUTE_MS, "clock-back"],
    ["nine minutes forward", 9 * MINUTE_MS, "clock-forward"],
    ["ten years forward", 10 * YEAR_MS, "clock-forward"],
    ["from 1970 to now", START_MS, "clock-forward"],
  ];

  for (const [name, byMs, rule] of CLOCKS) {
    test.each([10, 200, 590])(`${name}, is taken back behind %p s`, (second) => {
      const events = setAt(second, byMs);
      expectWatched(events);
      expect(mendingsOf(foldLive(events))).toEqual([rule]);
    });
  }

  test("back and forward again is no more than the viewer watched", () => {
    const events = setAt(300, 9 * MINUTE_MS, setAt(100, -2 * MINUTE_MS));
    const { metrics } = foldLive(events);
    expect(metrics["contentTimeSpent"]).toBeGreaterThan(LENGTH_S - 30);
    expect(metrics["contentTimeSpent"]).toBeLessThan(LENGTH_S + 30);
  });

  test("forward and back again, is taken back both times", () => {
    const events = setAt(300, -9 * MINUTE_MS, setAt(100, 9 * MINUTE_MS));
    expectWatched(events);
    expect(mendingsOf(foldLive(events))).toEqual(["clock-back", "clock-forward"]);
  });

  test("at the sessionEnd alone ends the session where it ended", () => {
    const events = FILM.map((event) => {
      return event.type === "sessionEnd" ? { ...event, tsMs: event.tsMs + 5 * YEAR_MS } : event;
    });
    expectWatched(events);
  });

  test("leaves an event from before that arrives behind it in its place", () => {
    const events = setAt(300, 9 * MINUTE_MS);
    const at = events.findIndex(({ playheadMs }) => playheadMs === 300_000);
    const before = events[at - 1] as ArrivedEvent;
    const behind = events[at] as ArrivedEvent;
    const swapped = events.with(at - 1, behind).with(at, { ...before, receivedAtMs: behind.receivedAtMs });
    expectWatched(swapped);
  });

  test("each minute, in a day of pings, folds in milliseconds", () => {
    const pings = Array.from({ length: 8640 }, (_, at): ArrivedEvent => {
      const ms = (at + 1) * 10_000;
      const set = Math.floor(ms / MINUTE_MS) % 2 === 0 ? 0 : (ms % 7) * HOUR_MS - 9 * HOUR_MS;
      const tsMs = START_MS + ms + set;
      return { type: "ping", tsMs, playheadMs: ms, flags: [], receivedAtMs: START_MS + ms + 50 };
    });
    const events = [...FILM.slice(0, 2), ...pings];
    const sinceMs = performance.now();
    expect(foldLive(events).metrics).toMatchObject({ contentTimeSpent: 86_400 });
    expect(foldArray(events).metrics["mendings"]).toBeGreaterThan(1000);
    expect(performance.now() - sinceMs).toBeLessThan(2000);
  });
});

describe("what comes late in a live session", () => {
  test("is in its place: single events that come 40 s late", () => {
    const events = heldBack((second) => (second % 70 === 30 ? 40_000 : 0));
    expectWatched(events);
    expect(mendingsOf(foldLive(events))).toEqual([]);
  });

  test("is in its place: the queue of 220 s without a network", () => {
    const events = heldBack((second) => (second >= 100 && second < 320 ? (320 - second) * 1000 : 0));
    expectWatched(events);
    expect(mendingsOf(foldLive(events))).toEqual([]);
  });

  test("is in its place: all that waited for a start that was answered after 70 s", () => {
    const events = heldBack((second, { type }) => (type !== "sessionStart" && second < 70 ? (70 - second) * 1000 : 0));
    expectWatched(events);
    expect(mendingsOf(foldLive(events))).toEqual([]);
  });

  test("behind the sessionEnd is no clock that was set back", () => {
    const late = { ...(FILM[30] as ArrivedEvent), type: "error" as const, receivedAtMs: START_MS + HOUR_MS };
    const { metrics } = foldLive([...FILM, late]);
    expect(metrics).toMatchObject({ errorEvents: 1, mendings: 0, contentTimeSpent: LENGTH_S });
  });
});

/** The order in which events count: by ts, within one ts by rule, never by arrival. */

import { describe, expect, test } from "bun:test";
import { EVENT_TYPES, type EventType, type PlayerEvent } from "../../src/protocol/event.ts";
import { bodiesOf, columnsOf } from "../../src/sessions/columns.ts";
import { layCourse, sortByNumbers } from "../../src/sessions/course.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import { isCloser, isOpener, RANKS } from "../../src/sessions/order.ts";
import { eventAfter, eventsOf } from "./table.ts";

const START = eventAfter(0, "sessionStart");
const TYPES = EVENT_TYPES.filter((type) => type !== "sessionStart");
const CLOSERS = TYPES.filter((type) => /^(ad|adBreak|chapter)(Complete|Skip)$/.test(type));
const OPENERS = TYPES.filter((type) => /^(ad|adBreak|chapter)Start$/.test(type));

/** Why one type comes before another within one ts. */
const REASONS: readonly (readonly [string, before: EventType, after: EventType])[] = [
  ["an ad closes before its break", "adComplete", "adBreakComplete"],
  ["a skipped ad closes before its break", "adSkip", "adBreakComplete"],
  ["a break closes before the chapter around it", "adBreakComplete", "chapterComplete"],
  ["a break closes before the chapter around it is skipped", "adBreakComplete", "chapterSkip"],
  ["a chapter opens before the break in it", "chapterStart", "adBreakStart"],
  ["a break opens before its ad", "adBreakStart", "adStart"],
  ["a state ends before it starts again", "stateEnd", "stateStart"],
  ["several states change after each by itself", "stateStart", "statesUpdate"],
  ["content completes before the session ends", "sessionComplete", "sessionEnd"],
];

function orderEvents(events: readonly PlayerEvent[]): PlayerEvent[] {
  const options = { mends: true, isLive: false, isOff: () => false };
  const { order } = layCourse(columnsOf(events, true), bodiesOf(events), options);
  return Array.from(order ?? events.keys(), (index) => events[index] as PlayerEvent);
}

function orderOf(text: string): string[] {
  return orderEvents(eventsOf(text)).map(({ type, playheadMs }) => `${type} ${playheadMs / 1000}`);
}

/** The order of types within one ts, when each closer has something to close. */
function rankedTypes(types: readonly EventType[]): EventType[] {
  const events = [START, ...types.map((type) => eventAfter(5, type))];
  return Array.from(sortByNumbers(columnsOf(events, true)).subarray(1), (index) => (events[index] as PlayerEvent).type);
}

/** The folded order, in which a closer may have waited for its opener. */
function foldedOrderOf(text: string): EventType[] {
  return foldSession(eventsOf(text), { closed: true }).timeline.map(({ event }) => event.type);
}

function duplicatesIn(events: readonly PlayerEvent[]): PlayerEvent[] {
  const { timeline } = foldSession(events, { closed: true });
  return timeline.filter(({ verdict }) => verdict === "duplicate").map(({ event }) => event);
}

describe("the order by numbers", () => {
  test("sorts by ts, as a number", () => {
    expect(orderOf("0 sessionStart, 100 ping, 9 ping, 20 ping")).toEqual([
      "sessionStart 0",
      "ping 9",
      "ping 20",
      "ping 100",
    ]);
  });

  test("leaves the session's own start first, whatever its ts", () => {
    expect(orderOf("10 sessionStart, 5 adBreakStart, 10 play").at(0)).toBe("sessionStart 10");
  });

  for (const [reason, before, after] of REASONS) {
    test(`knows that within a ts ${reason}`, () => {
      expect(rankedTypes([before, after])).toEqual([before, after]);
      expect(rankedTypes([after, before])).toEqual([before, after]);
    });
  }

  test("puts within a ts what closes first, then what opens, then the playback states", () => {
    const ranked = rankedTypes(TYPES);
    expect(ranked.slice(0, 5).toSorted()).toEqual(CLOSERS.toSorted());
    expect(ranked.slice(5, 8).toSorted()).toEqual(OPENERS.toSorted());
    expect(ranked.slice(8, 11).toSorted()).toEqual(["bufferStart", "pauseStart", "play"]);
  });

  test("sorts within a ts by name what has no other reason, before the session completes", () => {
    const others = rankedTypes(TYPES).slice(11);
    expect(others.slice(-2)).toEqual(["sessionComplete", "sessionEnd"]);
    expect(others.slice(0, -2)).toEqual(others.slice(0, -2).toSorted());
  });

  test("gives each type a place of its own, whatever arrived first", () => {
    expect(rankedTypes(TYPES.toReversed())).toEqual(rankedTypes(TYPES));
  });

  test("sorts equal types by playhead, and those by their body as text", () => {
    const ping = (playheadMs: number, bitrate?: number) =>
      eventAfter(5, "ping", {
        playheadMs,
        ...(bitrate !== undefined && { qoeData: { "media.qoe.bitrate": bitrate } }),
      });
    const sorted = [ping(9000, 20), ping(9000, 3), ping(9000), ping(10_000, 1)];
    expect(orderEvents([START, ...sorted.toReversed()])).toEqual([START, ...sorted]);
    expect(orderEvents([START, ...sorted])).toEqual([START, ...sorted]);
  });

  test("knows as a duplicate only what is equal in type, ts, playhead and body", () => {
    const params = { "media.errorId": "a", "media.errorSource": "player" };
    const first = eventAfter(5, "error", { params });
    const others: PlayerEvent[] = [
      eventAfter(5, "ping", { params }),
      eventAfter(6, "error", { params, playheadMs: 5000 }),
      eventAfter(5, "error", { params, playheadMs: 5001 }),
      eventAfter(5, "error", { params: { ...params, "media.errorId": "b" } }),
      eventAfter(5, "error", { qoeData: params }),
      eventAfter(5, "error", { params, customMetadata: { a: "b" } }),
      eventAfter(5, "error", { params, unknownMembers: { extra: 1 } }),
    ];
    expect(duplicatesIn([START, first, ...others])).toEqual([]);
    const again = eventAfter(5, "error", { params: { ...params } });
    expect(duplicatesIn([START, first, ...others, again])).toEqual([again]);
  });

  test("knows an event again by the id that its client gave it", () => {
    const a = { requestId: "a" };
    const b = { requestId: "b", flags: ["timestamp-missing"] };
    const again = eventAfter(5, "ping", { ...a, playheadMs: 5001 });
    const another = eventAfter(7, "ping", a);
    const undated = eventAfter(6, "play", b);
    const undatedAgain = eventAfter(9, "play", b);
    const events = [START, eventAfter(5, "ping", a), again, another, undated, undatedAgain];
    expect(duplicatesIn(events)).toEqual([again, undatedAgain]);
    const { timeline, metrics } = foldSession(events, { closed: true });
    const reused = timeline.filter(({ flags }) => flags?.includes("id-reused")).map(({ event }) => event);
    expect(reused).toEqual([another]);
    expect(metrics.contentTimeSpent).toBe(1);
  });

  test("compares bodies whatever the order of their keys, nested ones too, and whatever their flags", () => {
    const ids = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, { id: key, authState: 1 }]));
    const one = eventAfter(5, "ping", {
      params: { "media.length": 1, "visitor.customerIDs": ids("x", "y") },
      flags: ["ts-rounded"],
    });
    const two = eventAfter(5, "ping", { params: { "visitor.customerIDs": ids("y", "x"), "media.length": 1 } });
    expect(duplicatesIn([START, one, two])).toEqual([two]);
  });

  test("leaves the array that it was given as it was", () => {
    const events = eventsOf("0 sessionStart, 9 ping, 5 ping");
    const before = [...events];
    orderEvents(events);
    expect(events).toEqual(before);
  });
});

describe("within one ts", () => {
  test("what closes something open goes first", () => {
    expect(foldedOrderOf("0 sessionStart, 1 adBreakStart, 1 adStart, 5 play, 5 adStart, 5 adComplete")).toEqual([
      "sessionStart",
      "adBreakStart",
      "adStart",
      "adComplete",
      "adStart",
      "play",
    ]);
  });

  test("what closes something just opened comes after what opens, and before the rest", () => {
    const arrived = "0 sessionStart, 5 play, 5 chapterComplete, 5 adBreakComplete, 5 adComplete, 5 adStart";
    expect(foldedOrderOf(`${arrived}, 5 adBreakStart, 5 chapterStart`)).toEqual([
      "sessionStart",
      "chapterStart",
      "adBreakStart",
      "adStart",
      "adComplete",
      "adBreakComplete",
      "chapterComplete",
      "play",
    ]);
  });

  test("of two that close, the second waits for what opens after the first", () => {
    const arrived = "0 sessionStart, 1 adBreakStart, 1 adStart, 5 adStart, 5 adComplete, 5 adComplete @6, 6 ping";
    expect(foldedOrderOf(arrived)).toEqual([
      "sessionStart",
      "adBreakStart",
      "adStart",
      "adComplete",
      "adStart",
      "adComplete",
      "ping",
    ]);
  });

  test("an ad that was told before its break takes its place among the ads of that instant", () => {
    const ad = (id: string, ms: number, playheadMs = 5000) =>
      eventAfter(ms / 1000, "adStart", { playheadMs, params: { "media.ad.id": id } });
    const opening = eventAfter(5, "adBreakStart");
    const idsOf = (...ads: readonly PlayerEvent[]) => {
      const { timeline } = foldSession([START, ads[0] as PlayerEvent, opening, ...ads.slice(1)], { closed: true });
      return timeline.flatMap(({ event }) => (event.type === "adStart" ? [event.params?.["media.ad.id"]] : []));
    };
    expect(idsOf(ad("b", 4999), ad("a", 5000), ad("c", 5000))).toEqual(["a", "b", "c"]);
    expect(idsOf(ad("c", 4990), ad("a", 4999), ad("b", 5000))).toEqual(["a", "b", "c"]);
    expect(idsOf(ad("b", 4999), ad("a", 5000, 5001), ad("c", 5000))).toEqual(["b", "c", "a"]);
    expect(idsOf(ad("b", 4999), ad("a", 5001))).toEqual(["b", "a"]);
  });

  test("what closes does not wait for a later ts", () => {
    expect(foldedOrderOf("0 sessionStart, 5 adComplete, 6 adBreakStart, 6 adStart")).toEqual([
      "sessionStart",
      "adComplete",
      "adBreakStart",
      "adStart",
    ]);
  });
});

test("isCloser and isOpener tell the types that tie rules are about", () => {
  expect(EVENT_TYPES.filter((type) => isCloser(RANKS[type]))).toEqual(CLOSERS);
  expect(EVENT_TYPES.filter((type) => isOpener(RANKS[type]))).toEqual(OPENERS);
});

describe("the order of arrival", () => {
  test("is that of the arrivals, then the store's, wherever an event is stored", () => {
    const arrivals = eventsOf("0 play, 10 ping, 20 pauseStart, 20 play, 30 ping, 40 sessionEnd").map((event) => ({
      ...event,
      receivedAtMs: event.tsMs + 500,
    }));
    const [start, ...rest] = arrivals as [(typeof arrivals)[0], ...typeof arrivals];
    const stored = [start, ...rest.slice(3), ...rest.slice(0, 3)];
    expect(foldSession(stored, { closed: true })).toEqual(foldSession(arrivals, { closed: true }));
    expect(foldSession(stored, { closed: true }).verdicts.reordered).toBe(0);
  });
});

/** What a timeline draws: lanes, blocks as many as there is room for, marks of events and the playhead's line. */

import { describe, expect, test } from "bun:test";
import { lanesOf, placeBlocks } from "../../src/dashboard/pages/session/blocks.ts";
import { countBars, keysOf, nearestEvent, verdictPaths } from "../../src/dashboard/pages/session/event-marks.ts";
import { periodsOf } from "../../src/dashboard/pages/session/periods.ts";
import { playheadLine } from "../../src/dashboard/pages/session/playhead-line.ts";
import type { Domain } from "../../src/dashboard/pages/session/time-scale.ts";
import { eventAfter, eventsOf } from "../sessions/table.ts";
import { TS } from "../support/requests.ts";
import { detailOf } from "./detail.ts";

const RICH =
  "0 sessionStart, 0 play, 2 chapterStart =one, 5 adBreakStart =pre, 5 adStart =a, 8 adSkip, 8 adStart =b, 10 adComplete, " +
  "10 adBreakComplete, 12 stateStart =mute, 15 bufferStart, 16 play, 20 stateEnd =mute, 21 chapterComplete, 22 ping";

const detail = (session: string, closed = true) => detailOf(eventsOf(session), closed);
const seconds = (ms: number) => (ms - TS) / 1000;

describe("lanes", () => {
  test("have a block for each stretch that counts alike", () => {
    const [playback] = lanesOf(detail("0 sessionStart, 1 play, 2 ping, 3 ping, 4 pauseStart, 6 play, 7 ping"));
    const blocks = playback?.blocks.map(({ fromMs, toMs, tone }) => [tone, seconds(fromMs), seconds(toMs)]);
    expect(blocks).toEqual([
      ["nothing", 0, 1],
      ["content", 1, 4],
      ["pause", 4, 6],
      ["content", 6, 7],
    ]);
  });

  test("stand only where there is something, and say what, from when to when and for how long", () => {
    const lanes = lanesOf(detail(RICH));
    expect(lanes.map(({ title }) => title)).toEqual(["Playback", "Ads", "Chapters", "Buffering", "mute"]);
    expect(lanes[1]?.blocks.map(({ title }) => title)).toEqual([
      "Ad break pre: 0:05.000 to 0:10.000, 5 s, completed",
      "Ad a: 0:05.000 to 0:08.000, 3 s, skipped",
      "Ad b: 0:08.000 to 0:10.000, 2 s, completed",
    ]);
    expect(lanesOf(detail("0 sessionStart")).map(({ title }) => title)).toEqual(["Playback"]);
  });

  test("of an open session show that nothing came since", () => {
    const [playback] = lanesOf(detail("0 sessionStart, 0 play, 5 ping", false), TS + 9000);
    expect(playback?.blocks.at(-1)).toMatchObject({ tone: "waiting", fromMs: TS + 5000, toMs: TS + 9000 });
  });
});

describe("placed blocks", () => {
  const many = Array.from({ length: 10_000 }, (_, at) => ({
    fromMs: at * 10,
    toMs: at * 10 + 10,
    tone: at % 4 === 0 ? ("pause" as const) : ("content" as const),
    name: "",
    title: `${at}`,
  }));

  test("are at most as many as there are pixels, in the colour that takes most of the time", () => {
    const placed = placeBlocks(many, { domain: [0, 100_000], width: 800 });
    expect(placed.length).toBeLessThan(800);
    expect(new Set(placed.map(({ tone }) => tone))).toEqual(new Set(["content"]));
    expect(placed[0]?.title).toContain("parts, mostly content");
  });

  test("are themselves where there is room, and those out of sight are left out", () => {
    const placed = placeBlocks(many, { domain: [1000, 1100], width: 800 });
    expect(placed.map(({ title }) => title)).toEqual(many.slice(99, 111).map(({ title }) => title));
    expect(placed.every(({ x, width }) => x >= 0 && width > 0)).toBe(true);
  });
});

describe("marks of events", () => {
  test("of one pixel are one", () => {
    const { events } = detail("0 sessionStart, 1 ping, 2 ping, 500 ping");
    const scale = { domain: [TS, TS + 500_000] as Domain, width: 100 };
    const counted = verdictPaths(events, scale, 20).find(({ verdict }) => verdict === "counted");
    expect(counted?.path.match(/M/g)?.length).toBe(2);
    expect(countBars(events, scale, 20)).toBe("");
  });

  test("that would touch are bars by their number, with the others on top", () => {
    const pings = Array.from({ length: 500 }, (_, at) => `${at + 1} ping`).join();
    const { events } = detail(`0 sessionStart, ${pings}, 250 adStart =a`);
    const scale = { domain: [TS, TS + 500_000] as Domain, width: 100 };
    const paths = new Map(verdictPaths(events, scale, 20).map(({ verdict, path }) => [verdict, path]));
    expect([paths.get("counted"), paths.get("ignored")]).toEqual(["", "M50 20v-20"]);
    expect(countBars(events, scale, 20).match(/M/g)?.length).toBe(26);
  });

  test("have names that stay when an earlier event comes late", () => {
    const before = keysOf(detail("0 sessionStart, 5 ping, 5 ping @6").events);
    const after = keysOf(detail("0 sessionStart, 3 play, 5 ping, 5 ping @6").events);
    expect(before.every((key) => after.includes(key))).toBe(true);
    expect(new Set(after).size).toBe(4);
  });

  test("are found by the nearest instant", () => {
    expect(nearestEvent(detail("0 sessionStart, 5 play, 9 ping").events, TS + 6900)).toBe(1);
    expect(nearestEvent([], 0)).toBeUndefined();
  });
});

describe("the playhead's line", () => {
  const scale = { domain: [TS, TS + 100_000] as Domain, width: 100 };

  test("is solid where it was played, and broken where it jumped", () => {
    const { events } = detail("0 sessionStart, 0 play, 50 ping, 60 ping @300, 100 ping @340");
    const { played, jumped, playheadMax } = playheadLine(events, scale, 106);
    expect(jumped).toBe("M50 91.3L60 17.8");
    expect(played.match(/M/g)?.length).toBe(2);
    expect(playheadMax).toBe(340);
  });

  test("leaves the scale alone where one playhead is beyond the length, and ends at its top", () => {
    const { events } = detail("0 sessionStart =100, 0 play, 10 ping, 20 ping @13000, 30 ping @30");
    expect(events.some(({ flags }) => flags.includes("playhead-beyond-length"))).toBe(true);
    const { jumped, playheadMax } = playheadLine(events, scale, 106);
    expect(playheadMax).toBe(30);
    expect(jumped).toBe("M10 72.7L20 0M20 0L30 6");
  });

  test("of a broadcast is drawn from its own first second, not from midnight", () => {
    const { events } = detail("0 sessionStart @7200, 0 play @7200, 100 ping @7300");
    const { playheadMin, playheadMax, played } = playheadLine(events, scale, 106);
    expect([playheadMin, playheadMax]).toEqual([7200, 7300]);
    expect(played.startsWith("M0 106")).toBe(true);
    expect(playheadLine(detail("0 sessionStart, 0 play, 9 ping @9000").events, scale, 106).playheadMin).toBe(0);
  });

  test("of ten thousand events has few points", () => {
    const pings = Array.from({ length: 10_000 }, (_, at) => eventAfter(at / 100, "ping"));
    const { played } = playheadLine(detailOf([eventAfter(0, "sessionStart"), ...pings], true).events, scale, 100);
    expect(played.match(/[ML]/g)?.length).toBeLessThanOrEqual(404);
  });
});

test("periods end by their own event, by what came instead, or with the last event", () => {
  const { adBreaks, ads, chapters, states } = periodsOf(
    detail("0 sessionStart, 1 adBreakStart, 1 adStart, 3 adBreakStart, 4 chapterStart, 5 stateStart =mute, 9 ping")
      .events,
    true,
  );
  const told = [...adBreaks, ...ads, ...chapters, ...(states.get("mute") ?? [])];
  expect(told.map(({ fromMs, toMs, end }) => [seconds(fromMs), seconds(toMs), end])).toEqual([
    [1, 3, "ended"],
    [3, 9, "open"],
    [1, 3, "ended"],
    [4, 9, "open"],
    [5, 9, "open"],
  ]);
});

test("periods of player states that change together are those that count", () => {
  const listed = (...names: string[]) => names.map((name) => ({ "media.state.name": name }));
  const own = Array.from({ length: 8 }, (_, at) => `own.${at}`);
  const events = [
    eventAfter(0, "sessionStart"),
    eventAfter(1, "statesUpdate", { params: { statesStart: listed("mute", "fullscreen") } }),
    eventAfter(2, "statesUpdate", { params: { statesStart: listed("mute", ...own, "one too many") } }),
    eventAfter(3, "statesUpdate", { params: { statesStart: listed("mute"), statesEnd: listed("mute", "fullScreen") } }),
    eventAfter(9, "ping"),
  ];
  const { events: told, states: rows } = detailOf(events, true);
  const { states } = periodsOf(told, false);
  const lengths = [...states].map(([name, periods]) => [
    name,
    periods.length,
    periods.reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / 1000, 0),
  ]);
  expect(lengths.slice(0, 2)).toEqual([
    ["mute", 2, 8],
    ["fullScreen", 1, 2],
  ]);
  expect(lengths).toEqual(rows.map(({ name, count, totalDuration }) => [name, count, totalDuration]));
});

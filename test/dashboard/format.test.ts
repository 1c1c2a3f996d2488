/** How numbers are written: in a column, along an axis, and beside those of an earlier period. */

import { describe, expect, test } from "bun:test";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/base/units.ts";
import { axisLabels, axisSteps, axisTop } from "../../src/dashboard/format/axes.ts";
import { type ColumnUnit, columnFormat, formatSeconds, formatShare } from "../../src/dashboard/format/numbers.ts";
import { formatTime, knownZone, ownZone } from "../../src/dashboard/format/times.ts";
import { changeOf } from "../../src/dashboard/model/change.ts";
import { sinceWords } from "../../src/dashboard/model/since.ts";
import { usualOf, verdictOf } from "../../src/dashboard/model/usual.ts";
import { weekOf } from "../../src/dashboard/model/weekly.ts";
import { formatOwn } from "../../src/dashboard/pages/session/metric-catalogue.ts";
import { DERIVED_METRICS } from "../../src/sessions/metrics/derived.ts";
import { SESSION_METRICS } from "../../src/sessions/metrics/session.ts";

const SECONDS: ColumnUnit = { unit: "s", aggregation: "sum" };
const SHARE: ColumnUnit = { unit: "ratio", aggregation: "rate" };
const COUNT: ColumnUnit = { unit: "count", aggregation: "sum" };

describe("a column", () => {
  const cases: readonly (readonly [ColumnUnit, readonly (number | null)[], string[], string | undefined])[] = [
    [SHARE, [0.002, 0.0019, 0, null], ["0.20%", "0.19%", "0%", "–"], undefined],
    [SHARE, [0.62, 0.499, 1], ["62.0%", "49.9%", "100%"], undefined],
    [SECONDS, [417 * 3600 + 720, 37_440], ["417:12", "10:24"], "h:mm"],
    [SECONDS, [245, 60, 5], ["4:05", "1:00", "0:05"], "min:s"],
    [SECONDS, [5, 2.051], ["5.00", "2.05"], "s"],
    [COUNT, [12_345, 7], ["12,345", "7"], undefined],
    [{ unit: "bit/s", aggregation: "mean" }, [3_750_000, 800_000], ["3.75", "0.80"], "Mbit/s"],
  ];
  for (const [column, values, texts, unit] of cases) {
    test(`of ${JSON.stringify(values)} has one unit and one precision`, () => {
      const format = columnFormat(values, column);
      expect(values.map(format.text)).toEqual(texts);
      expect(format.unit).toBe(unit);
    });
  }

  test("alone, no number has a part that is zero, or decimals that say nothing", () => {
    expect([86_400, 3660, 60, 12.345, 1.234].map(formatSeconds)).toEqual([
      "24 h",
      "1 h 1 min",
      "1 min",
      "12 s",
      "1.23 s",
    ]);
    expect([0, 0.0019, 0.41234, 1].map(formatShare)).toEqual(["0%", "0.19%", "41.2%", "100%"]);
  });
});

describe("an axis", () => {
  test("of time has whole hours, minutes or seconds, in one unit, and a zero without one", () => {
    expect(axisLabels([0, 180_000, 360_000], 180_000, SECONDS)).toEqual(["0", "50 h", "100 h"]);
    expect(axisLabels([0, 300], 300, SECONDS)).toEqual(["0", "5 min"]);
    expect(axisLabels([0, 0.5, 1], 0.5, SECONDS)).toEqual(["0", "0.5 s", "1.0 s"]);
    expect(
      axisSteps(SECONDS)
        .filter((step) => step > 86_400)
        .every((step) => step % 3600 === 0),
    ).toBe(true);
  });

  test("of shares has as many decimals as its step needs, of counts none", () => {
    expect(axisLabels([0, 0.0005, 0.001], 0.0005, SHARE)).toEqual(["0", "0.05%", "0.10%"]);
    expect(axisSteps(COUNT).every(Number.isInteger)).toBe(true);
    expect(axisLabels([0, 200_000], 200_000, COUNT)).toEqual(["0", "200K"]);
  });

  test("of zeros alone goes up to one, of shares to one percent", () => {
    expect([axisTop(0, SHARE), axisTop(Number.NEGATIVE_INFINITY, SHARE), axisTop(0, COUNT)]).toEqual([0.01, 0.01, 1]);
    expect(axisTop(0.5, SHARE)).toBeCloseTo(0.54);
  });

  test("has steps for numbers that no report has", () => {
    for (const unit of [SECONDS, COUNT]) expect(axisSteps(unit).at(-1)).toBeGreaterThan(1e15);
  });
});

describe("a change", () => {
  const compared = { now: 480, before: 125, sessionsBefore: 1000, isWhole: true };
  const cases: readonly (readonly [
    column: string,
    ColumnUnit,
    Partial<typeof compared>,
    string | undefined,
    string,
  ])[] = [
    ["mediaStarts", COUNT, {}, "▲ 284.0%", "was 125"],
    ["mediaStarts", COUNT, { now: 1500 }, "12×", "was 125"],
    ["mediaStarts", COUNT, { now: 126 }, undefined, "unchanged"],
    ["mediaStarts", COUNT, { isWhole: false }, undefined, "no full earlier period"],
    ["mediaStarts", COUNT, { before: 0 }, undefined, "none before"],
    ["mediaStarts", COUNT, { sessionsBefore: 29 }, undefined, "too few before"],
    ["completionRate", SHARE, { now: 0.414, before: 0.369 }, "▲ 4.5 pts", "was 36.9%"],
    ["rebufferingRatio", SHARE, { now: 0.0019, before: 0.0025 }, "▼ 0.06 pts", "was 0.25%"],
  ];
  for (const [column, unit, asked, by, note] of cases) {
    test(`of ${column} under ${JSON.stringify(asked)} is ${by ?? note}`, () => {
      const change = changeOf(column, unit, { ...compared, ...asked });
      expect({ by: change.by, note: change.note }).toEqual({ by, note });
    });
  }
});

test("a session's part of a sum is a number, as the sum of many is; a share is one of a session, too", () => {
  const [audience, rebuffering] = ["averageMinuteAudience", "rebufferingRatio"].map((id) =>
    [...SESSION_METRICS, ...DERIVED_METRICS].find((metric) => metric.id === id),
  );
  if (!audience || !rebuffering) throw new Error("The catalogue lacks one");
  expect([formatOwn(314.5, audience), formatOwn(0.25, audience), formatOwn(0.25, rebuffering)]).toEqual([
    "314.5",
    "0.25",
    "25.0%",
  ]);
});

test("a time zone that does not exist gives way to the browser's own", () => {
  expect(["Europe/Berlin", "Nowhere", ""].map(knownZone)).toEqual(["Europe/Berlin", ownZone(), ownZone()]);
});

test("since when is as exact as is known, and no more", () => {
  const at = (text: string) => Date.parse(`2026-11-24T${text}:00Z`);
  const words = (since: number | null, until: number | null, more: { isNew?: boolean; by?: "day" | "hour" } = {}) =>
    sinceWords({ since, until, isNew: more.isNew ?? false, granularity: more.by ?? "hour" }, "UTC");
  expect(words(at("14:00"), null)).toBe("since 24 Nov, 14:00");
  expect(words(at("14:00"), null, { isNew: true })).toBe("since its first session, 24 Nov, 14:00");
  expect(words(at("14:00"), at("18:00"))).toBe("24 Nov, 14:00 to 18:00");
  expect(words(at("14:00"), at("00:00") + 38 * HOUR_MS)).toBe("24 Nov, 14:00 to 25 Nov, 14:00");
  expect(words(null, at("18:00"))).toBe("until 24 Nov, 18:00");
  expect(words(null, null)).toBe("all through the range");
  expect(words(at("00:00"), at("00:00") + DAY_MS, { by: "day" })).toBe("24 Nov");
  expect(words(at("00:00"), null, { by: "day" })).toBe("since 24 Nov");
});

test("a week has a cell for each hour of each weekday, empty where nothing played", () => {
  const week = weekOf([
    { dayOfWeek: 1, hourOfDay: 20, averageAudience: 3 },
    { dayOfWeek: 7, hourOfDay: 0, averageAudience: 0.5 },
    { dayOfWeek: 2, hourOfDay: 20, averageAudience: 0 },
  ]);
  expect([week[0]?.[20], week[6]?.[0], week[1]?.[20], week[0]?.[19]]).toEqual([3, 0.5, null, null]);
});

describe("whether all is well", () => {
  const minutes = Array.from({ length: 60 }, (_, time) => ({
    ...{ time: time * MINUTE_MS, starts: 10, events: 100, errors: 2, playingMax: 50, rejected: 0 },
    rebufferingRatio: 0.001,
  }));
  const calm = {
    ...{
      now: 0,
      since: 0,
      openSessions: 60,
      playing: 50,
      paused: 0,
      buffering: 0,
      inAds: 0,
      completed: 0,
      topTitles: [],
      errorPlayers: [],
      minutes,
    },
    ...{ startsPerMinute: 10, eventsPerMinute: 100, errorsPerMinute: 2, rejectedPerMinute: 0, rebufferingRatio: 0.001 },
  };

  const since = (minute: number) => `since ${formatTime(minute * MINUTE_MS, "hour")}`;
  const found = (more: object) => verdictOf({ ...calm, ...more }).findings.map(({ words }) => words);

  test("is compared with what is usual in the hour", () => {
    expect(verdictOf(calm).is).toBe("well");
    expect(found({ errorsPerMinute: 8 })).toEqual([`Playback errors: 8 a minute, 4× the hour's usual, ${since(59)}`]);
    expect(found({ playing: 20 })).toEqual([`Only 20 are playing, ${since(59)}; 50 is usual in this hour`]);
    expect(found({ rejectedPerMinute: 12 })).toEqual([`Refused requests: 12 a minute, ${since(59)}`]);
    expect(found({ rejectedPerMinute: null })).toEqual([expect.stringContaining("All well")]);
  });

  test("says since when, over a calm minute but no two, and on which player most errors are", () => {
    const bad = [20, 40, 42, 43, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58];
    const broken = minutes.map((minute, at) =>
      bad.includes(at) ? { ...minute, errors: 9, rebufferingRatio: 0.1 } : minute,
    );
    const errorPlayers = [
      { player: "Android app", share: 0.875 },
      { player: null, share: 0.125 },
    ];
    const now = { errorsPerMinute: 8, rebufferingRatio: 0.1, minutes: broken };
    expect(found({ ...now, errorPlayers })).toEqual([
      `Playback errors: 8 a minute, 4× the hour's usual, ${since(40)}, 87.5% of them on Android app`,
      `Rebuffering takes 10.0% of the time, ${since(40)}`,
    ]);
    expect(verdictOf({ ...calm, ...now, errorPlayers }).findings[0]?.player).toBe("Android app");
    const many = [
      { player: "Android app", share: 0.4 },
      { player: "Web", share: 0.3 },
    ];
    expect(found({ ...now, errorPlayers: many })[0]).not.toContain("Android");
  });

  test("says which sessions or requests it speaks of", () => {
    const bad = { ...calm, errorsPerMinute: 8, rejectedPerMinute: 12, rebufferingRatio: 0.1, playing: 20 };
    expect(verdictOf(bad).findings.map(({ about }) => about)).toEqual(["errors", "refused", "rebuffering", "ended"]);
    expect(verdictOf(calm).findings[0]?.about).toBeUndefined();
  });

  test("is not told before anything is usual: the minutes before the server began to count are none", () => {
    const early = { ...calm, since: 51 * MINUTE_MS };
    expect(verdictOf(early)).toEqual({
      is: "early",
      findings: [{ words: "No trouble so far. To know what is usual takes 10 minutes (8 so far)." }],
    });
    expect(found({ ...early, errorsPerMinute: 8 })).toEqual([`Playback errors: 8 a minute, ${since(59)}`]);
    expect(verdictOf({ ...early, openSessions: 0 }).is).toBe("quiet");
    const counting = minutes.map((minute, errors) => ({ ...minute, errors }));
    const known = { ...calm, since: 49 * MINUTE_MS, minutes: counting };
    expect(usualOf(known, ({ errors }) => errors)).toEqual({ low: 50, median: 54, high: 57 });
  });
});

/** The calendar: instants as people write them, days of a place, and the period before. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isZone, parseInstant, parseInstantIn } from "../../src/base/instant.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/base/units.ts";
import {
  bucketOf,
  bucketStartMs,
  bucketsOf,
  type Comparison,
  comparedWith,
  formatIn,
  formatterIn,
  lastDays,
  offsetsOf,
  previousOf,
  startsOf,
} from "../../src/reports/calendar.ts";

const BERLIN = "Europe/Berlin";
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe("an instant", () => {
  const cases: readonly (readonly [text: string, berlin: string | undefined, utc?: string | undefined])[] = [
    ["2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T00:00:00.000Z"],
    ["2026-10-25T02:30", "2026-10-25T00:30:00.000Z", "2026-10-25T02:30:00.000Z"],
    ["2026-03-29T02:30:00", "2026-03-29T01:30:00.000Z", "2026-03-29T02:30:00.000Z"],
    ["2026-10-25T12:00:00.1234", "2026-10-25T11:00:00.123Z", "2026-10-25T12:00:00.123Z"],
    ["2026-10-25T02:00:00+01:00", "2026-10-25T01:00:00.000Z"],
    ["2026-10-25T02:00:00.5Z", "2026-10-25T02:00:00.500Z"],
    ["1792886400000", "2026-10-25T00:00:00.000Z"],
    ["-1", "1969-12-31T23:59:59.999Z"],
    ["2026-02-30", undefined],
    ["2026-13-01", undefined],
    ["2026-10-25T25:00", undefined],
    ["2026-10-25T02:00:00 01:00", undefined],
    ["2026-10-25 02:00", undefined],
    ["1 Jan 2026", undefined],
    ["tomorrow", undefined],
    ["NaN", undefined],
    ["Infinity", undefined],
    ["1e21", undefined],
    ["", undefined],
    ["99999999999999999", undefined],
    ["8640000000000001", undefined],
  ];
  for (const [text, berlin, utc = berlin] of cases) {
    test(`${JSON.stringify(text)} is ${berlin ?? "none"}`, () => {
      expect(iso(parseInstantIn(text, BERLIN))).toBe(berlin);
      expect(iso(parseInstant(text))).toBe(utc);
    });
  }
});

describe("a time zone", () => {
  for (const name of ["UTC", BERLIN, "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Asia/Kolkata"]) {
    test(`${name} is known`, () => {
      expect(isZone(name)).toBe(true);
    });
  }
  for (const name of [
    "",
    "Mars/Olympus",
    "+02:00",
    "__proto__",
    "constructor",
    "../etc/passwd",
    "UTC\0",
    "x".repeat(65),
  ]) {
    test(`${JSON.stringify(name).slice(0, 20)} is none`, () => {
      expect(isZone(name)).toBe(false);
    });
  }
});

describe("a day", () => {
  test("without a midnight begins when its clocks do", () => {
    const day = bucketOf(Date.parse("2026-04-24T12:00:00Z"), "day", { zone: "Africa/Cairo" });
    expect(formatIn(bucketStartMs(day, "day", { zone: "Africa/Cairo" }), "Africa/Cairo")).toBe(
      "2026-04-24T01:00:00+03:00",
    );
  });

  test("is one of the last days as the place counts them", () => {
    const nowMs = Date.parse("2026-10-25T22:30:00Z");
    expect(iso(lastDays(1, nowMs, BERLIN).fromMs)).toBe("2026-10-24T22:00:00.000Z");
    expect(iso(lastDays(2, nowMs, BERLIN).fromMs)).toBe("2026-10-23T22:00:00.000Z");
    expect(iso(lastDays(1, nowMs, "Asia/Kolkata").fromMs)).toBe("2026-10-25T18:30:00.000Z");
  });
});

describe("a week", () => {
  test.each([
    ["monday", "2026-10-19T00:00:00+02:00"],
    ["sunday", "2026-10-25T00:00:00+02:00"],
  ] as const)(
    "that begins on %s has the Sunday of a change of the clocks at its end or its beginning",
    (weekStart, start) => {
      const calendar = { zone: BERLIN, weekStart };
      const week = bucketOf(Date.parse("2026-10-25T12:00:00Z"), "week", calendar);
      expect(formatIn(bucketStartMs(week, "week", calendar), BERLIN)).toBe(start);
    },
  );
});

test("a year begins when its first day does there, and a range of years has each once", () => {
  const range = { fromMs: Date.parse("2024-12-31T22:59:59Z"), toMs: Date.parse("2026-12-31T23:00:00Z") };
  const starts = startsOf(range, "year", { zone: BERLIN }).map((ms) => formatIn(ms, BERLIN));
  expect(starts).toEqual(["2024-01-01T00:00:00+01:00", "2025-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"]);
});

test("a day that a zone has skipped begins none", () => {
  const zone = "Pacific/Apia";
  const range = { fromMs: Date.parse("2011-12-29T00:00-10:00"), toMs: Date.parse("2012-01-01T00:00+14:00") };
  const days = startsOf(range, "day", { zone }).map((ms) => formatIn(ms, zone));
  expect(days).toEqual(["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"]);
});

/** Clocks that change by an hour, by half of one, at midnight, never, and once by a whole day. */
const ZONES = [
  "UTC",
  BERLIN,
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "Asia/Kolkata",
  "Pacific/Apia",
  "America/St_Johns",
];

describe("many instants at once", () => {
  test("read as each alone, in whatever order", () => {
    const instant = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2099, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.array(instant, { maxLength: 20 }), (zone, instants) => {
        const changes = offsetsOf({ fromMs: Date.UTC(2010, 0, 1), toMs: Date.UTC(2013, 0, 1) }, zone);
        const around = changes.flatMap(({ fromMs }) => [fromMs, fromMs - 1, fromMs + 1]);
        const format = formatterIn(zone);
        for (const ms of [...instants, ...around]) expect(format(ms)).toBe(formatIn(ms, zone));
      }),
    );
  });

  test("lie in the buckets that each alone lies in", () => {
    const changes = ZONES.flatMap((zone) =>
      offsetsOf({ fromMs: Date.UTC(2010, 0, 1), toMs: Date.UTC(2013, 0, 1) }, zone).map(({ fromMs }) => ({
        zone,
        fromMs,
      })),
    );
    for (const granularity of ["minute", "hour"] as const) {
      for (const { zone, fromMs } of changes) {
        const range = { fromMs: fromMs - 5 * HOUR_MS, toMs: fromMs + 5 * HOUR_MS };
        const alone = new Set<number>();
        for (let ms = range.fromMs; ms < range.toMs; ms += MINUTE_MS) alone.add(bucketOf(ms, granularity, { zone }));
        expect([...bucketsOf(range, granularity, { zone })]).toEqual([...alone]);
      }
    }
  });
});

describe("the period that is compared with", () => {
  const cases: readonly (readonly [range: string, how: Comparison, zone: string, before: string])[] = [
    ["2026-05-04/2026-05-08T10:00", "weekdays", "UTC", "2026-04-29T00:00:00.000Z/2026-05-03T10:00:00.000Z"],
    ["2026-11-01/2026-11-30T12:00", "weekdays", "UTC", "2026-09-27T00:00:00.000Z/2026-10-26T12:00:00.000Z"],
    ["2026-11-30/2026-11-30T10:30", "weekdays", "UTC", "2026-11-29T00:00:00.000Z/2026-11-29T10:30:00.000Z"],
    ["2026-11-30T09:10/2026-11-30T10:10", "weekdays", "UTC", "2026-11-30T08:10:00.000Z/2026-11-30T09:10:00.000Z"],
    ["2026-10-24T00:00/2026-10-31T00:00", "weekdays", BERLIN, "2026-10-16T22:00:00.000Z/2026-10-23T22:00:00.000Z"],
    ["2026-03-01/2026-04-01", "year", "UTC", "2025-03-01T00:00:00.000Z/2025-04-01T00:00:00.000Z"],
    ["2026-03-01/2026-04-01", "previous", "UTC", "2026-02-01T00:00:00.000Z/2026-03-01T00:00:00.000Z"],
  ];
  for (const [range, how, zone, before] of cases) {
    test(`of ${range} in ${zone}, ${how}, is ${before}`, () => {
      const [fromMs = 0, toMs = 0] = range.split("/").map((each) => parseInstantIn(each, zone));
      const found = comparedWith({ fromMs, toMs }, zone, how);
      expect(`${iso(found.fromMs)}/${iso(found.toMs)}`).toBe(before);
    });
  }
});

describe("the period before", () => {
  const cases: readonly (readonly [range: string, zone: string, before: string])[] = [
    ["2026-05-04/2026-05-08", "UTC", "2026-04-30T00:00:00.000Z"],
    ["2026-03-01/2026-04-01", "UTC", "2026-02-01T00:00:00.000Z"],
    ["2026-01-01/2027-01-01", "UTC", "2025-01-01T00:00:00.000Z"],
    ["2026-03-01/2026-03-15", "UTC", "2026-02-15T00:00:00.000Z"],
    ["2026-10-25/2026-10-26", BERLIN, "2026-10-23T22:00:00.000Z"],
    ["2026-10-26/2026-11-02", BERLIN, "2026-10-18T22:00:00.000Z"],
    ["2026-03-30T00:00/2026-03-30T06:00", BERLIN, "2026-03-29T16:00:00.000Z"],
  ];
  for (const [range, zone, before] of cases) {
    test(`${range} in ${zone} begins ${before}`, () => {
      const [fromMs = 0, toMs = 0] = range.split("/").map((each) => parseInstantIn(each, zone));
      expect([iso(previousOf({ fromMs, toMs }, zone).fromMs), previousOf({ fromMs, toMs }, zone).toMs]).toEqual([
        before,
        fromMs,
      ]);
    });
  }
});

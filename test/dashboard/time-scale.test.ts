/** The scale of a timeline: zooming, moving, and the marks of its axis. */

import { describe, expect, test } from "bun:test";
import {
  type Domain,
  formatOffset,
  msAt,
  panned,
  showing,
  ticksOf,
  within,
  xOf,
  zoomed,
} from "../../src/dashboard/pages/session/time-scale.ts";

const WHOLE: Domain = [1000, 101_000];

describe("a scale", () => {
  test("finds the instant of a pixel again", () => {
    const scale = { domain: WHOLE, width: 500 };
    expect(xOf(scale, 51_000)).toBe(250);
    expect(msAt(scale, 250)).toBe(51_000);
  });

  test("zooms about an instant, which stays where it is", () => {
    const domain = zoomed(WHOLE, 2, 21_000, WHOLE);
    expect(domain).toEqual([11_000, 61_000]);
    expect(xOf({ domain, width: 500 }, 21_000)).toBe(xOf({ domain: WHOLE, width: 500 }, 21_000));
  });

  test("never leaves the whole, nor becomes too short to draw", () => {
    expect(zoomed([11_000, 61_000], 0.1, 20_000, WHOLE)).toEqual(WHOLE);
    expect(panned([91_000, 101_000], 0.5, WHOLE)).toEqual([91_000, 101_000]);
    expect(panned([1000, 11_000], -0.5, WHOLE)).toEqual([1000, 11_000]);
    expect(within([5000, 5000], WHOLE)).toEqual([5000, 5050]);
    expect(within([5000, 5010], [5000, 5020])).toEqual([5000, 5020]);
  });

  test("moves only for an instant that is out of sight", () => {
    expect(showing([11_000, 21_000], 15_000, WHOLE)).toEqual([11_000, 21_000]);
    expect(showing([11_000, 21_000], 50_000, WHOLE)).toEqual([45_000, 55_000]);
  });
});

describe("the marks of an axis", () => {
  test("stand at round times after the start", () => {
    const ticks = ticksOf({ domain: [0, 60_000], width: 500 }, 500);
    expect(ticks.map(({ label }) => label)).toEqual(["0:00", "0:10", "0:20", "0:30", "0:40", "0:50"]);
    expect(ticks[1]?.atMs).toBe(10_500);
  });

  test("are milliseconds where little time is shown, and before the start negative", () => {
    const labels = ticksOf({ domain: [-200, 200], width: 320 }, 0).map(({ label }) => label);
    expect(labels).toEqual(["−0:00.200", "−0:00.100", "0:00.000", "0:00.100", "0:00.200"]);
  });

  test("stay few for a session of days", () => {
    expect(ticksOf({ domain: [0, 90 * 86_400_000], width: 800 }, 0).length).toBeLessThan(12);
  });
});

test.each([
  [0, 1, "0:00.000"],
  [62_345, 1, "1:02.345"],
  [3_723_004, 1, "1:02:03.004"],
  [65_000, 1000, "1:05"],
  [-1500, 1, "−0:01.500"],
])("%d ms, by steps of %d, are written %s", (ms, step, text) => {
  expect(formatOffset(ms, step)).toBe(text);
});

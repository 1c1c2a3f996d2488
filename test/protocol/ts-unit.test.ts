/** The unit of a `ts`, told by its arrival. */

import { describe, expect, test } from "bun:test";
import { instantOf, tsUnitOf } from "../../src/protocol/ts-unit.ts";

const NOW = Date.UTC(2026, 8, 21);
const YEAR_MS = 365.25 * 86_400_000;

describe("the unit of a ts", () => {
  test.each([
    ["milliseconds", NOW],
    ["milliseconds", NOW - 9.9 * YEAR_MS],
    ["milliseconds", NOW + 9.9 * YEAR_MS],
    ["seconds", NOW / 1000],
    ["seconds", NOW / 1000 + 0.5],
    ["microseconds", NOW * 1000],
    ["microseconds", NOW * 1000 + 1],
  ] as const)("is %p for %p", (unit, ts) => {
    expect(tsUnitOf(ts, NOW)).toBe(unit);
  });

  test.each([0, 5000, -NOW, NOW - 11 * YEAR_MS, (NOW - 11 * YEAR_MS) / 1000, (NOW + 11 * YEAR_MS) * 1000, 2 ** 53])(
    "is milliseconds for %p, which no unit explains",
    (ts) => {
      expect(tsUnitOf(ts, NOW)).toBe("milliseconds");
    },
  );

  test("takes milliseconds for an arrival in 1970, when seconds of today fit them", () => {
    expect(tsUnitOf(1_790_000_000, 5000)).toBe("milliseconds");
  });

  test("tells an instant in integer milliseconds", () => {
    expect(instantOf(1_790_000_000.4996, "seconds")).toBe(1_790_000_000_500);
    expect(instantOf(1_790_000_000_123_500, "microseconds")).toBe(1_790_000_000_124);
    expect(instantOf(1_790_000_000_123.5, "milliseconds")).toBe(1_790_000_000_124);
  });
});

/** How a comparison is reported: to people, in results.jsonl, and by the exit code. */

import { describe, expect, test } from "bun:test";
import type { Comparison } from "../../bench/support/pairs/take-pairs.ts";
import { isAsFast, linesOf, tellComparison } from "../../bench/support/pairs/tell.ts";

const FIGURE = { figure: "starts: by processor time", unit: "starts/s", faster: "more" } as const;
const SIDES = { here: [100, 110, 120], there: [100, 100, 100] };

function comparison(verdict: string, high: number): Comparison {
  const low = high === Number.POSITIVE_INFINITY ? 0 : 1.05;
  return { figures: [{ figure: FIGURE, ratio: 1.10004, low, high, verdict, ...SIDES }], rounds: 40, pairs: 8 };
}

describe("a comparison", () => {
  test("is reported with both sides' medians, the ratio, its interval and the verdict", () => {
    const text = tellComparison("starts", "abc1234", comparison("faster", 1.15));
    expect(text).toMatch(/by processor time +110 +100 +starts\/s +1\.100 \(1\.050 to 1\.150\) +faster\n/);
    expect(text).toEndWith(
      "starts: faster: 1.100 (1.050 to 1.150) times as fast as abc1234 (rounds: 40, pairs of processes: 8)",
    );
  });

  test("is a line with the other commit, the interval and the verdict", () => {
    expect(linesOf("abc1234", comparison("faster", 1.15))).toEqual([
      {
        figure: "starts: by processor time",
        value: 1.1,
        unit: "ratio",
        against: "abc1234",
        interval: [1.05, 1.15],
        verdict: "faster",
        rounds: 40,
        pairs: 8,
      },
    ]);
  });

  test("has no interval where there were too few pairs, which JSON could not say", () => {
    const [line] = linesOf("abc1234", comparison("not decided", Number.POSITIVE_INFINITY));
    expect(line).not.toHaveProperty("interval");
    expect(tellComparison("starts", "abc1234", comparison("not decided", Number.POSITIVE_INFINITY))).toContain(
      "1.100 (no interval yet)",
    );
  });

  test.each([
    ["faster", true],
    ["same within 3 %", true],
    ["slower", false],
    ["not decided", false],
  ])("that is %s passes: %p", (verdict, passes) => {
    expect(isAsFast(comparison(verdict, 1.15))).toBe(passes);
  });
});

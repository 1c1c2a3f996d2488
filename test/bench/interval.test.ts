/** The interval of a comparison: it holds the truth as often as it says, rounds that say nothing don't move it. */

import { describe, expect, test } from "bun:test";
import { intervalOf, isNarrow, PAIRS_MIN, verdictOf } from "../../bench/support/pairs/interval.ts";
import { Random } from "../support/random.ts";

const WITHIN = 1.5;

describe("the interval of a comparison", () => {
  test("holds the truth in some 95 of 100 comparisons, though each pair of processes has a speed of its own", () => {
    const random = new Random(1);
    const trials = 500;
    const truth = 1.1;
    let held = 0;
    for (let i = 0; i < trials; i += 1) {
      const pairs = Array.from({ length: 12 }, () => {
        const own = truth * Math.exp(0.02 * normal(random));
        return Array.from({ length: 4 }, () => own * Math.exp(0.05 * normal(random)));
      });
      const { low, high } = intervalOf(pairs);
      if (low <= truth && truth <= high) held += 1;
    }
    expect(held / trials).toBeGreaterThan(0.93);
    expect(held / trials).toBeLessThan(0.98);
  });

  test("has the ranks of Wilcoxon's tables: 0 of 6 pairs, 3 of 8, 13 of 12", () => {
    for (const [count, rank] of [
      [6, 0],
      [8, 3],
      [12, 13],
    ] as const) {
      const logs = Array.from({ length: count }, (_, i) => 2 ** i / 2 ** count);
      const means = logs.flatMap((a, i) => logs.slice(i).map((b) => (a + b) / 2)).toSorted((a, b) => a - b);
      const { low, high } = intervalOf(logs.map((log) => [Math.exp(log)]));
      expect(Math.log(low)).toBeCloseTo(means[rank] ?? Number.NaN, 12);
      expect(Math.log(high)).toBeCloseTo(means.at(-1 - rank) ?? Number.NaN, 12);
    }
  });

  test("is the same the other way round: half as fast and twice as fast cancel out", () => {
    const pairs = [[0.9], [1.2], [1.1], [0.97], [1.05], [1.3], [0.8], [1.02]];
    const forth = intervalOf(pairs);
    const back = intervalOf(pairs.map((ratios) => ratios.map((ratio) => 1 / ratio)));
    expect(back.ratio).toBeCloseTo(1 / forth.ratio, 12);
    expect(back.low).toBeCloseTo(1 / forth.high, 12);
    expect(back.high).toBeCloseTo(1 / forth.low, 12);
  });

  test("stays where it is when the disk stands still in some rounds", () => {
    const calm = Array.from({ length: 12 }, (_, i) => [1, 0.99, 1.01, 0.98, 1.02].map((each) => each + i / 1000));
    const disturbed = calm.map((ratios, i) => (i % 3 === 0 ? [...ratios.slice(1), 0.06] : ratios));
    const apart = Math.abs(intervalOf(disturbed).ratio - intervalOf(calm).ratio);
    expect(apart).toBeLessThan(0.01);
    expect(isNarrow(intervalOf(disturbed), disturbed.length, WITHIN)).toBe(true);
  });

  test("reaches everywhere with fewer pairs than can bound it", () => {
    expect(intervalOf([[1], [1], [1], [1], [1]])).toEqual({ ratio: 1, low: 0, high: Number.POSITIVE_INFINITY });
  });
});

describe("a comparison", () => {
  test("stops by the width of its interval alone, not by what it says", () => {
    const narrow = { ratio: 1.005, low: 0.99, high: 1.019 };
    const wide = { ratio: 2, low: 1.8, high: 2.2 };
    expect(isNarrow(narrow, PAIRS_MIN, WITHIN)).toBe(true);
    expect(isNarrow(wide, PAIRS_MIN, WITHIN)).toBe(false);
    expect(isNarrow(wide, PAIRS_MIN, 25)).toBe(true);
    expect(isNarrow(narrow, PAIRS_MIN - 1, WITHIN)).toBe(false);
  });

  test.each([
    ["same within 3 %", 0.985, 1.012],
    ["same within 3 %", 1.001, 1.029],
    ["faster", 1.001, 1.031],
    ["slower", 0.9, 0.999],
    ["not decided", 0.96, 1.01],
    ["not decided", 0, Number.POSITIVE_INFINITY],
  ])("%s: from %d to %d", (verdict, low, high) => {
    expect(verdictOf({ ratio: 1, low, high }, WITHIN)).toBe(verdict);
  });

  test("is decided wherever its interval is narrow enough", () => {
    const random = new Random(2);
    for (let i = 0; i < 1000; i += 1) {
      const within = 0.1 + 5 * random.next();
      const ratio = Math.exp(0.2 * (random.next() - 0.5));
      const half = Math.sqrt(1 + (2 * within) / 100);
      const interval = { ratio, low: ratio / half, high: (ratio * half) / (1 + 1e-12) };
      expect(isNarrow(interval, PAIRS_MIN, within)).toBe(true);
      expect(verdictOf(interval, within)).not.toBe("not decided");
    }
  });
});

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Chance with a seed: repeatable, even, and another one for each stream. */

import { describe, expect, test } from "bun:test";
import { Random } from "../../src/simulate/random.ts";
import { Zipf } from "../../src/simulate/zipf.ts";

const DRAWS = 20_000;

function draws<T>(draw: (random: Random) => T, count = DRAWS): T[] {
  const random = new Random(7, 1, 1);
  return Array.from({ length: count }, () => draw(random));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe("a stream of chance", () => {
  test("is the same for the same seed, stream and id, and another one if any of them differs", () => {
    const first = (...path: [number, number, number]) => {
      const random = new Random(...path);
      return JSON.stringify(Array.from({ length: 20 }, () => random.ratio()));
    };
    expect(first(1, 2, 3)).toBe(first(1, 2, 3));
    const all = [first(1, 2, 3), first(2, 2, 3), first(1, 3, 3), first(1, 2, 4), first(0, 0, 0), first(2, 1, 3)];
    expect(new Set(all).size).toBe(all.length);
  });

  test("of neighbouring ids begins with numbers that have nothing to do with each other", () => {
    const firsts = Array.from({ length: DRAWS }, (_, id) => new Random(1, 5, id).ratio());
    expect(meanOf(firsts)).toBeCloseTo(0.5, 1);
    const steps = firsts.slice(1).map((value, at) => Math.abs(value - (firsts[at] ?? 0)));
    // The mean distance of two independent numbers.
    expect(meanOf(steps)).toBeCloseTo(1 / 3, 1);
  });

  test("is even: no tenth is drawn more often than the others", () => {
    const tenths = new Array<number>(10).fill(0);
    for (const ratio of draws((random) => random.ratio()))
      tenths[Math.floor(ratio * 10)] = (tenths[Math.floor(ratio * 10)] ?? 0) + 1;
    for (const count of tenths) expect(Math.abs(count / DRAWS - 0.1)).toBeLessThan(0.01);
  });

  test("draws integers with both ends", () => {
    expect([...new Set(draws((random) => random.integer(3, 6)))].toSorted()).toEqual([3, 4, 5, 6]);
  });

  test("draws rows by their weights", () => {
    const rows = [
      { name: "seldom", weight: 1 },
      { name: "often", weight: 9 },
      { name: "never", weight: 0 },
    ];
    const names = draws((random) => random.weighted(rows).name);
    expect(names.filter((name) => name === "often").length / DRAWS).toBeCloseTo(0.9, 1);
    expect(names).not.toContain("never");
  });

  test("has half of a log-normal below its median, and a mean above it", () => {
    const values = draws((random) => random.logNormal(100, 1));
    expect(values.filter((value) => value < 100).length / DRAWS).toBeCloseTo(0.5, 1);
    expect(meanOf(values)).toBeGreaterThan(140);
  });

  test("counts what happens so often on average, up to a bound", () => {
    expect(meanOf(draws((random) => random.poisson(2.5, 100)))).toBeCloseTo(2.5, 0);
    expect(Math.max(...draws((random) => random.poisson(50, 3), 100))).toBe(3);
  });

  test("draws digits of a length", () => {
    expect(draws((random) => random.hex(16), 50).every((text) => /^[0-9a-f]{16}$/.test(text))).toBe(true);
    expect(draws((random) => random.digits(38), 50).every((text) => /^\d{38}$/.test(text))).toBe(true);
  });
});

describe("Zipf's law", () => {
  test("makes the second half as popular as the first, and draws every item", () => {
    const zipf = new Zipf(
      Array.from({ length: 50 }, (_, rank) => rank),
      1,
    );
    const counts = new Array<number>(50).fill(0);
    for (const rank of draws((random) => zipf.pick(random), 50_000)) counts[rank] = (counts[rank] ?? 0) + 1;
    expect((counts[0] ?? 0) / (counts[1] ?? 1)).toBeCloseTo(2, 0);
    expect((counts[0] ?? 0) / (counts[9] ?? 1)).toBeWithin(8, 12);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});

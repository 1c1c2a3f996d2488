/** When the server gives memory back: in a quiet second after a load, once for each. */

import { describe, expect, test } from "bun:test";
import { createQuietTest } from "../../src/app/quiet.ts";

describe("memory is given back", () => {
  test("in the first quiet second after a load, and not before", () => {
    const isDue = createQuietTest(0);
    expect([6_000, 12_000, 12_010].map(isDue)).toEqual([false, false, true]);
  });

  test("once for each load", () => {
    const isDue = createQuietTest(0);
    expect([12_000, 12_000, 12_000, 21_000, 21_000].map(isDue)).toEqual([false, true, false, false, false]);
    expect([22_000, 22_000].map(isDue)).toEqual([false, true]);
  });

  test("never where little has come since the start, whatever came before it", () => {
    const isDue = createQuietTest(1_000_000);
    expect([1_000_010, 1_005_000, 1_005_000].map(isDue)).toEqual([false, false, false]);
  });
});

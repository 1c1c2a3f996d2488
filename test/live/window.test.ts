/** Counts of the last minute and of the last hour: what is older is gone, and nothing counts twice. */

import { describe, expect, test } from "bun:test";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/base/units.ts";
import { Window } from "../../src/live/window.ts";

const NOW = Math.floor(1_790_000_000_000 / MINUTE_MS) * MINUTE_MS;

describe("the window", () => {
  test("counts the last sixty seconds, and each thing by itself", () => {
    const window = new Window();
    window.add("starts", NOW);
    window.add("events", NOW + 30 * SECOND_MS);
    window.add("events", NOW + 59 * SECOND_MS);
    expect(window.lastMinute("starts", NOW + 59 * SECOND_MS)).toBe(1);
    expect(window.lastMinute("starts", NOW + 60 * SECOND_MS)).toBe(0);
    expect(window.lastMinute("events", NOW + 60 * SECOND_MS)).toBe(2);
    expect(window.lastMinute("events", NOW + 90 * SECOND_MS)).toBe(1);
    expect(window.lastMinute("events", NOW + HOUR_MS)).toBe(0);
  });

  test("has the last hour minute by minute, the empty ones too", () => {
    const window = new Window();
    window.add("errors", NOW);
    window.add("errors", NOW + MINUTE_MS);
    window.sample(NOW + MINUTE_MS, 3, 1);
    window.sample(NOW + MINUTE_MS + SECOND_MS, 2, 0);
    const hour = window.hour(NOW + MINUTE_MS);
    expect(hour).toHaveLength(60);
    expect(hour.map(({ time }) => time)).toEqual(hour.map((_, at) => NOW + MINUTE_MS - (59 - at) * MINUTE_MS));
    expect(hour.slice(-2).map(({ errors, playingMax }) => [errors, playingMax])).toEqual([
      [1, 0],
      [1, 3],
    ]);
    expect(hour.at(-1)).toMatchObject({ playingSeconds: 5, bufferingSeconds: 1 });
    expect(window.hour(NOW + HOUR_MS).map(({ errors }) => errors)).toEqual([1, ...Array(59).fill(0)]);
    expect(window.hour(NOW + 3 * HOUR_MS).every(({ errors }) => errors === 0)).toBe(true);
  });

  test("writes over what is an hour old", () => {
    const window = new Window();
    window.add("starts", NOW);
    window.add("starts", NOW + HOUR_MS);
    expect(window.hour(NOW + HOUR_MS).reduce((sum, { starts }) => sum + starts, 0)).toBe(1);
  });
});

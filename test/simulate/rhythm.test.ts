/** When people watch. */

import { describe, expect, test } from "bun:test";
import { DAY_MS } from "../../src/base/units.ts";
import { startInstants } from "../../src/simulate/rhythm.ts";
import { FROM_MS, TO_MS } from "./sample.ts";

const HOUR_MS = DAY_MS / 24;
const SESSIONS = 20_000;
const WHOLE = { seed: 1, sessions: SESSIONS, fromMs: FROM_MS, toMs: TO_MS };

function countWhere(isCounted: (atMs: number) => boolean): number {
  return [...startInstants(WHOLE)].filter(isCounted).length;
}

const hourOf = (atMs: number) => (atMs % DAY_MS) / HOUR_MS;

describe("start instants", () => {
  for (const [sessions, rangeMs] of [
    [1, DAY_MS],
    [7, 1000],
    [1234, 28 * DAY_MS],
    [5000, HOUR_MS + 7],
  ] as const) {
    test(`are exactly ${sessions} in ${rangeMs} ms, in order and within the range`, () => {
      const instants = [...startInstants({ seed: 3, sessions, fromMs: TO_MS - rangeMs, toMs: TO_MS })];
      expect(instants).toHaveLength(sessions);
      expect(instants).toEqual(instants.toSorted((a, b) => a - b));
      expect(instants.every((atMs) => Number.isInteger(atMs) && atMs >= TO_MS - rangeMs && atMs < TO_MS)).toBe(true);
    });
  }

  test("are many in the evening and few at night", () => {
    const evening = countWhere((atMs) => hourOf(atMs) >= 19 && hourOf(atMs) < 22);
    const night = countWhere((atMs) => hourOf(atMs) >= 2 && hourOf(atMs) < 5);
    expect(evening / night).toBeGreaterThan(10);
  });

  test("are more on a day of the weekend than on a working day", () => {
    const weekend = countWhere((atMs) => [0, 6].includes(new Date(atMs).getUTCDay()));
    expect(weekend / 2 / ((SESSIONS - weekend) / 5)).toBeWithin(1.2, 1.6);
  });

  test("are others for another seed, to the same rhythm", () => {
    const one = [...startInstants(WHOLE)];
    const two = [...startInstants({ ...WHOLE, seed: 2 })];
    expect(one).not.toEqual(two);
    const before = (all: number[]) => all.filter((atMs) => atMs < FROM_MS + 10 * DAY_MS).length;
    expect(before(one)).toBe(before(two));
  });
});

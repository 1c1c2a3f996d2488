/** The playhead of a viewer who leaves between two events. */

import { describe, expect, test } from "bun:test";
import { leavingEvent } from "../../src/simulate/leave.ts";
import type { WireEvent } from "../../src/simulate/wire.ts";

const at = (second: number, playhead: number): WireEvent => ({
  eventType: "ping",
  playerTime: { playhead, ts: second * 1000 },
});

const CASES: readonly (readonly [string, readonly WireEvent[], number, number, number])[] = [
  ["half along while it plays", [at(0, 5), at(10, 15)], 4, 9, 4],
  ["where it stands in a pause", [at(0, 5), at(10, 5)], 4, 5, 4],
  ["before a jump", [at(0, 5), at(2, 500)], 1, 5, 1],
  ["before a jump back", [at(0, 50), at(2, 5)], 1, 50, 1],
  ["at the next event at the latest", [at(0, 5), at(10, 15)], 40, 15, 10],
  ["at the last event at the earliest", [at(3, 5), at(10, 12)], 1, 5, 3],
  ["where silence began, however long ago", [at(0, 5)], 300, 5, 300],
];

describe("a viewer who leaves", () => {
  for (const [name, bodies, second, playhead, leavesAt] of CASES) {
    test(`is ${name}`, () => {
      const expected = { eventType: "sessionEnd", playerTime: { playhead, ts: leavesAt * 1000 } };
      expect(leavingEvent(bodies, 1, second * 1000)).toEqual(expected as WireEvent);
    });
  }
});

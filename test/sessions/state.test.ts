/** The playback state as tables: after each event both levels' states, and what the time to the next counts as. */

import { describe, expect, test } from "bun:test";
import { EVENT_TYPES, type EventType } from "../../src/protocol/event.ts";
import { nextState, PLAYBACK_STATES, type PlaybackState } from "../../src/sessions/state.ts";
import { BREAKS } from "./scenarios/breaks.ts";
import { CONTENT } from "./scenarios/content.ts";
import { playTable, readTable } from "./table.ts";

for (const [subject, scenarios] of [["main content", CONTENT] as const, ["an ad break", BREAKS] as const]) {
  describe(subject, () => {
    for (const { name, table, metrics } of scenarios) {
      test(name, () => {
        const expected = readTable(table);
        const played = playTable(expected);
        expect(played.rows).toEqual(expected);
        expect(played.metrics).toMatchObject({ ...metrics });
      });
    }
  });
}

describe("nextState", () => {
  /** By state: what play, pauseStart and bufferStart make of it. */
  const TRANSITIONS: Readonly<Record<PlaybackState, readonly [PlaybackState, PlaybackState, PlaybackState]>> = {
    starting: ["playing", "paused", "buffering"],
    playing: ["playing", "paused", "buffering"],
    paused: ["playing", "paused", "buffering"],
    buffering: ["playing", "paused", "buffering"],
    ended: ["playing", "ended", "ended"],
  };
  const MOVERS: readonly EventType[] = ["play", "pauseStart", "bufferStart"];

  test.each(PLAYBACK_STATES)("leads from %s where the table says", (state) => {
    expect(MOVERS.map((type) => nextState(state, type))).toEqual([...TRANSITIONS[state]]);
  });

  test.each(EVENT_TYPES.filter((type) => !MOVERS.includes(type)))("stays where it is on %s", (type) => {
    expect(PLAYBACK_STATES.map((state) => nextState(state, type))).toEqual([...PLAYBACK_STATES]);
  });
});

describe("a table", () => {
  const TABLE = `
    time | event        | state    | break | counted as | ms
    0    | sessionStart | starting | -     | nothing    | 1000
    1    | play         | playing  | -     | nothing    | 0`;

  test("is read and played", () => {
    expect(playTable(readTable(TABLE)).rows).toEqual(readTable(TABLE));
  });

  test("shows a difference in each of its columns", () => {
    const differences = [
      ["starting |", "paused |"],
      ["playing  | -", "playing  | playing"],
      ["nothing    | 1000", "content    | 1000"],
      ["| 1000", "| 1001"],
      ["\n    1 ", "\n    2 "],
    ] as const;
    for (const [from, to] of differences) {
      const rows = readTable(TABLE.replace(from, to));
      expect(playTable(rows).rows).not.toEqual(rows);
    }
  });

  test("with another header, an unknown event or a name where none belongs is refused", () => {
    expect(() => readTable(TABLE.replace("counted as", "counted"))).toThrow("Expected the header");
    expect(() => playTable(readTable(TABLE.replace(" play ", " plays ")))).toThrow("SECOND EVENT");
    expect(() => playTable(readTable(TABLE.replace(" play ", " play =x ")))).toThrow("A play has no name");
  });
});

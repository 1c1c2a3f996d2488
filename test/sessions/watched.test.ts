/** Watched intervals: when a step between playheads was watched, their union, and the five-minute segments in it. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import {
  addSpan,
  isWatched,
  lengthOf,
  type Span,
  segmentRangeOf,
  segmentsIn,
  unionOf,
} from "../../src/sessions/watched.ts";
import { eventsOf } from "./table.ts";

const MINUTE = 60_000;
const minutes = (...spans: readonly Span[]): Span[] => spans.map(([from, to]) => [from * MINUTE, to * MINUTE]);

describe("isWatched", () => {
  test.each([
    ["at the speed of time", 10_000, 20_000, 10_000, true],
    ["slower", 10_000, 10_001, 10_000, true],
    ["at a quarter faster and a second", 0, 13_500, 10_000, true],
    ["a millisecond further", 0, 13_501, 10_000, false],
    ["by a second in no time", 5000, 6000, 0, true],
    ["by more than a second in no time", 5000, 6001, 0, false],
    ["not at all", 5000, 5000, 10_000, false],
    ["backwards", 5000, 4999, 10_000, false],
    ["from the very beginning", 0, 1, 1, true],
  ])("tells a step %s", (_, from, to, dt, watched) => {
    expect(isWatched(from, to, dt)).toBe(watched);
  });
});

describe("addSpan", () => {
  test("joins what goes on from the last", () => {
    const spans: Span[] = [];
    addSpan(spans, 0, 10);
    addSpan(spans, 10, 25);
    expect(spans).toEqual([[0, 25]]);
  });

  test("keeps apart what begins elsewhere, also inside the last", () => {
    const spans: Span[] = [];
    addSpan(spans, 0, 10);
    addSpan(spans, 11, 20);
    addSpan(spans, 15, 20);
    addSpan(spans, 0, 5);
    expect(spans).toEqual([
      [0, 10],
      [11, 20],
      [15, 20],
      [0, 5],
    ]);
  });
});

describe("unionOf", () => {
  const CASES: readonly (readonly [name: string, spans: Span[], union: Span[]])[] = [
    ["nothing", [], []],
    ["one", [[5, 9]], [[5, 9]]],
    [
      "two apart, sorted",
      [
        [20, 30],
        [0, 10],
      ],
      [
        [0, 10],
        [20, 30],
      ],
    ],
    [
      "two that touch",
      [
        [10, 20],
        [0, 10],
      ],
      [[0, 20]],
    ],
    [
      "two that don't quite",
      [
        [11, 20],
        [0, 10],
      ],
      [
        [0, 10],
        [11, 20],
      ],
    ],
    [
      "two that overlap",
      [
        [0, 10],
        [5, 15],
      ],
      [[0, 15]],
    ],
    [
      "one inside another",
      [
        [0, 100],
        [10, 20],
      ],
      [[0, 100]],
    ],
    [
      "a long one over several",
      [
        [0, 3],
        [10, 13],
        [20, 23],
        [2, 21],
      ],
      [[0, 23]],
    ],
    [
      "equal ones",
      [
        [0, 3],
        [0, 3],
        [0, 3],
      ],
      [[0, 3]],
    ],
    [
      "the same beginning",
      [
        [0, 3],
        [0, 9],
        [0, 5],
      ],
      [[0, 9]],
    ],
  ];

  test.each(CASES)("of %s", (_, spans, union) => {
    expect(unionOf(spans)).toEqual(union);
  });

  test("leaves what it was given as it was", () => {
    const spans: Span[] = [
      [5, 9],
      [0, 6],
    ];
    unionOf(spans);
    expect(spans).toEqual([
      [5, 9],
      [0, 6],
    ]);
  });

  test("goes by number, not by text", () => {
    expect(
      unionOf([
        [100, 110],
        [9, 10],
      ]),
    ).toEqual([
      [9, 10],
      [100, 110],
    ]);
  });
});

test("lengthOf adds up the parts", () => {
  expect(lengthOf([])).toBe(0);
  expect(
    lengthOf([
      [0, 10],
      [20, 25],
    ]),
  ).toBe(15);
});

describe("segmentsIn", () => {
  const CASES: readonly (readonly [name: string, union: Span[], count: number])[] = [
    ["nothing", [], 0],
    ["a millisecond", [[0, 1]], 1],
    ["five minutes sharp", minutes([0, 5]), 1],
    ["a millisecond more", [[0, 5 * MINUTE + 1]], 2],
    ["a millisecond before and after the border", [[5 * MINUTE - 1, 5 * MINUTE + 1]], 2],
    ["from the border on", minutes([5, 6]), 1],
    ["two parts of one segment", minutes([0, 1], [3, 4]), 1],
    ["two parts of two neighbours", minutes([0, 1], [7, 8]), 2],
    ["two parts with a segment between", minutes([0, 1], [12, 13]), 2],
    ["a part that ends in the segment of the next", minutes([0, 6], [7, 8]), 2],
    ["a part that ends in the segment of the next, which goes on", minutes([0, 6], [7, 12]), 3],
    ["an hour", minutes([0, 60]), 12],
  ];

  test.each(CASES)("of %s", (_, union, count) => {
    expect(segmentsIn(union)).toBe(count);
  });
});

describe("segmentRangeOf", () => {
  const CASES: readonly (readonly [name: string, union: Span[], range: string | null])[] = [
    ["nothing", [], null],
    ["a millisecond", [[0, 1]], "[0-5]"],
    ["five minutes sharp", minutes([0, 5]), "[0-5]"],
    ["a millisecond more", [[0, 5 * MINUTE + 1]], "[0-10]"],
    ["from the border on", minutes([5, 6]), "[5-10]"],
    ["parts apart", minutes([1, 2], [12, 13]), "[0-15]"],
    ["a late part", minutes([63, 64]), "[60-65]"],
  ];

  test.each(CASES)("of %s", (_, union, range) => {
    expect(segmentRangeOf(union)).toBe(range);
  });
});

describe("when it played", () => {
  test("has content and ads apart, even where one follows the other at once", () => {
    const script =
      "0 sessionStart =600, 0 play, 10 adBreakStart, 10 adStart, 25 adComplete, 25 adBreakComplete, 40 sessionEnd @25";
    const [start] = eventsOf(script) as [PlayerEvent];
    const { playing } = foldSession(eventsOf(script), { closed: true });
    const seconds = playing.map(([from, to, ad]) => [(from - start.tsMs) / 1000, (to - start.tsMs) / 1000, ad === 1]);
    expect(seconds).toEqual([
      [0, 10, false],
      [10, 25, true],
      [25, 40, false],
    ]);
  });
});

test("the example of docs/metrics.md folds to the numbers that it tells", () => {
  const [example = ""] = (readFileSync("docs/metrics.md", "utf8").split("An example, of a film of")[1] ?? "").split(
    "## ",
  );
  const moments = [...example.matchAll(/^\| (\d+) \| `(\w+)` \| (\d+) \|/gm)].map(([, second, type, playhead]) => {
    return `${second} ${type} @${playhead}${type === "sessionStart" ? " =600" : ""}`;
  });
  const told = [...example.matchAll(/^\| `(\w+)` \| ([\d.]+) \|/gm)].map(([, id = "", value]) => [id, Number(value)]);
  expect([moments.length, told.length]).toEqual([12, 9]);
  const { metrics, watched } = foldSession(eventsOf(moments.join()), { closed: true });
  expect(watched).toEqual([
    [0, 25_000],
    [200_000, 225_000],
  ]);
  const numbers = new Map<unknown, number | null>(Object.entries(metrics));
  expect(told.map(([id]) => [id, Number(numbers.get(id)?.toFixed(3))])).toEqual(told);
});

test("a speed reaches to the first event of an instant that counts: the end of a state waits for its start", () => {
  const text = `0 sessionStart =54, 1 play @0, 7.5 bitrateChange @14, 36 stateEnd @111 =mute, 36 stateStart @80 =mute,
    55 sessionComplete @121`;
  // By the playhead of the end, the first six seconds would be a jump.
  expect(foldSession(eventsOf(text), { closed: true }).metrics).toMatchObject({ seeks: 1, uniqueTimePlayed: 90 });
});

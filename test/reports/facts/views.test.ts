/** Hundredths of the content: how often each was watched, whatever part of it. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { viewsOf } from "../../../src/reports/facts/views.ts";
import type { Span } from "../../../src/sessions/watched.ts";

const PARTS = 100;

describe("viewsOf", () => {
  const cases: readonly (readonly [name: string, spans: Span[], lengthMs: number, views: string])[] = [
    ["nothing", [], 1000, ""],
    ["all of it", [[0, 1000]], 1000, "0-100 x1"],
    ["a whole hundredth", [[10, 20]], 1000, "1-2 x1"],
    ["a part of one", [[11, 12]], 1000, "1-2 x1"],
    ["parts of two", [[19, 21]], 1000, "1-3 x1"],
    [
      "two parts of one: one view",
      [
        [10, 12],
        [15, 18],
      ],
      1000,
      "1-2 x1",
    ],
    [
      "a part twice",
      [
        [0, 100],
        [50, 200],
      ],
      1000,
      "0-5 x1 5-10 x2 10-20 x1",
    ],
    [
      "a part three times",
      [
        [0, 30],
        [0, 20],
        [0, 10],
      ],
      1000,
      "0-1 x3 1-2 x2 2-3 x1",
    ],
    [
      "the same end to end: once",
      [
        [0, 50],
        [50, 100],
      ],
      1000,
      "0-10 x1",
    ],
    ["more than there is", [[900, 2000]], 1000, "90-100 x1"],
    ["only beyond the end", [[1500, 2000]], 1000, ""],
    [
      "in another order than the content's",
      [
        [500, 600],
        [0, 100],
      ],
      1000,
      "0-10 x1 50-60 x1",
    ],
    ["of no known length", [[0, 100]], 0, ""],
    ["of a negative length", [[0, 100]], -5, ""],
    ["of a length that is no number", [[0, 100]], Number.NaN, ""],
  ];
  for (const [name, spans, lengthMs, views] of cases) {
    test(`counts ${name}`, () => {
      expect(
        viewsOf(spans, lengthMs)
          .map((run) => `${run.from}-${run.to} x${run.views}`)
          .join(" "),
      ).toBe(views);
    });
  }

  test("gives sorted runs that don't touch with the same count, for any spans", () => {
    const span = fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 3000 })).map(([from, ms]): Span => [from, from + ms]);
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), fc.integer({ min: 1, max: 6000 }), (spans, lengthMs) => {
        const runs = viewsOf(spans, lengthMs);
        for (const [at, { from, to, views }] of runs.entries()) {
          const before = runs[at - 1];
          expect(from).toBeGreaterThanOrEqual(before?.to ?? 0);
          expect(to).toBeGreaterThan(from);
          expect(to).toBeLessThanOrEqual(PARTS);
          expect(views).toBeWithin(1, spans.length + 1);
          if (before?.to === from) expect(views).not.toBe(before.views);
        }
        const touched = (part: number) =>
          spans.some(([from, to]) => from * PARTS < (part + 1) * lengthMs && to * PARTS > part * lengthMs);
        const seen = Array.from({ length: PARTS }, (_, part) => runs.some(({ from, to }) => from <= part && part < to));
        expect(seen).toEqual(Array.from({ length: PARTS }, (_, part) => touched(part)));
      }),
    );
  });
});

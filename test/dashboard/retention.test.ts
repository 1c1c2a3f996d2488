/** What a retention curve is drawn of, and what it says in words. */

import { describe, expect, test } from "bun:test";
import { breakMarks, chapterMarks } from "../../src/dashboard/model/content-marks.ts";
import {
  endsOf,
  halfAt,
  mostRewatched,
  retentionInWords,
  rewatchesOf,
  type ShownCurve,
} from "../../src/dashboard/model/retention.ts";

/** A curve of `total` sessions, by how many watched each hundredth, and how many more times. */
function curveOf(
  total: number,
  watched: (at: number) => number,
  rewatches: (at: number) => number = () => 0,
): ShownCurve {
  const points = Array.from({ length: 100 }, (_, at) => ({
    ...{ percent: at + 1, sessions: watched(at), rewatches: rewatches(at) },
    share: total === 0 ? null : watched(at) / total,
  }));
  return { sessions: total, points };
}

const falling = curveOf(
  100,
  (at) => 100 - at,
  (at) => ({ 40: 9, 41: 10, 42: 8, 43: 7, 80: 9 })[at] ?? 1,
);

describe("a retention curve", () => {
  test("is drawn at the ends of its parts, in percent or in seconds", () => {
    expect(endsOf(falling).slice(0, 3)).toEqual([1, 2, 3]);
    expect(endsOf(falling, 600).at(-1)).toBe(600);
    expect(endsOf(falling, 600)[0]).toBe(6);
  });

  test("has what is watched again for each session, beside the share that watched", () => {
    expect(rewatchesOf(falling)[41]).toBe(0.1);
    expect(rewatchesOf(curveOf(0, () => 0))[0]).toBeNull();
  });

  test("finds the last part that half of the sessions watched", () => {
    expect(halfAt(falling)).toBe(51);
    expect(halfAt(curveOf(10, () => 4))).toBeUndefined();
    expect(halfAt(curveOf(0, () => 0))).toBeUndefined();
  });

  test("finds the most rewatched part, with what lies beside its top and comes near to it", () => {
    expect(mostRewatched(falling)).toEqual({ from: 40, to: 43, times: 10 });
    expect(mostRewatched(curveOf(10, () => 5))).toBeUndefined();
    expect(
      mostRewatched(
        curveOf(
          1,
          () => 1,
          () => 2,
        ),
      ),
    ).toEqual({ from: 0, to: 100, times: 2 });
  });

  test("says both, by the clock too where the length is known", () => {
    expect(retentionInWords(falling, 6000)).toEqual([
      "Half are gone by 51% (51:00).",
      "Watched again most: 40–43% (40:00–43:00), rewatched up to 10 times.",
    ]);
    expect(retentionInWords(falling)[0]).toBe("Half are gone by 51%.");
    expect(retentionInWords(curveOf(2, () => 2))).toEqual([
      "At least half of the sessions watched the very end.",
      "No part was watched twice in one session.",
    ]);
    expect(retentionInWords(curveOf(9, () => 1))[0]).toBe("No part was watched by half of the sessions.");
  });
});

describe("marks along a content", () => {
  test("are where most sessions have them, in the order of the content", () => {
    const rows = [
      { "media.ad.podSecond": 600.4, "media.ad.podFriendlyName": "mid-roll 2", adBreaks: 40 },
      { "media.ad.podSecond": 601, "media.ad.podFriendlyName": null, adBreaks: 9 },
      { "media.ad.podSecond": 0, "media.ad.podFriendlyName": "pre-roll", adBreaks: 100 },
      // A slip of a few players, and places outside the content.
      { "media.ad.podSecond": 30, "media.ad.podFriendlyName": "pre-roll", adBreaks: 3 },
      { "media.ad.podSecond": 2000, "media.ad.podFriendlyName": "post-roll", adBreaks: 80 },
      { "media.ad.podSecond": null, "media.ad.podFriendlyName": null, adBreaks: 80 },
    ];
    expect(breakMarks(rows, 1000)).toEqual([
      { kind: "break", at: 0, label: "pre-roll" },
      { kind: "break", at: 600.4, label: "mid-roll 2" },
    ]);
    const chapter = { "media.chapter.offset": 500, "media.chapter.friendlyName": null, chapterStarts: 1 };
    expect(chapterMarks([chapter], 1000)).toEqual([{ kind: "chapter", at: 500, label: "Chapter" }]);
    expect(chapterMarks([], 1000)).toEqual([]);
  });
});

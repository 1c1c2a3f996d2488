/** Reports by ads, breaks, chapters, player states and errors: a session counts once for each of their values. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, type Members, playAll, REPORTS, refusalOf, rowsOf, type Viewing } from "../support/viewings.ts";

const owning = (customMetadata: object) => ({ customMetadata });

const VIEWINGS: readonly Viewing[] = [
  {
    // Pre-roll: a1 watched for 10 s, a2 skipped after 3 s. Mid-roll: a1 again for 10 s. Content 0-20 and 20-30.
    params: { "media.name": "Dune" },
    customMetadata: { campaign: "session", plan: "gold" },
    moments: [
      "0 adBreakStart =pre",
      ["0 adStart @0 =a1", owning({ campaign: "spring" })],
      "10 adComplete @0",
      ["10 adStart @0 =a2", owning({})],
      "13 adSkip @0, 13 adBreakComplete @0, 13 play @0, 33 adBreakStart @20 =mid",
      ["33 adStart @20 =a1", owning({ campaign: "autumn" })],
      "43 adComplete @20, 43 adBreakComplete @20, 50 error @27 =E1, 53 error @30 =E1, 53 sessionEnd @30",
    ],
  },
  {
    // An ad without an end: 4 s of it. Chapters: intro for 10 s to its end, then middle for 5 s, skipped.
    params: { "media.name": "Up" },
    moments: [
      "0 adBreakStart =pre, 0 adStart @0 =a1, 4 adBreakComplete @0, 4 play @0",
      "4 chapterStart @0 =intro, 14 chapterComplete @10, 14 chapterStart @10 =middle, 19 chapterSkip @15",
      "19 stateStart @15 =mute, 21 stateEnd @17 =mute, 22 stateStart @18 =mute, 24 error @20 =E2, 24 sessionEnd @20",
    ],
  },
  {
    // A break without an ad; muted and zoomed for a while.
    params: { "media.name": "Up" },
    moments: [
      "0 play, 2 stateStart =mute, 3 stateStart =zoom, 7 stateEnd =zoom",
      "10 adBreakStart =mid, 12 sessionEnd @10",
    ],
  },
  { params: { "media.name": "Plain" }, moments: ["0 play, 5 sessionEnd"] },
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await playAll(server, VIEWINGS);
});
afterAll(() => server[Symbol.asyncDispose]());

const by = (dimension: string, metrics: string, more: Members = {}) =>
  rowsOf(server, { dimension, metrics, sort: dimension.split(",")[0] ?? "", ...more });
const totalsOf = async (metrics: string, filter: string) =>
  Object.values((await ask(server, REPORTS, { metrics, filter })).totals);

describe("ads", () => {
  test("each have their own numbers, and their sessions once", async () => {
    const metrics = "mediaStarts,adStarts,adCompletes,adSkips,adTimeSpent,adBreaks,adCompletionRate,contentTimeSpent";
    expect(await by("media.ad.id", metrics)).toEqual([
      // In the first session a pre-roll and a mid-roll; its content is 30 s, the other session's 20 s.
      ["a1", 2, 3, 2, 0, 24, 3, expect.closeTo(2 / 3, 12), 50],
      ["a2", 1, 1, 0, 1, 3, 1, 0, 30],
    ]);
  });

  test("have totals that count each session once", async () => {
    const { totals, sessions } = await ask(server, REPORTS, {
      dimension: "media.ad.id",
      metrics: "mediaStarts,adStarts",
    });
    expect(totals).toEqual({ mediaStarts: 2, adStarts: 4 });
    expect(sessions.total).toBe(2);
  });

  test("know their break", async () => {
    expect(await by("media.ad.podFriendlyName,media.ad.id", "adStarts,adTimeSpent", { limit: 9 })).toEqual([
      ["mid", "a1", 1, 10],
      ["pre", "a1", 2, 14],
      ["pre", "a2", 1, 3],
    ]);
  });

  test("have metadata that wins over the session's", async () => {
    expect(await by("media.ad.id,customMetadata.campaign", "adStarts")).toEqual([
      ["a1", "autumn", 1],
      ["a1", "spring", 1],
      ["a1", null, 1],
      ["a2", "session", 1],
    ]);
    expect(await by("customMetadata.campaign", "mediaStarts,adStarts")).toEqual([
      ["session", 1, 3],
      [null, 3, 1],
    ]);
    expect(await totalsOf("adStarts", "media.ad.id!=zz")).toEqual([4]);
  });

  test("have percentiles over sessions", async () => {
    // a1 was on for 20 s in one session and for 4 s in another.
    expect(await by("media.ad.id", "adTimeSpent:p50,adTimeSpent:p90,adStarts:mean")).toEqual([
      ["a1", 12, expect.closeTo(18.4, 12), 1.5],
      ["a2", 3, 3, 1],
    ]);
  });

  test("that pass a filter are the only ones counted", async () => {
    const metrics = "mediaStarts,adStarts,adTimeSpent,contentTimeSpent";
    expect(await totalsOf(metrics, "media.ad.id==a2")).toEqual([1, 1, 3, 30]);
    expect(await totalsOf(metrics, "media.ad.id=~a")).toEqual([2, 4, 27, 50]);
    expect(await totalsOf(metrics, "media.ad.id==none")).toEqual([0, 0, 0, 0]);
  });
});

describe("ad breaks", () => {
  test("have the numbers of their ads, even without any", async () => {
    const metrics = "mediaStarts,adBreaks,adStarts,adCompletes,adSkips,adTimeSpent,adCompletionRate";
    expect(await by("media.ad.podFriendlyName", metrics)).toEqual([
      ["mid", 2, 2, 1, 1, 0, 10, 1],
      ["pre", 2, 2, 3, 1, 1, 17, expect.closeTo(1 / 3, 12)],
    ]);
  });
});

describe("chapters", () => {
  test("have their own starts, ends and times", async () => {
    const metrics = "mediaStarts,chapterStarts,chapterCompletes,chapterSkips,chapterTimeSpent,contentTimeSpent";
    expect(await by("media.chapter.friendlyName", metrics)).toEqual([
      ["intro", 1, 1, 1, 0, 10, 20],
      ["middle", 1, 1, 0, 1, 5, 20],
    ]);
  });
});

describe("player states", () => {
  test("have counts and times, and count each session once", async () => {
    const metrics = "mediaStarts,stateCount,stateStreamsImpacted,stateTotalDuration,muteCount";
    expect(await by("media.state.name", metrics)).toEqual([
      // Muted for 2 and 2 s in one session, for 10 s in another.
      ["mute", 2, 3, 2, 14, 3],
      ["zoom", 1, 1, 1, 4, 1],
    ]);
  });
});

describe("errors", () => {
  const rows = [
    ["E1", 1, 2, 1],
    ["E2", 1, 1, 1],
  ];
  for (const dimension of ["media.qoe.errorID", "media.errorId"]) {
    test(`by ${dimension} have their events, and count each session once`, async () => {
      expect(await by(dimension, "mediaStarts,errorEvents,errorImpactedStreams")).toEqual(rows);
    });
  }
});

describe("rows of two kinds", () => {
  for (const asked of [
    { dimension: "media.ad.id,media.chapter.friendlyName" },
    { dimension: "media.ad.podFriendlyName", filter: "media.state.name==mute" },
    { filter: ["media.qoe.errorID==E1", "media.ad.id==a1"] },
  ]) {
    test(`${JSON.stringify(asked)} are refused: no row has both`, async () => {
      const refused = await refusalOf(get(server, REPORTS, { metrics: "mediaStarts", ...asked } as Members));
      expect(refused).toEqual([400, expect.stringMatching(/can't be in one report$/)]);
    });
  }
});

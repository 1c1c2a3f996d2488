/** Reports over a handful of sessions whose numbers are worked out by hand: metrics, dimensions, filters, order. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, type Members, playAll, REPORTS, refusalOf, rowsOf, type Viewing } from "../support/viewings.ts";

const started = (ms: number, bitrate?: number) => ({
  qoeData: { "media.qoe.timeToStart": ms, ...(bitrate && { "media.qoe.bitrate": bitrate }) },
});

/**
 * | session | content s | paused | buffered | to start | bitrate | ends         |
 * | ------- | --------- | ------ | -------- | -------- | ------- | ------------ |
 * | dune    | 40        | 30     | 2        | 0.5      | 2050k   | completed    |
 * | tv      | 30        |        |          | 1.5      | 1000k   | sessionEnd   |
 * | failed  | none      |        |          |          |         | with errors  |
 * | unnamed | 20        |        |          | 1        |         | sessionEnd   |
 * | offline | 60        |        |          |          |         | completed    |
 * | open    | 25        |        |          |          |         | goes on      |
 */
const VIEWINGS: readonly Viewing[] = [
  {
    params: {
      ...{ "media.name": "Dune", "media.channel": "web", "media.genre": "drama", "media.length": 100 },
      ...{ "media.resume": true, "media.season": "2" },
    },
    customMetadata: { plan: "gold", "a,b": "=1+1" },
    moments: [
      ["0 play", started(500, 2_050_000)],
      "10 ping, 20 pauseStart, 50 play @20, 60 bufferStart @30, 62 play @30, 72 sessionComplete @40, 72 sessionEnd @40",
    ],
  },
  {
    params: { "media.name": "Dune", "media.channel": "tv", "media.length": 100, "media.season": "10" },
    customMetadata: { plan: "free" },
    moments: [["0 play", started(1500, 1_000_000)], "30 sessionEnd"],
  },
  {
    params: { "media.name": "Up", "media.channel": "web", "media.genre": "Family", "media.length": 60 },
    moments: ["5 error @0 =E1, 6 error @0 =E2, 8 sessionEnd @0"],
  },
  {
    params: { "media.channel": "tv", "media.genre": "news", "media.length": 0, "media.resume": false },
    moments: [["0 play", started(1000)], "4 stateStart =mute, 8 stateStart =zoom, 14 stateEnd =mute, 20 sessionEnd"],
  },
  {
    params: { "media.name": "Up", "media.channel": "app", "media.length": 60 },
    moments: ["0 play, 60 sessionComplete, 60 sessionEnd"],
    downloaded: true,
  },
  { params: { "media.name": "Dune", "media.channel": "web", "media.length": 100 }, moments: ["0 play, 25 ping"] },
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await playAll(server, VIEWINGS);
});
afterAll(() => server[Symbol.asyncDispose]());

const EVER = { from: "2020-01-01", to: "2026-12-31", limit: 100 };
const by = (dimension: string, metrics: string, more: Members = {}) =>
  rowsOf(server, { ...EVER, dimension, metrics, ...more });
const starts = async (filter: string | string[]) =>
  (await ask(server, REPORTS, { ...EVER, metrics: "mediaStarts", filter })).totals.mediaStarts;

describe("a metric", () => {
  test("is a sum, a mean over those that have it, or a ratio of sums", async () => {
    const metrics = [
      "mediaStarts",
      "contentTimeSpent",
      "contentTimeSpent:mean",
      "contentStarts",
      "contentStarts:mean",
      "completionRate",
      "completionRate:mean",
      "rebufferingRatio",
      "rebufferingRatio:mean",
      "exitsBeforeStart",
    ];
    const rows = await by("media.name", metrics.join());
    const close = (value: number) => expect.closeTo(value, 12);
    expect(rows).toEqual([
      ["Dune", 3, 95, close(95 / 3), 3, 1, close(1 / 3), close(1 / 3), close(2 / 97), close(2 / 42 / 3), 0],
      ["Up", 2, 60, 30, 1, 0.5, 1, 1, 0, 0, 0.5],
      [null, 1, 20, 20, 1, 1, 0, 0, 0, 0, 0],
    ]);
  });

  test("has percentiles that are exact, between two sessions interpolated", async () => {
    const ids = ["p50", "p90", "p95", "p99", "mean"].map((each) => `timeToStart:${each}`);
    const { totals } = await ask(server, REPORTS, { ...EVER, metrics: `${ids},contentTimeSpent:p50,timeToStart` });
    // 0.5, 1 and 1.5 s; the sessions that never said so have no part. Content: 0, 20, 25, 30, 40, 60 s.
    const close = (value: number) => expect.closeTo(value, 12);
    expect(Object.values(totals)).toEqual([1, close(1.4), close(1.45), close(1.49), 1, 27.5, 1]);
  });

  test("of a session without its parts is none, and a sum over none is 0", async () => {
    const metrics =
      "averageBitrate,timeToStart,averageMinuteAudience,averageMinuteAudience:mean,progress50,droppedFrames";
    expect(await by("media.channel", metrics, { sort: "media.channel" })).toEqual([
      ["app", null, null, 1, 1, 1, 0],
      // The one of unknown length has no share of it.
      ["tv", 1_000_000, 1.25, 0.3, 0.3, 0, 0],
      ["web", 2_050_000, 0.5, expect.closeTo(0.65, 12), expect.closeTo(0.65 / 3, 12), 0, 0],
    ]);
  });

  test("is counted over whole sessions for a player state, standard or custom", async () => {
    const metrics =
      "muteCount,muteTotalDuration,zoomCount,zoomTotalDuration,zoomStreamsImpacted,stateCount,zoomCount:mean";
    const { totals } = await ask(server, REPORTS, { ...EVER, metrics });
    expect(Object.values(totals)).toEqual([1, 10, 1, 12, 1, 2, expect.closeTo(1 / 6, 12)]);
    const refused = await refusalOf(get(server, REPORTS, { metrics: "boomCount" }));
    expect(refused).toEqual([400, expect.stringMatching(/^metrics\[0\] is no/)]);
  });

  test("of a player state that no session had is refused where the filter or the dimension stands", async () => {
    const filter = ["media.name==Dune", "boomCount>1"];
    const asFilter = await refusalOf(get(server, REPORTS, { metrics: "mediaStarts", filter }));
    expect(asFilter).toEqual([400, expect.stringMatching(/^filter\[1\] is no dimension or metric\b/)]);
    const asDimension = await refusalOf(get(server, REPORTS, { metrics: "mediaStarts", dimension: "boomCount" }));
    expect(asDimension).toEqual([400, expect.stringMatching(/^dimension\[0\] is no dimension\b/)]);
  });
});

describe("a dimension", () => {
  const tables: readonly (readonly [dimension: string, rows: readonly unknown[][]])[] = [
    [
      "media.channel",
      [
        ["web", 3],
        ["tv", 2],
        ["app", 1],
      ],
    ],
    [
      "media.length",
      [
        [100, 3],
        [60, 2],
        [0, 1],
      ],
    ],
    [
      "media.resume",
      [
        [null, 4],
        [false, 1],
        [true, 1],
      ],
    ],
    [
      "status",
      [
        ["closed", 5],
        ["open", 1],
      ],
    ],
    [
      "downloaded",
      [
        [false, 5],
        [true, 1],
      ],
    ],
    [
      "closeReason",
      [
        ["session-end", 4],
        [null, 1],
        ["downloaded", 1],
      ],
    ],
    [
      "contentSegment",
      [
        ["[0-5]", 5],
        [null, 1],
      ],
    ],
    [
      "averageBitrateBucket",
      [
        [null, 4],
        ["1000-1099", 1],
        ["2000-2099", 1],
      ],
    ],
    [
      "customMetadata.plan",
      [
        [null, 4],
        ["free", 1],
        ["gold", 1],
      ],
    ],
    ["customMetadata.__proto__", [[null, 6]]],
  ];
  for (const [dimension, rows] of tables) {
    test(`${dimension} has a row for each value, and one without`, async () => {
      const order = (list: readonly unknown[][]) => list.toSorted((a, b) => String(a).localeCompare(String(b)));
      expect(order(await by(dimension, "mediaStarts"))).toEqual(order(rows));
    });
  }

  test("beside another has a row for each pair that there is", async () => {
    expect(await by("media.name,media.channel", "mediaStarts,contentTimeSpent")).toEqual([
      ["Dune", "web", 2, 65],
      ["Dune", "tv", 1, 30],
      ["Up", "app", 1, 60],
      ["Up", "web", 1, 0],
      [null, "tv", 1, 20],
    ]);
  });

  test("that is asked for twice is one, and so is a metric", async () => {
    const { columns } = await ask(server, REPORTS, {
      metrics: "mediaStarts,mediaStarts",
      dimension: ["status", "status"],
    });
    expect(columns.map(({ name }: { name: string }) => name)).toEqual(["status", "mediaStarts"]);
  });
});

describe("a filter", () => {
  const cases: readonly (readonly [filter: string | string[], starts: number])[] = [
    ["media.name==Dune", 3],
    ["media.name == Dune ", 3],
    ["media.name==(not set)", 1],
    ["media.name!=(not set)", 5],
    ["media.name!=Dune", 3],
    ["media.name=~uN", 3],
    ["media.name=~%", 0],
    ["media.name==dune", 0],
    ["media.genre in drama,Family", 2],
    ['media.genre in ["drama", null]', 4],
    ["media.length>60", 3],
    ["media.length<60", 1],
    ["media.length==100", 3],
    ["media.length in 0,60", 3],
    ["media.season>9", 1],
    ["media.resume==true", 1],
    ["media.resume!=true", 5],
    ["media.resume==(not set)", 4],
    ["downloaded==false", 5],
    ["status==open", 1],
    ["closeReason==downloaded", 1],
    ["contentSegment==[0-5]", 5],
    ['contentSegment in ["[0-5]", "[0-10]"]', 5],
    ["averageBitrateBucket==2000-2099", 1],
    ["customMetadata.plan in gold,free", 2],
    ["customMetadata.plan=~OL", 1],
    ["contentTimeSpent>25", 3],
    ["contentTimeSpent<0.001", 1],
    ["rebufferingRatio>0", 1],
    ["zoomCount==1", 1],
    ["zoomTotalDuration==(not set)", 0],
    ["errorEvents in 1,2", 1],
    ["timeToStart:bucket==0.5", 1],
    ["timeToStart:bucket in 1,(not set)", 5],
    ["zoomTotalDuration:bucket==10", 1],
    [["media.name==Dune", "media.channel==web"], 2],
    [["media.name==Dune", "media.name==Up"], 0],
    ["media.name=='; drop table sessions; --", 0],
    ['media.name in ["\\"x\\""]', 0],
    ["media.name==\u{1f3ac}\u202e", 0],
    ["media.name==a\u0000b", 0],
  ];
  for (const [filter, count] of cases) {
    test(`${JSON.stringify(filter)} leaves ${count}`, async () => {
      expect(await starts(filter)).toBe(count);
    });
  }
});

describe("rows", () => {
  test("are sorted by the first metric downwards, or by any column either way, without numbers last", async () => {
    const names = async (sort: string) =>
      (await by("media.channel", "timeToStart,mediaStarts", { sort })).map(([name]) => name);
    expect(await names("timeToStart")).toEqual(["web", "tv", "app"]);
    expect(await names("-timeToStart")).toEqual(["tv", "web", "app"]);
    expect(await names("-mediaStarts")).toEqual(["web", "tv", "app"]);
    expect(await names("media.channel")).toEqual(["app", "tv", "web"]);
    expect(await names("-media.channel")).toEqual(["web", "tv", "app"]);
  });

  test("beyond the limit are in the totals", async () => {
    const { rows, rowsTotal, totals, sessions } = await ask(server, REPORTS, {
      ...EVER,
      ...{ metrics: "mediaStarts,contentTimeSpent", dimension: "media.channel", limit: 1 },
    });
    expect(rowsTotal).toBe(3);
    expect(rows).toEqual([{ "media.channel": "web", mediaStarts: 3, contentTimeSpent: 65 }]);
    expect(totals).toEqual({ mediaStarts: 6, contentTimeSpent: 175 });
    expect(sessions).toEqual({ total: 6, open: 1 });
  });

  test("of open sessions can be left out", async () => {
    const asked = { ...EVER, metrics: "mediaStarts,contentTimeSpent", open: "exclude" };
    const { totals, sessions, openAgeMs } = await ask(server, REPORTS, asked);
    expect(totals).toEqual({ mediaStarts: 5, contentTimeSpent: 150 });
    expect(sessions).toEqual({ total: 5, open: 0 });
    expect(openAgeMs).toBeUndefined();
    expect((await ask(server, REPORTS, { ...asked, open: "include" })).openAgeMs).toBeGreaterThanOrEqual(0);
  });
});

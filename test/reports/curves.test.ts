/** The retention curve, the funnel and concurrency, over sessions whose numbers are worked out by hand. */

import { describe, expect, test } from "bun:test";
import { startTestServer } from "../support/server.ts";
import { ask, get, playAll, refusalOf, type Viewing } from "../support/viewings.ts";

const RETENTION = "/admin/api/retention";
const FUNNEL = "/admin/api/funnel";
const CONCURRENCY = "/admin/api/concurrency";

interface Point {
  readonly percent: number;
  readonly sessions: number;
  readonly share: number | null;
  readonly rewatches: number;
}

/** Leaves out points that equal the previous one. */
function stepsOf(points: readonly Point[]): unknown[][] {
  const told = points.map(({ percent, sessions, share, rewatches }) => [percent, sessions, share, rewatches]);
  return told.filter((point, at) => String(point.slice(1)) !== String(told[at - 1]?.slice(1)));
}

describe("the retention curve", () => {
  const long = { "media.length": 100 };
  const viewings: readonly Viewing[] = [
    // To the middle.
    { params: long, moments: ["0 play, 50 sessionEnd"] },
    // To second 40, back to 20 and on to 30: that part twice.
    { params: long, moments: ["0 play, 40 ping, 41 ping @20, 51 ping @30, 51 sessionEnd @30"] },
    // Jumps to 80 and watches from there to the end.
    { params: long, moments: ["0 play @0, 1 ping @80, 21 ping @100, 21 sessionEnd @100"] },
    // Starts, and watches none of it.
    { params: long, moments: ["0 play @0, 5 sessionEnd @0"] },
    // Never starts, and has no known length: in no curve.
    { params: long, moments: ["5 sessionEnd @0"] },
    { params: { "media.length": 0 }, moments: ["0 play, 30 sessionEnd"] },
    { params: { "media.id": "other", "media.length": 200 }, moments: ["0 play, 3 sessionEnd"] },
  ];

  test("is the share of the sessions that watched each hundredth, with rewatches apart", async () => {
    await using server = await startTestServer();
    await playAll(server, viewings);
    const { sessions, points } = await ask(server, RETENTION, { "media.id": "content-1" });
    expect(sessions).toBe(4);
    expect(points).toHaveLength(100);
    expect(stepsOf(points)).toEqual([
      [1, 2, 0.5, 0],
      [21, 2, 0.5, 1],
      [31, 2, 0.5, 0],
      [41, 1, 0.25, 0],
      [51, 0, 0, 0],
      [81, 1, 0.25, 0],
    ]);
  });

  test("of other content has hundredths of that content's length, and a part of one counts as one", async () => {
    await using server = await startTestServer();
    await playAll(server, viewings);
    // 3 s of 200: one hundredth and a half.
    const { sessions, points } = await ask(server, RETENTION, { filter: "media.id==other" });
    expect([sessions, ...stepsOf(points)]).toEqual([1, [1, 1, 1, 0], [3, 0, 0, 0]]);
    const all = await ask(server, RETENTION, {});
    expect([all.sessions, all.points[0].sessions]).toEqual([5, 3]);
  });

  test("without sessions has no shares", async () => {
    await using server = await startTestServer();
    const { sessions, points } = await ask(server, RETENTION, {});
    expect([sessions, stepsOf(points)]).toEqual([0, [[1, 0, null, 0]]]);
  });

  test("reaches the last event of an open session", async () => {
    await using server = await startTestServer();
    await playAll(server, [{ params: long, moments: ["0 play, 10 ping"] }]);
    expect(stepsOf((await ask(server, RETENTION, {})).points)).toEqual([
      [1, 1, 1, 0],
      [11, 0, 0, 0],
    ]);
    expect((await ask(server, RETENTION, { open: "exclude" })).sessions).toBe(0);
  });
});

describe("the funnel", () => {
  test("counts how many sessions reached each step", async () => {
    await using server = await startTestServer();
    const long = { "media.length": 100 };
    await playAll(server, [
      {
        params: long,
        moments: ["0 play @0, 10 ping @30, 20 ping @60, 30 ping @100, 30 sessionComplete @100, 30 sessionEnd @100"],
      },
      { params: long, moments: ["0 play, 25 sessionEnd"] },
      { params: long, moments: ["0 play, 9 sessionEnd"] },
      { params: long, moments: ["3 sessionEnd @0"] },
      {
        params: { "media.length": 0, "media.channel": "live" },
        moments: ["0 play, 60 sessionComplete, 60 sessionEnd"],
      },
    ]);
    const { steps, sessionsOfUnknownLength } = await ask(server, FUNNEL, {});
    const counts = steps.map(({ step, sessions }: { step: string; sessions: number }) => [step, sessions]);
    expect(counts).toEqual([
      ["mediaStarts", 5],
      ["contentStarts", 4],
      ["progress10", 2],
      ["progress25", 2],
      ["progress50", 1],
      ["progress75", 1],
      ["progress95", 1],
      ["contentCompletes", 2],
    ]);
    expect(steps[1]).toEqual({ step: "contentStarts", sessions: 4, share: 0.8, shareOfPrevious: 0.8 });
    expect(steps[2]).toMatchObject({ share: 0.4, shareOfPrevious: 0.5 });
    expect(steps[7]).toMatchObject({ share: 0.4, shareOfPrevious: 2 });
    expect(sessionsOfUnknownLength).toBe(1);
    const live = await ask(server, FUNNEL, { filter: "media.channel==live" });
    expect(live.steps.map(({ sessions }: { sessions: number }) => sessions)).toEqual([1, 1, 0, 0, 0, 0, 0, 1]);
    expect(live.steps[3]).toMatchObject({ share: 0, shareOfPrevious: null });
  });

  test("without sessions has no shares", async () => {
    await using server = await startTestServer();
    const { steps } = await ask(server, FUNNEL, {});
    expect(steps[0]).toEqual({ step: "mediaStarts", sessions: 0, share: null, shareOfPrevious: null });
  });
});

describe("concurrency", () => {
  /**
   * Playing, by the second from 12:00:00 on: -30 to 90 (began before), 10 to 40 content and 50 to 70 an ad, 30 to 60,
   * 60 to 75. Together 1 from 0, 2 from 10, 3 from 30, 2 from 40, 3 from 50, still 3 from 60 as one ends where another
   * begins, 2 from 70, 1 from 75, 0 from 90.
   */
  const viewings: readonly Viewing[] = [
    { at: "2026-05-01T11:59:30Z", params: { "media.channel": "web" }, moments: ["0 play, 60 ping, 120 sessionEnd"] },
    {
      at: "2026-05-01T12:00:00Z",
      moments: [
        "10 play @0, 40 pauseStart @30, 50 adBreakStart @30, 50 adStart @30, 70 adBreakComplete @30, 99 sessionEnd @30",
      ],
    },
    { at: "2026-05-01T12:00:30Z", moments: ["0 play, 30 sessionEnd"] },
    {
      at: "2026-05-01T12:01:00Z",
      params: { "media.channel": "web" },
      moments: ["0 play, 15 pauseStart, 60 sessionEnd @15"],
    },
    { at: "2026-05-01T12:03:00Z", moments: ["0 play, 60 sessionEnd"] },
  ];
  const minutes = { from: "2026-05-01T12:00:00Z", to: "2026-05-01T12:03:00Z" };

  test("has the peak and mean of each minute, including sessions that began before the range", async () => {
    await using server = await startTestServer();
    await playAll(server, viewings);
    const { peak, mean, rows } = await ask(server, CONCURRENCY, minutes);
    // First minute: 10 x 1 + 20 x 2 + 10 x 3 + 10 x 2 + 10 x 3. Second: 10 x 3 + 5 x 2 + 15 x 1.
    expect(rows).toEqual([
      { time: "2026-05-01T12:00:00+00:00", peak: 3, mean: expect.closeTo(130 / 60, 12) },
      { time: "2026-05-01T12:01:00+00:00", peak: 3, mean: expect.closeTo(55 / 60, 12) },
      { time: "2026-05-01T12:02:00+00:00", peak: 0, mean: 0 },
    ]);
    expect(peak).toEqual({ time: "2026-05-01T12:00:30+00:00", sessions: 3 });
    expect(mean).toBeCloseTo(185 / 180, 12);
  });

  test("heeds filters, ranges within a minute, and the hours of a time zone", async () => {
    await using server = await startTestServer();
    await playAll(server, viewings);
    const web = await ask(server, CONCURRENCY, { ...minutes, filter: "media.channel==web" });
    expect(web.rows.map((row: { peak: number }) => row.peak)).toEqual([1, 2, 0]);
    const part = await ask(server, CONCURRENCY, { from: "2026-05-01T12:00:35Z", to: "2026-05-01T12:00:45Z" });
    expect(part.rows).toEqual([{ time: "2026-05-01T12:00:35+00:00", peak: 3, mean: 2.5 }]);
    const zone = { timezone: "Asia/Kolkata", granularity: "hour" };
    const hours = await ask(server, CONCURRENCY, { ...zone, from: "2026-05-01T17:00:00", to: "2026-05-01T19:00:00" });
    expect(hours.rows.map(({ time, peak }: { time: string; peak: number }) => [time, peak])).toEqual([
      ["2026-05-01T17:00:00+05:30", 3],
      ["2026-05-01T18:00:00+05:30", 0],
    ]);
  });

  test("of a range without playing has no peak", async () => {
    await using server = await startTestServer();
    await playAll(server, viewings);
    const { peak, mean, rows } = await ask(server, CONCURRENCY, {
      from: "2026-05-02",
      to: "2026-05-03",
      granularity: "day",
    });
    expect([peak, mean, rows]).toEqual([null, 0, [{ time: "2026-05-02T00:00:00+00:00", peak: 0, mean: 0 }]]);
  });

  test("without a range covers yesterday and today by the minute", async () => {
    await using server = await startTestServer();
    await playAll(server, [{ at: "2026-05-01T12:00:00Z", moments: ["0 play, 60 sessionEnd"] }]);
    server.clock.pass(5 * 60_000);
    const { from, rows, peak } = await ask(server, CONCURRENCY, {});
    expect(new Date(from).toISOString()).toBe("2026-04-30T00:00:00.000Z");
    expect(rows).toHaveLength(24 * 60 + 12 * 60 + 6);
    expect(peak).toEqual({ time: "2026-05-01T12:00:00+00:00", sessions: 1 });
  });

  test("by the minute of a month is refused", async () => {
    await using server = await startTestServer();
    const refused = await refusalOf(get(server, CONCURRENCY, { from: "2026-05-01", to: "2026-06-01" }));
    expect(refused).toEqual([400, expect.stringMatching(/^granularity minute gives more than 10000 rows/)]);
  });
});

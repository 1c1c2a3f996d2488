/** Reports over time: periods as the clocks of a place have them, empty ones too, and the period before. */

import { describe, expect, test } from "bun:test";
import { HOUR_MS } from "../../src/base/units.ts";
import { bucketsOf, GRANULARITIES } from "../../src/reports/calendar.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, type Members, playAll, REPORTS, refusalOf, rowsOf } from "../support/viewings.ts";

/** Sessions that start at these instants, and play for as many seconds as they have come in. */
async function startAt(server: TestServer, instants: readonly string[]): Promise<void> {
  await playAll(
    server,
    instants.map((at, index) => ({
      at,
      params: { "media.name": `film ${index % 2}` },
      moments: [`0 play, ${index + 1} sessionEnd`],
    })),
  );
}

/** The periods of a series that have sessions, with how many; every session must be in one. */
async function filledOf(server: TestServer, members: Members): Promise<unknown[][]> {
  const { rows, totals } = await ask(server, REPORTS, { metrics: "mediaStarts", ...members });
  const filled = rows.filter((row: { mediaStarts: number }) => row.mediaStarts > 0);
  const sum = filled.reduce((all: number, row: { mediaStarts: number }) => all + row.mediaStarts, 0);
  expect(sum).toBe(totals.mediaStarts);
  return filled.map(({ time, mediaStarts }: Record<string, unknown>) => [time, mediaStarts]);
}

describe("a series", () => {
  test("in Berlin has the hour that comes twice as two", async () => {
    await using server = await startTestServer();
    await startAt(server, [
      "2026-10-24T21:59:59.999Z",
      "2026-10-25T00:00:00Z",
      "2026-10-25T00:59:59.999Z",
      "2026-10-25T01:00:00Z",
      "2026-10-25T22:59:59Z",
    ]);
    const berlin = { timezone: "Europe/Berlin", from: "2026-10-25", to: "2026-10-26" };
    const { rows } = await ask(server, REPORTS, { ...berlin, metrics: "mediaStarts", granularity: "hour" });
    expect(rows.length).toBe(25);
    expect(rows.slice(1, 5).map(Object.values)).toEqual([
      ["2026-10-25T01:00:00+02:00", 0],
      ["2026-10-25T02:00:00+02:00", 2],
      ["2026-10-25T02:00:00+01:00", 1],
      ["2026-10-25T03:00:00+01:00", 0],
    ]);
    expect(rows.at(-1)).toEqual({ time: "2026-10-25T23:00:00+01:00", mediaStarts: 1 });
    const wider = { ...berlin, from: "2026-10-24" };
    expect(await filledOf(server, { ...wider, granularity: "day" })).toEqual([
      ["2026-10-24T00:00:00+02:00", 1],
      ["2026-10-25T00:00:00+02:00", 4],
    ]);
    expect(await filledOf(server, { ...wider, granularity: "week" })).toEqual([["2026-10-19T00:00:00+02:00", 5]]);
    expect(await filledOf(server, { ...wider, granularity: "month" })).toEqual([["2026-10-01T00:00:00+02:00", 5]]);
    expect(await filledOf(server, { ...wider, granularity: "minute" })).toEqual([
      ["2026-10-24T23:59:00+02:00", 1],
      ["2026-10-25T02:00:00+02:00", 1],
      ["2026-10-25T02:59:00+02:00", 1],
      ["2026-10-25T02:00:00+01:00", 1],
      ["2026-10-25T23:59:00+01:00", 1],
    ]);
  });

  test("in New York lacks the hour that is skipped, and a new month begins there later", async () => {
    await using server = await startTestServer();
    await startAt(server, [
      "2026-03-08T06:30:00Z",
      "2026-03-08T07:00:00Z",
      "2026-04-01T03:59:59Z",
      "2026-04-01T04:00:00Z",
    ]);
    const there = { timezone: "America/New_York", from: "2026-03-08", to: "2026-04-02" };
    const hours = await rowsOf(server, { ...there, to: "2026-03-09", metrics: "mediaStarts", granularity: "hour" });
    expect(hours.length).toBe(23);
    expect(hours.slice(1, 3)).toEqual([
      ["2026-03-08T01:00:00-05:00", 1],
      ["2026-03-08T03:00:00-04:00", 1],
    ]);
    expect(await filledOf(server, { ...there, granularity: "month" })).toEqual([
      ["2026-03-01T00:00:00-05:00", 3],
      ["2026-04-01T00:00:00-04:00", 1],
    ]);
    expect(await filledOf(server, { ...there, granularity: "week" })).toEqual([
      ["2026-03-02T00:00:00-05:00", 2],
      ["2026-03-30T00:00:00-04:00", 2],
    ]);
  });

  test("in Kolkata has hours and days that begin at half past", async () => {
    await using server = await startTestServer();
    await startAt(server, [
      "2026-06-30T18:29:59Z",
      "2026-06-30T18:30:00Z",
      "2026-06-30T19:29:59Z",
      "2026-06-30T19:30:00Z",
    ]);
    const there = { timezone: "Asia/Kolkata", from: "2026-06-30", to: "2026-07-02" };
    expect(await filledOf(server, { ...there, granularity: "hour" })).toEqual([
      ["2026-06-30T23:00:00+05:30", 1],
      ["2026-07-01T00:00:00+05:30", 2],
      ["2026-07-01T01:00:00+05:30", 1],
    ]);
    expect(await filledOf(server, { ...there, granularity: "day" })).toEqual([
      ["2026-06-30T00:00:00+05:30", 1],
      ["2026-07-01T00:00:00+05:30", 3],
    ]);
    expect(await filledOf(server, { ...there, granularity: "month" })).toEqual([
      ["2026-06-01T00:00:00+05:30", 1],
      ["2026-07-01T00:00:00+05:30", 3],
    ]);
  });

  test("on Lord Howe Island, whose clocks change by half an hour, loses no session behind the change", async () => {
    await using server = await startTestServer();
    // Back at 2026-04-04T15:00Z, from 02:00+11:00 to 01:30+10:30; forth at 2026-10-03T15:30Z, from 02:00 to 02:30.
    await startAt(server, [
      "2026-04-04T14:59:00Z",
      "2026-04-04T15:00:00Z",
      "2026-04-04T15:29:00Z",
      "2026-04-04T15:30:00Z",
      "2026-04-04T20:00:00Z",
      "2026-10-03T15:29:00Z",
      "2026-10-03T15:30:00Z",
      "2026-10-03T16:00:00Z",
    ]);
    const there = { timezone: "Australia/Lord_Howe", granularity: "hour" };
    expect(await filledOf(server, { ...there, from: "2026-04-05", to: "2026-04-06" })).toEqual([
      ["2026-04-05T01:00:00+11:00", 1],
      ["2026-04-05T01:30:00+10:30", 2],
      ["2026-04-05T02:00:00+10:30", 1],
      ["2026-04-05T06:00:00+10:30", 1],
    ]);
    const spring = { ...there, from: "2026-10-04", to: "2026-10-05" };
    expect(await filledOf(server, spring)).toEqual([
      ["2026-10-04T01:00:00+10:30", 1],
      ["2026-10-04T02:30:00+11:00", 1],
      ["2026-10-04T03:00:00+11:00", 1],
    ]);
    // A range that begins within the half hour.
    expect(await filledOf(server, { ...spring, from: "2026-10-03T15:29:30Z" })).toHaveLength(2);
    expect(await filledOf(server, { ...spring, from: "2026-10-03T15:30:00Z" })).toHaveLength(2);
    expect(await filledOf(server, { ...spring, granularity: "day" })).toEqual([["2026-10-04T00:00:00+10:30", 3]]);
  });

  test("agrees with the calendar about every hour of a year, anywhere", async () => {
    await using server = await startTestServer();
    const from = "2026-01-01T00:00:00Z";
    const instants = Array.from({ length: 60 }, (_, at) => Date.parse(from) + at * 146 * HOUR_MS + at * 1_234_567);
    await startAt(
      server,
      instants.map((ms) => new Date(ms).toISOString()),
    );
    for (const timezone of ["UTC", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham"]) {
      for (const granularity of GRANULARITIES.filter((each) => each !== "minute")) {
        const filled = await filledOf(server, { timezone, granularity, from, to: "2027-01-01T00:00:00Z" });
        expect([timezone, granularity, filled.reduce((sum, [, count]) => sum + Number(count), 0)]).toEqual([
          timezone,
          granularity,
          instants.length,
        ]);
      }
    }
  });

  test("has a row for each period, without numbers where there was no session", async () => {
    await using server = await startTestServer();
    await startAt(server, ["2026-05-02T12:00:00Z"]);
    const asked = { from: "2026-05-01", to: "2026-05-04", granularity: "day" };
    const metrics = "mediaStarts,contentTimeSpent:mean,completionRate,contentTimeSpent:p50";
    const days = await rowsOf(server, { ...asked, metrics });
    expect(days).toEqual([
      ["2026-05-01T00:00:00+00:00", 0, null, null, null],
      ["2026-05-02T00:00:00+00:00", 1, 1, 0, 1],
      ["2026-05-03T00:00:00+00:00", 0, null, null, null],
    ]);
    expect(await rowsOf(server, { ...asked, metrics, sort: "-time" })).toEqual(days.toReversed());
    for (const limit of [1, 2]) {
      expect(await rowsOf(server, { ...asked, metrics, limit })).toEqual(days.slice(0, limit));
      const last = await rowsOf(server, { ...asked, metrics, limit, sort: "-time" });
      expect(last).toEqual(days.toReversed().slice(0, limit));
    }
    expect(await rowsOf(server, { ...asked, metrics, sort: "-mediaStarts" })).toEqual(days.slice(1, 2));
  });

  test("by a dimension has a row for each value of a period that has one", async () => {
    await using server = await startTestServer();
    await startAt(server, [
      "2026-05-01T01:00:00Z",
      "2026-05-01T02:00:00Z",
      "2026-05-01T03:00:00Z",
      "2026-05-03T01:00:00Z",
    ]);
    const asked = { from: "2026-05-01", to: "2026-05-04", granularity: "day", dimension: "media.name" };
    expect(await rowsOf(server, { ...asked, metrics: "mediaStarts,contentTimeSpent" })).toEqual([
      ["2026-05-01T00:00:00+00:00", "film 0", 2, 4],
      ["2026-05-01T00:00:00+00:00", "film 1", 1, 2],
      ["2026-05-03T00:00:00+00:00", "film 1", 1, 4],
    ]);
  });

  test("of too many periods is refused before anything is counted", async () => {
    await using server = await startTestServer();
    const asked = { metrics: "mediaStarts", granularity: "minute", from: "2026-05-01" };
    expect((await ask(server, REPORTS, { ...asked, to: "2026-05-07" })).rows).toHaveLength(8640);
    const refused = await refusalOf(get(server, REPORTS, { ...asked, to: "2026-05-08" }));
    expect(refused).toEqual([400, expect.stringMatching(/^granularity minute gives more than 10000 rows/)]);
  });
});

describe("the default range", () => {
  test("is the last thirty days of the time zone, up to what starts now", async () => {
    await using server = await startTestServer();
    await startAt(server, ["2026-04-30T23:59:59Z", "2026-05-01T00:00:00Z", "2026-05-30T18:00:00Z"]);
    const { from, to, totals } = await ask(server, REPORTS, { metrics: "mediaStarts" });
    expect(new Date(from).toISOString()).toBe("2026-05-01T00:00:00.000Z");
    expect(to).toBe(server.clock.nowMs() + 1);
    expect(totals).toEqual({ mediaStarts: 2 });
    const kolkata = await ask(server, REPORTS, { metrics: "mediaStarts", timezone: "Asia/Kolkata" });
    expect([new Date(kolkata.from).toISOString(), kolkata.totals.mediaStarts]).toEqual(["2026-04-30T18:30:00.000Z", 3]);
  });
});

describe("compare=previous", () => {
  const compared = (server: TestServer, members: Members) =>
    rowsOf(server, { metrics: "mediaStarts,contentTimeSpent:mean", compare: "previous", ...members });

  test("puts each day beside its counterpart in the previous days, even if either is empty", async () => {
    await using server = await startTestServer();
    await startAt(server, [
      "2026-05-02T01:00:00Z",
      "2026-05-03T01:00:00Z",
      "2026-05-03T02:00:00Z",
      "2026-05-05T01:00:00Z",
    ]);
    // Four days from the 4th on; before them the 30th of April to the 3rd of May.
    const asked = { from: "2026-05-04", to: "2026-05-08", granularity: "day" };
    expect(await compared(server, asked)).toEqual([
      ["2026-05-04T00:00:00+00:00", 0, 0, null, null],
      ["2026-05-05T00:00:00+00:00", 1, 0, 4, null],
      ["2026-05-06T00:00:00+00:00", 0, 1, null, 1],
      ["2026-05-07T00:00:00+00:00", 0, 2, null, 2.5],
    ]);
    const { totals } = await ask(server, REPORTS, {
      ...asked,
      metrics: "mediaStarts,contentTimeSpent",
      compare: "previous",
    });
    expect(totals).toEqual({
      ...{ mediaStarts: 1, contentTimeSpent: 4 },
      ...{ "mediaStarts:previous": 3, "contentTimeSpent:previous": 6 },
    });
  });

  test("of a time in which nothing started has the period before nevertheless", async () => {
    await using server = await startTestServer();
    await startAt(server, ["2026-05-03T01:00:00Z"]);
    const asked = { from: "2026-05-04", to: "2026-05-05", granularity: "day" };
    expect(await compared(server, asked)).toEqual([["2026-05-04T00:00:00+00:00", 0, 1, null, 1]]);
  });

  test("of a whole month is the month before", async () => {
    await using server = await startTestServer();
    await startAt(server, ["2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z", "2026-03-31T12:00:00Z"]);
    const month = { from: "2026-03-01", to: "2026-04-01" };
    expect(await compared(server, { ...month, granularity: "month" })).toEqual([
      ["2026-03-01T00:00:00+00:00", 1, 2, 3, 1.5],
    ]);
    const days = await compared(server, { ...month, granularity: "day" });
    expect(days.filter(([, now, before]) => now !== 0 || before !== 0)).toEqual([
      ["2026-03-01T00:00:00+00:00", 0, 1, null, 1],
      ["2026-03-28T00:00:00+00:00", 0, 1, null, 2],
      ["2026-03-31T00:00:00+00:00", 1, 0, 3, null],
    ]);
  });

  test("of days in which the clocks change is as many days", async () => {
    await using server = await startTestServer();
    await startAt(server, [
      "2026-10-23T22:00:00Z",
      "2026-10-24T21:59:00Z",
      "2026-10-24T22:00:00Z",
      "2026-10-25T22:59:00Z",
    ]);
    const berlin = { timezone: "Europe/Berlin", from: "2026-10-25", to: "2026-10-26", granularity: "day" };
    expect(await compared(server, berlin)).toEqual([["2026-10-25T00:00:00+02:00", 2, 2, 3.5, 1.5]]);
  });

  test("of any other range is as long a time before it", async () => {
    await using server = await startTestServer();
    await startAt(server, ["2026-05-01T11:00:00.000Z", "2026-05-01T11:59:59.999Z", "2026-05-01T12:00:00Z"]);
    const asked = { from: "2026-05-01T12:00:00Z", to: "2026-05-01T12:00:00.001Z" };
    expect((await ask(server, REPORTS, { ...asked, metrics: "mediaStarts", compare: "previous" })).totals).toEqual({
      ...{ mediaStarts: 1, "mediaStarts:previous": 1 },
    });
    expect(
      await compared(server, { from: "2026-05-01T12:00:00Z", to: "2026-05-01T13:00:00Z", granularity: "hour" }),
    ).toEqual([["2026-05-01T12:00:00+00:00", 1, 2, 3, 1.5]]);
  });

  test("by a dimension has the same values before, also that of no value and yes or no", async () => {
    await using server = await startTestServer();
    const moments = ["0 play, 5 sessionEnd"];
    await playAll(server, [
      { at: "2026-05-03T01:00:00Z", params: { "media.resume": true, "media.length": 50 }, moments },
      { at: "2026-05-03T02:00:00Z", moments },
      { at: "2026-05-04T01:00:00Z", params: { "media.resume": true }, moments },
      { at: "2026-05-04T02:00:00Z", moments },
      { at: "2026-05-04T03:00:00Z", moments },
    ]);
    const asked = { from: "2026-05-04", to: "2026-05-05", metrics: "mediaStarts" };
    const resumed = [
      [null, 2, 1],
      [true, 1, 1],
    ];
    expect(await compared(server, { ...asked, dimension: "media.resume" })).toEqual(resumed);
    expect(await compared(server, { ...asked, dimension: "media.name" })).toEqual([[null, 3, 2]]);
    expect(await compared(server, { ...asked, dimension: "media.length,media.resume" })).toEqual([
      [60, null, 2, 1],
      [60, true, 1, 0],
      // Only the day before has it.
      [50, true, 0, 1],
    ]);
    const byDay = await compared(server, { ...asked, dimension: "media.resume", granularity: "day" });
    expect(byDay.map(([, ...rest]) => rest)).toEqual(resumed);
  });
});

describe("bucketsOf", () => {
  test("gives the periods in order, each once, up to the last that the range touches", () => {
    for (const granularity of GRANULARITIES) {
      const range = { fromMs: Date.parse("2026-04-04T14:20:00Z"), toMs: Date.parse("2026-04-04T18:00:00Z") };
      const buckets = [...bucketsOf(range, granularity, { zone: "Australia/Lord_Howe" })];
      expect(buckets).toEqual([...new Set(buckets)].toSorted((a, b) => a - b));
      expect(buckets.length).toBe({ minute: 220, hour: 5, day: 1, week: 1, month: 1, year: 1 }[granularity]);
    }
  });
});

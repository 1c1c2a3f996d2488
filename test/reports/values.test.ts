/** Values as they were sent, and numbers as they are: no value of a dimension for another, no noise in a number. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ADMIN_HEADERS, startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, LIST, playAll, post, REPORTS, rowsOf, type Viewing } from "../support/viewings.ts";

const NO_NUMBERS = ["NaN", "nan", "Infinity", "-Infinity", "inf", "1e400", "two", ""];
const SEASONS = ["1", "2", " 3 ", "4.5", "-7"];
const NAMES: readonly (string | undefined)[] = ["(not set)", "(not set)", "film", undefined];
const TYPES = [["VOD", "video"], ["vod", "VIDEO"], ["Vod", "Video"], ["VOD", "audio"], ["Live"]] as const;
/** No sum of these seconds is the same in every order of adding. */
const SECONDS = Array.from({ length: 60 }, (_, at) => 0.1 + at * 0.37);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await playAll(server, [
    ...[...NO_NUMBERS, ...SEASONS].map(
      (season): Viewing => ({ params: { "media.channel": "seasons", "media.season": season }, moments: [] }),
    ),
    ...TYPES.map(([contentType, streamType]): Viewing => {
      const params = { "media.channel": "types", "media.contentType": contentType };
      return { params: { ...params, ...(streamType && { "media.streamType": streamType }) }, moments: [] };
    }),
    ...NAMES.map((name): Viewing => {
      return { params: { "media.channel": "names", ...(name !== undefined && { "media.show": name }) }, moments: [] };
    }),
    ...SECONDS.map((seconds, at): Viewing => {
      const params = { "media.channel": "numbers", "media.length": 7 + at, "media.name": `part ${at % 2}` };
      const qoeData = { "media.qoe.timeToStart": seconds * 1000, "media.qoe.bitrate": 1_000_000 / 3 + at };
      return { params, moments: [["0 play", { qoeData }], `${seconds} ping`, `${seconds} sessionEnd`] };
    }),
  ]);
});
afterAll(() => server[Symbol.asyncDispose]());

async function seasonsWith(filter: string): Promise<unknown[]> {
  const members = { metrics: "mediaStarts", dimension: "media.season", sort: "media.season", limit: 100 };
  const rows = await rowsOf(server, { ...members, filter: ["media.channel==seasons", filter] });
  return rows.map(([season]) => season);
}

describe("a content or stream type", () => {
  const byType = { metrics: "mediaStarts", dimension: "media.contentType,media.streamType" };
  const only = "media.channel==types";

  test("is one whatever its case, and raw where the session is shown", async () => {
    const rows = await rowsOf(server, { ...byType, sort: "media.contentType", filter: [only] });
    expect(rows).toEqual([
      ["live", null, 1],
      ["vod", "audio", 1],
      ["vod", "video", 3],
    ]);
    const { sessions } = await ask(server, LIST, { filter: [only, "media.contentType==vod"] });
    const details = await Promise.all(sessions.map(({ sid }: { sid: string }) => server.admin(`${LIST}/${sid}`)));
    const raw = details.map(({ session }) => session.params["media.contentType"]);
    expect(raw.toSorted()).toEqual(["VOD", "VOD", "Vod", "vod"]);
  });

  const cases: readonly (readonly [filter: string, starts: number])[] = [
    ["media.contentType==vod", 4],
    ["media.contentType==VOD", 4],
    ["media.contentType!=VoD", 1],
    ["media.contentType in LIVE,VOD", 5],
    ["media.contentType==(not set)", 0],
    ["media.streamType==Video", 3],
    ["media.channel==TYPES", 0],
  ];
  for (const [filter, starts] of cases) {
    test(`passes ${filter} in whatever case`, async () => {
      const { totals } = await ask(server, REPORTS, { metrics: "mediaStarts", filter: [only, filter] });
      expect(totals.mediaStarts).toBe(starts);
    });
  }
});

describe("a text that is no number", () => {
  test("is neither greater nor smaller than one", async () => {
    expect(await seasonsWith("media.season>1")).toEqual([" 3 ", "2", "4.5"]);
    expect(await seasonsWith("media.season<2")).toEqual(["-7", "1"]);
    expect(await seasonsWith("media.season>-1e300")).toEqual([" 3 ", "-7", "1", "2", "4.5"]);
  });
});

describe("no value", () => {
  const asked = { metrics: "mediaStarts", dimension: "media.show" };
  const only = "media.channel==names";

  test("is null in JSON and an empty cell in CSV, and a text that looks like it is that text", async () => {
    const { rows } = await ask(server, REPORTS, { ...asked, filter: [only], sort: "media.show" });
    expect(rows).toEqual([
      { "media.show": "(not set)", mediaStarts: 2 },
      { "media.show": "film", mediaStarts: 1 },
      { "media.show": null, mediaStarts: 1 },
    ]);
    const members = { ...asked, filter: [only], sort: "media.show" };
    const csv = await (await get(server, REPORTS, members, { Accept: "text/csv" })).text();
    expect(csv).toBe("media.show,mediaStarts\r\n(not set),2\r\nfilm,1\r\n,1\r\n");
  });

  const cases: readonly (readonly [filter: unknown, starts: number])[] = [
    ["media.show==(not set)", 1],
    ["media.show!=(not set)", 3],
    ["media.show in film,(not set)", 2],
    ['media.show in ["(not set)"]', 2],
    ['media.show in ["film", null]', 2],
    [{ name: "media.show", operator: "==", value: null }, 1],
    [{ name: "media.show", operator: "==", value: "(not set)" }, 2],
    [{ name: "media.show", operator: "!=", value: "(not set)" }, 2],
    [{ name: "media.show", operator: "in", values: [null, "(not set)"] }, 3],
  ];
  for (const [filter, starts] of cases) {
    test(`and a text differ by the filter ${JSON.stringify(filter)}`, async () => {
      const response = await post(server, REPORTS, { metrics: "mediaStarts", filter: [only, filter] });
      expect(await response.json()).toMatchObject({ totals: { mediaStarts: starts } });
    });
  }
});

describe("a number", () => {
  const only = "media.channel==numbers";

  test("that is a mean is the quotient of whole numbers, each time the same", async () => {
    const metrics = "contentTimeSpent:mean,averageMinuteAudience:mean,averageMinuteAudience,averageBitrate,timeToStart";
    const members = { metrics, filter: [only] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(server, REPORTS, members)));
    const told = answers.map(({ totals }) => JSON.stringify(totals));
    expect(new Set(told).size).toBe(1);
    const ms = SECONDS.reduce((sum, seconds) => sum + Math.round(seconds * 1000), 0);
    expect(answers[0].totals["contentTimeSpent:mean"]).toBe(ms / (SECONDS.length * 1000));
    const byPart = await rowsOf(server, { ...members, dimension: "media.name" });
    const sum = (at: number) => byPart.reduce((total, row) => total + Number(row[at]), 0);
    expect(sum(3)).toBeCloseTo(answers[0].totals.averageMinuteAudience, 9);
  });

  test("that lies between two others has no more digits than it is exact to", async () => {
    const shares = ["p50", "p90", "p95", "p99"];
    const ids = ["contentTimeSpent", "timeToStart", "mediaStarts", "averageMinuteAudience", "averageBitrate"];
    const metrics = ids.flatMap((id) => shares.map((share) => `${id}:${share}`));
    const { totals } = await ask(server, REPORTS, { metrics: metrics.join(), filter: [only] });
    const digits = Object.entries(totals).map(([name, value]) => [name, String(value).split(".")[1]?.length ?? 0]);
    expect(digits.filter(([name, count]) => Number(count) > (String(name).includes("Minute") ? 9 : 5))).toEqual([]);
    // The 95th hundredth of 60 numbers lies at 56.05, and so a twentieth of the way behind the 57th.
    const low = Math.round((SECONDS[56] ?? 0) * 1000);
    const high = Math.round((SECONDS[57] ?? 0) * 1000);
    expect(totals["contentTimeSpent:p95"]).toBe(Number(((low + (high - low) * 0.05) / 1000).toFixed(5)));
  });
});

test("numbers beyond 64 bits end neither reports nor an export", async () => {
  const qoeData = { "media.qoe.framesPerSecond": 2 ** 53 - 1 };
  const pings = Array.from({ length: 200 }, (_, at) => `${at * 10 + 10} ping @${at * 10 + 10}`);
  const moments: Viewing["moments"] = [["0 play @0", { qoeData }], ...pings, "2000 sessionEnd @2000"];
  await playAll(server, [{ params: { "media.channel": "beyond" }, moments }]);
  const frames = { metrics: "expectedFrames", dimension: "media.channel", filter: ["media.channel==beyond"] };
  expect(await rowsOf(server, frames)).toEqual([["beyond", 2 ** 63]]);
  const response = await fetch(`${server.url}/admin/api/export/sessions?format=parquet`, { headers: ADMIN_HEADERS });
  await response.arrayBuffer();
  expect(response.status).toBe(200);
});

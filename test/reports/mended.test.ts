/** Reports of mended sessions: with mending and without it, by rule, and what they say of their definitions. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Settings } from "../../src/config.ts";
import { DEFINITIONS_VERSION } from "../../src/sessions/definitions.ts";
import { ADMIN_TOKEN, sidOf, startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, LIST, playAll, REPORTS, refusalOf, rowsOf, type Viewing } from "../support/viewings.ts";

const METRICS = "mediaStarts,contentStarts,contentTimeSpent,averageMinuteAudience:p50,mendings,mendedTime";

/** Its empty break is never completed: without mending none of its minute was watched. */
const FILM: Viewing = {
  params: { "media.playerName": "tv", "media.length": 60 },
  moments: [`0 adBreakStart, 0 play, ${pings(10, 50)}, 60 sessionComplete, 60 sessionEnd`],
};
/** The same, and it goes on. */
const OPEN: Viewing = { params: { "media.playerName": "open" }, moments: [`0 play, ${pings(10, 30)}, 3000 ping`] };
const HEALTHY: Viewing = { params: { "media.playerName": "web" }, moments: ["0 play, 10 ping, 20 sessionEnd"] };
/** Minutes pass without an event, and an ad never ends. */
const UNENDED: Viewing = {
  params: { "media.playerName": "app" },
  moments: ["0 play, 5 adBreakStart, 5 adStart, 8 ping, 20 ping, 200 ping, 400 sessionEnd"],
};

function pings(from: number, to: number): string {
  return Array.from({ length: (to - from) / 10 + 1 }, (_, at) => `${from + 10 * at} ping`).join(", ");
}

let server: TestServer;
let sids: string[];
beforeAll(async () => {
  server = await startTestServer();
  sids = await playAll(server, [FILM, FILM, HEALTHY, UNENDED, OPEN]);
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

type Shown = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

/** Both readings of each session, as it shows them itself. */
async function shown(): Promise<{ metrics: Shown[string]; unmended: Shown[string] }[]> {
  const sessions = await Promise.all(sids.map((sid) => server.admin(`${LIST}/${sid}`)));
  return sessions.map(({ metrics, unmended = metrics }) => ({ metrics, unmended }));
}

function sumOf(all: readonly Shown[string][], id: string): number {
  return all.reduce((sum, metrics) => sum + (metrics[id] ?? 0), 0);
}

describe("mended=false", () => {
  test("has the sums of the sessions' numbers without mending, and still says how much was mended", async () => {
    const sessions = await shown();
    const { totals } = await ask(server, REPORTS, { metrics: METRICS, mended: "false" });
    const plain = sessions.map(({ unmended }) => unmended);
    const mended = sessions.map(({ metrics }) => metrics);
    expect(totals).toMatchObject({
      mediaStarts: sids.length,
      contentStarts: sumOf(plain, "contentStarts"),
      contentTimeSpent: sumOf(plain, "contentTimeSpent"),
      mendings: sumOf(mended, "mendings"),
      mendedTime: sumOf(mended, "mendedTime"),
    });
    const { totals: usual } = await ask(server, REPORTS, { metrics: METRICS });
    expect(usual.contentTimeSpent).toBe(sumOf(mended, "contentTimeSpent"));
    expect(usual.contentTimeSpent).not.toBe(totals.contentTimeSpent);
    expect(await ask(server, REPORTS, { metrics: METRICS, mended: "true" })).toMatchObject({ totals: usual });
  });

  test("has no number where a session has none without mending", async () => {
    const asked = { metrics: "bufferImpactedStreams,completionRate", filter: "media.playerName==tv" };
    expect((await ask(server, REPORTS, asked)).totals.completionRate).toBe(1);
    expect((await ask(server, REPORTS, { ...asked, mended: "false" })).totals.completionRate).toBeNull();
  });

  test("goes with dimensions, time, filters on numbers and JSON", async () => {
    const response = await fetch(server.url + REPORTS, {
      method: "POST",
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({
        metrics: ["contentTimeSpent"],
        dimension: ["media.playerName"],
        granularity: "month",
        filter: ["contentTimeSpent==0", "mendings>0"],
        mended: false,
      }),
    });
    const { rows } = (await response.json()) as { rows: Record<string, unknown>[] };
    expect(rows).toEqual([{ time: expect.any(String), "media.playerName": "tv", contentTimeSpent: 0 }]);
  });

  test("has the steps of a funnel", async () => {
    const stepsOf = async (asked: object) =>
      (await ask(server, "/admin/api/funnel", { ...asked, filter: "media.playerName==tv" })).steps;
    expect((await stepsOf({}))[1]).toMatchObject({ step: "contentStarts", sessions: 2 });
    expect((await stepsOf({ mended: "false" }))[1]).toMatchObject({ step: "contentStarts", sessions: 0 });
  });

  test("is refused for what is not kept without mending", async () => {
    const refusals = [
      get(server, REPORTS, { metrics: "adStarts", dimension: "media.ad.name", mended: "false" }),
      get(server, REPORTS, { metrics: "mediaStarts", filter: "media.chapter.friendlyName==x", mended: "false" }),
      get(server, REPORTS, { metrics: "stateTotalDuration", mended: "false" }),
      get(server, REPORTS, { metrics: "mediaStarts", dimension: "zoomTotalDuration:bucket", mended: "false" }),
      get(server, REPORTS, { metrics: "playingTime", mended: "false" }),
    ];
    for (const refused of refusals)
      expect(await refusalOf(refused)).toEqual([
        400,
        expect.stringContaining("mended=false has numbers of whole sess"),
      ]);
    for (const path of ["retention", "concurrency"])
      expect((await get(server, `/admin/api/${path}`, { mended: "false" })).status).toBe(400);
    expect(await refusalOf(get(server, REPORTS, { metrics: "mediaStarts", mended: "no" }))).toEqual([
      400,
      "mended must be one of true, false",
    ]);
  });
});

describe("mendings", () => {
  test("can be left out, and have their sessions to themselves", async () => {
    const { totals } = await ask(server, REPORTS, { metrics: "mediaStarts", filter: "mendings==0" });
    expect(totals).toEqual({ mediaStarts: (await shown()).filter(({ metrics }) => metrics["mendings"] === 0).length });
    const { sessions } = await ask(server, LIST, { filter: "mendings>0", limit: 100 });
    expect(sessions).toHaveLength(sids.length - (totals.mediaStarts ?? 0));
  });

  test("and the time that they are about are split by rule, and add up to all", async () => {
    const asked = { metrics: "mendings,mendedTime", dimension: "rule" };
    const { rows } = await ask(server, REPORTS, { ...asked, filter: "mendings>0" });
    const { totals } = await ask(server, REPORTS, { metrics: asked.metrics });
    const sumOfRows = (id: string) =>
      rows.reduce((sum: number, row: Record<string, number>) => sum + (row[id] ?? 0), 0);
    expect(sumOfRows("mendings")).toBe(totals.mendings);
    expect(sumOfRows("mendedTime")).toBeCloseTo(totals.mendedTime, 6);
    expect(totals.mendedTime).toBeGreaterThan(0);
    const ofFilm = await rowsOf(server, { ...asked, filter: ["media.playerName==tv", "rule=~break"] });
    expect(ofFilm).toEqual([["break-never-completed", 2, 120]]);
  });
});

const DOWNLOADED: unknown = JSON.parse(
  readFileSync("test/golden/mending/03c-empty-break-never-completed.json", "utf8"),
);

async function download(to: TestServer): Promise<string> {
  const sid = sidOf(await to.post("/api/v1/downloaded", DOWNLOADED));
  await to.app.work();
  return sid;
}

/** What every kind of answer about a day says of its definitions. */
function told(by: TestServer, dayMs: number): Promise<{ definitions: number[]; definitionChoices?: object[] }[]> {
  const range = { from: dayMs - 43_200_000, to: dayMs + 43_200_000 };
  const questions = [
    ask(by, REPORTS, { ...range, metrics: "mediaStarts" }),
    ask(by, REPORTS, { ...range, metrics: "contentTimeSpent:p50", granularity: "month", mended: "false" }),
    ...["retention", "funnel"].map((curve) => ask(by, `/admin/api/${curve}`, range)),
    ask(by, "/admin/api/concurrency", { ...range, granularity: "hour" }),
    ask(by, "/admin/api/concurrency", { ...range, granularity: "hour", filter: "downloaded in true,false" }),
  ];
  return Promise.all(
    questions.map(async (question) => {
      const { definitions, definitionChoices } = await question;
      return { definitions, ...(definitionChoices && { definitionChoices }) };
    }),
  );
}

async function startOf(by: TestServer, sid: string): Promise<number> {
  return (await by.admin(`${LIST}/${sid}`)).session.startedAt;
}

describe("what an answer says of its definitions", () => {
  test("is their version, and none of what no session is", async () => {
    const startMs = await startOf(server, sids[0] as string);
    for (const each of await told(server, startMs - 864_000_000)) expect(each).toEqual({ definitions: [] });
    for (const each of await told(server, startMs)) expect(each).toEqual({ definitions: [DEFINITIONS_VERSION] });
  });

  test("is what the server chose of them, until a recompute by other choices", async () => {
    const chosen = { mendingOff: ["same-tick", "ad-overtaken"], bitrateUnit: "bps" };
    await using own = await startTestServer({ config: chosen as Partial<Settings> });
    const startMs = await startOf(own, await download(own));
    const all = await told(own, startMs);
    const sorted = { ...chosen, mendingOff: chosen.mendingOff.toSorted() };
    for (const each of all) expect(each).toEqual({ definitions: [DEFINITIONS_VERSION], definitionChoices: [sorted] });
    await own.restart(0, { mendingOff: [], bitrateUnit: "auto" });
    await download(own);
    const mixed = await told(own, startMs);
    for (const each of mixed)
      expect(each).toEqual({
        definitions: [DEFINITIONS_VERSION],
        definitionChoices: [{ mendingOff: [], bitrateUnit: "auto" }, sorted],
      });
  });
});

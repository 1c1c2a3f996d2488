/** Reports over HTTP: by URL or body, as JSON or CSV, and whatever else may be sent there. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { reportCatalogue } from "../../src/reports/catalogue/catalogue.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, type Members, playAll, post, REPORTS, refusalOf } from "../support/viewings.ts";

const CURVES = ["retention", "funnel", "findings", "concurrency"].map((name) => `/admin/api/${name}`);
const PATHS = [REPORTS, `${REPORTS}/catalogue`, ...CURVES];
/** With an aggregation of each kind, so that a report that is answered has been counted. */
const METRICS = "mediaStarts,contentTimeSpent:p95,rebufferingRatio,contentTimeSpent:mean";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await playAll(server, [
    { params: { "media.name": "=SUM(A1:A9)", "media.channel": "web" }, moments: ["0 play, 10 sessionEnd"] },
    { params: { "media.name": '+1, or "more"', "media.channel": "web" }, moments: ["0 play, 20 sessionEnd"] },
    { params: { "media.name": "@cmd", "media.channel": "tv" }, moments: ["0 play, 30 sessionEnd"] },
    { params: { "media.name": "-2\nlines", "media.length": -5 }, moments: ["0 play, 40 sessionEnd"] },
    { customMetadata: { "a,b": "x", "=k": "y" }, moments: ["3 sessionEnd @0"] },
  ]);
});
afterAll(() => server[Symbol.asyncDispose]());

describe("reports", () => {
  for (const path of PATHS) {
    test(`at ${path} are behind the token, for no other origin and no cache`, async () => {
      for (const headers of [{}, { Authorization: "Bearer wrong" }]) {
        const refused = await fetch(`${server.url}${path}?metrics=mediaStarts`, { headers });
        expect([refused.status, await refused.json()]).toEqual([
          401,
          { code: "unauthorized", message: expect.stringContaining("needs a token") },
        ]);
      }
      const answer = await get(server, path, path === REPORTS ? { metrics: "mediaStarts" } : {});
      expect(answer.status).toBe(200);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    });
  }

  test("know no reserved parameter that a player sends, in whatever dimension", async () => {
    await using apart = await startTestServer();
    const reserved = { "viewer.device": "x-ray", "viewer.bot": "x-ray", "edge.id": "x-ray", viewer: "x-ray" };
    await playAll(apart, [{ params: { ...reserved, "media.name": "A film" }, moments: ["0 play, 20 sessionEnd"] }]);
    const names = reportCatalogue().dimensions.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(30);
    for (const dimension of [...names, ...Object.keys(reserved)]) {
      const answer = await get(apart, REPORTS, { metrics: "mediaStarts", dimension });
      expect([dimension, (await answer.text()).includes("x-ray")]).toEqual([dimension, false]);
    }
  });

  test("by a body are the same as by a URL", async () => {
    const asked = { from: "2023-01-01", to: "2023-12-31", timezone: "Europe/Berlin", sort: "media.name" };
    const byUrl = await ask(server, REPORTS, {
      ...asked,
      ...{
        metrics: METRICS,
        dimension: "media.name,media.channel",
        filter: ["media.channel==web", "contentTimeSpent>5"],
      },
      ...{ compare: "previous", limit: 7, granularity: "month", open: "exclude" },
    });
    const response = await post(server, REPORTS, {
      ...asked,
      ...{ metrics: METRICS.split(","), dimension: ["media.name", "media.channel"], limit: 7, granularity: "month" },
      ...{ compare: "previous", open: "exclude" },
      filter: [
        { name: "media.channel", operator: "==", value: "web" },
        { name: "contentTimeSpent", operator: ">", values: [5] },
      ],
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(byUrl);
    expect(byUrl.rows).toHaveLength(2);
  });

  test("take a list by repeating it, by commas, or both", async () => {
    const columnsOf = async (members: Members) =>
      (await ask(server, REPORTS, members)).columns.map(({ name }: { name: string }) => name);
    const expected = ["media.name", "media.channel", "mediaStarts", "adStarts"];
    expect(await columnsOf({ metrics: "mediaStarts,adStarts", dimension: "media.name,media.channel" })).toEqual(
      expected,
    );
    expect(
      await columnsOf({ metrics: ["mediaStarts", "adStarts"], dimension: ["media.name", "media.channel"] }),
    ).toEqual(expected);
    expect(
      await columnsOf({ metrics: ["mediaStarts,adStarts"], dimension: ["media.name", " media.channel,"] }),
    ).toEqual(expected);
  });

  test("by a body have names that a list in a text can't", async () => {
    const response = await post(server, REPORTS, {
      metrics: ["mediaStarts"],
      dimension: ["customMetadata.a,b", "customMetadata.=k"],
    });
    expect(((await response.json()) as { rows: unknown[] }).rows).toEqual([
      { "customMetadata.a,b": null, "customMetadata.=k": null, mediaStarts: 4 },
      { "customMetadata.a,b": "x", "customMetadata.=k": "y", mediaStarts: 1 },
    ]);
  });

  test("list in their catalogue what they can be asked for, each of it", async () => {
    const catalogue = await ask(server, `${REPORTS}/catalogue`, {});
    expect(catalogue).toEqual(JSON.parse(JSON.stringify(reportCatalogue())));
    for (const { name } of catalogue.dimensions) {
      expect((await get(server, REPORTS, { metrics: METRICS, dimension: name })).status).toBe(200);
    }
    const all: string[] = catalogue.metrics.flatMap(({ id, aggregations }: { id: string; aggregations: string[] }) =>
      aggregations.map((each) => `${id}:${each}`),
    );
    expect(all.length).toBeGreaterThan(200);
    for (let at = 0; at < all.length; at += 50) {
      const { totals } = await ask(server, REPORTS, { metrics: all.slice(at, at + 50).join() });
      expect(Object.keys(totals)).toEqual(all.slice(at, at + 50));
    }
  });
});

describe("a report as CSV", () => {
  const csv = async (members: Members) => {
    const response = await get(server, REPORTS, members, { Accept: "text/csv" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    const day = new Date(server.clock.nowMs()).toISOString().slice(0, 10);
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="playhead-report-${day}.csv"`);
    expect(response.headers.get("vary")).toBe("Accept");
    return response.text();
  };

  /** With the byte order mark, which reading text takes away. */
  const csvBytes = async (members: Members) => {
    const response = await get(server, REPORTS, members, { Accept: "text/csv" });
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.bytes());
  };

  test("has nothing that a spreadsheet would run", async () => {
    const members = {
      metrics: "mediaStarts,contentTimeSpent,rebufferingRatio",
      dimension: "media.name",
      sort: "contentTimeSpent",
    };
    expect(await csv(members)).toBe(
      [
        "media.name,mediaStarts,contentTimeSpent,rebufferingRatio",
        ",1,0,",
        "'=SUM(A1:A9),1,10,0",
        `"'+1, or ""more""",1,20,0`,
        "'@cmd,1,30,0",
        `"'-2\nlines",1,40,0`,
        "",
      ].join("\r\n"),
    );
    expect(await csv({ metrics: "mediaStarts", dimension: "customMetadata.=k", limit: 1 })).toStartWith(
      "customMetadata.=k,",
    );
  });

  test("keeps negative numbers numbers, and times as they are", async () => {
    expect(await csv({ metrics: "mediaStarts", dimension: "media.length", filter: "media.length<0" })).toBe(
      "media.length,mediaStarts\r\n-5,1\r\n",
    );
    const from = "2023-11-14T22:00:00Z";
    const days = await csv({
      metrics: "mediaStarts",
      granularity: "day",
      from,
      to: "2023-11-16",
      timezone: "Asia/Kolkata",
    });
    expect(days).toBe("time,mediaStarts\r\n2023-11-15T00:00:00+05:30,5\r\n");
  });

  test("for a spreadsheet has a mark of its encoding, and times that it reads as such", async () => {
    const asked = { metrics: "mediaStarts", granularity: "hour", from: "2026-10-25", to: "2026-10-26", bom: "1" };
    const lines = (await csvBytes({ ...asked, timezone: "Europe/Berlin", limit: 4 })).split("\r\n");
    expect(lines).toEqual([
      "\ufefftime,utcOffset,mediaStarts",
      "2026-10-25 00:00:00,UTC+02:00,0",
      "2026-10-25 01:00:00,UTC+02:00,0",
      "2026-10-25 02:00:00,UTC+02:00,0",
      "2026-10-25 02:00:00,UTC+01:00,0",
      "",
    ]);
    expect(await csvBytes({ metrics: "mediaStarts", bom: "1" })).toBe("\ufeffmediaStarts\r\n5\r\n");
    expect((await get(server, REPORTS, { metrics: "mediaStarts", bom: "2" })).status).toBe(400);
  });

  test("of totals alone is one line of them", async () => {
    expect(await csv({ metrics: "mediaStarts,contentTimeSpent", compare: "previous" })).toBe(
      "mediaStarts,mediaStarts:previous,contentTimeSpent,contentTimeSpent:previous\r\n5,0,100,0\r\n",
    );
  });

  test("is refused in JSON", async () => {
    const refused = await get(server, REPORTS, { metrics: "x" }, { Accept: "text/csv" });
    expect([refused.status, refused.headers.get("content-type")]).toEqual([400, "application/json"]);
  });
});

describe("whatever else is asked", () => {
  const members: readonly Members[] = [
    {},
    { metrics: "" },
    { metrics: "'; drop table sessions; --" },
    { metrics: "mediaStarts", dimension: "__proto__" },
    { metrics: "mediaStarts", dimension: 'media.name" FROM sessions; --' },
    { metrics: "mediaStarts", dimension: "\u0000" },
    { metrics: "mediaStarts", limit: 0 },
    { metrics: "mediaStarts", limit: "1e9" },
    { metrics: "mediaStarts", limit: "-1" },
    { metrics: "mediaStarts", limit: "1.5" },
    { metrics: "mediaStarts", limit: 10_001 },
    { metrics: "mediaStarts", from: "NaN" },
    { metrics: "mediaStarts", to: "-8640000000000000" },
    { metrics: "mediaStarts", from: "1970-01-01", to: "2020-01-01" },
    { metrics: "mediaStarts", timezone: "Europe/Berlin'; --" },
    { metrics: "mediaStarts", filter: Array(21).fill("status==open") },
    { metrics: "mediaStarts", sort: "contentStarts" },
    { metrics: "boomCount" },
    { metrics: "__proto__Count" },
    { metrics: "mediaStarts", dimension: "media.ad.id,media.state.name" },
    { metrics: "mediaStarts", "media.id": "x" },
    { metrics: "mediaStarts", __proto__x: 1 },
  ];
  for (const each of members) {
    test(`?${new URLSearchParams(each as Record<string, string>)}`.slice(0, 80), async () => {
      const [status, message] = await refusalOf(get(server, REPORTS, each));
      expect([status, message.length > 10]).toEqual([400, true]);
      expect(message).not.toMatch(/drop table|FROM sessions|Berlin'|boom|DuckDB|SELECT/);
    });
  }

  test("of the curves is refused as well", async () => {
    for (const path of CURVES) {
      for (const each of [
        { metrics: "mediaStarts" },
        { from: "x" },
        { filter: "x==1" },
        { timezone: "x" },
        { granularity: "x" },
      ]) {
        expect([path, each, (await get(server, path, each as Members)).status]).toEqual([path, each, 400]);
      }
    }
  });

  const bodies: readonly (readonly [name: string, body: string | Uint8Array, status: number])[] = [
    ["nothing", "", 400],
    ["no JSON", "{", 400],
    ["invalid UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400],
    ["a NUL", "\0", 400],
    ["a list", "[]", 400],
    ["a million brackets", `${"[".repeat(500_000)}${"]".repeat(500_000)}`, 400],
    ["metrics that deep", `{"metrics":${"[".repeat(300_000)}${"]".repeat(300_000)}}`, 400],
    ["a filter that deep", `{"metrics":"adStarts","filter":${'{"name":'.repeat(100_000)}1${"}".repeat(100_000)}}`, 400],
    ["a hundred thousand metrics", JSON.stringify({ metrics: Array(100_000).fill("x") }), 400],
    ["a metric of half a megabyte", JSON.stringify({ metrics: "x".repeat(500_000) }), 400],
    ["a filter of half a megabyte", JSON.stringify({ metrics: "adStarts", filter: " ".repeat(500_000) }), 400],
    ["a body over its bound", " ".repeat(1_048_577), 413],
  ];
  for (const [name, body, status] of bodies) {
    test(`by a body of ${name} is ${status}`, async () => {
      const startMs = performance.now();
      const [answered, message] = await refusalOf(post(server, REPORTS, body));
      expect([answered, message.length < 3000]).toEqual([status, true]);
      expect(performance.now() - startMs).toBeLessThan(5000);
    });
  }

  test("by the longest question that is taken is answered", async () => {
    const values = Array.from({ length: 1000 }, (_, at) => `value ${at}`);
    const filter = Array.from({ length: 20 }, (_, at) => ({ name: `customMetadata.key${at}`, operator: "in", values }));
    const metrics = reportCatalogue()
      .metrics.slice(0, 50)
      .map(({ id }) => id);
    const dimension = ["customMetadata.\u{1f3ac}", "customMetadata.\u0000"];
    const response = await post(server, REPORTS, {
      metrics,
      dimension,
      filter,
      granularity: "hour",
      compare: "previous",
    });
    expect([response.status, ((await response.json()) as { rows: unknown[] }).rows]).toEqual([200, []]);
  });

  test("leaves the server as it was: it answers, in the same Worker, and has logged no failure", async () => {
    expect((await ask(server, REPORTS, { metrics: "mediaStarts" })).totals).toEqual({ mediaStarts: 5 });
    const failures = server.logged
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level === "error" || level === "warn");
    expect(failures).toEqual([]);
  });
});

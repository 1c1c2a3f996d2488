/** What is kept of a viewer's device and country: words alone, of every way in, and only what may be believed. */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../../src/config.ts";
import { exported, imported } from "../../ingest/moved.ts";
import { startXdm } from "../../protocol/edge/xdm.ts";
import { mmdb } from "../../support/mmdb.ts";
import { eventAt, sessionStart, startTestServer, type TestServer, tempDir } from "../../support/server.ts";
import { ask, REPORTS } from "../../support/viewings.ts";

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
  "Version/18.1 Mobile/15E148 Safari/604.1";
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const PHONE = {
  "viewer.device": "phone",
  "viewer.browser": "Safari",
  "viewer.os": "iOS",
  "viewer.bot": "no",
};
const CLIENT = "81.2.69.160";
const DOWNLOADED = [sessionStart({ "media.downloaded": true }), eventAt(1, "play"), eventAt(5, "ping")];
const EDGE_DOWNLOADED = {
  mediaDownloadedEvents: [
    {
      mediaEventType: "media.sessionStart",
      mediaEventTimestamp: "2026-03-04T13:00:00Z",
      mediaCollection: (startXdm() as { mediaCollection: object }).mediaCollection,
    },
  ],
};

type Headers = Readonly<Record<string, string>>;

/** Opens a session in a way of its own. */
const WAYS: readonly (readonly [what: string, path: string, body: object])[] = [
  ["a start", "/api/v1/sessions", sessionStart()],
  ["downloaded content as a start", "/api/v1/sessions", DOWNLOADED],
  ["downloaded content", "/api/v1/downloaded", DOWNLOADED],
  ["a start of Media Edge", "/ee/va/v1/sessionStart?configId=s", { events: [{ xdm: startXdm() }] }],
  ["a batch of Media Edge", "/ee/v1/interact?configId=s", { events: [{ xdm: startXdm() }] }],
  ["downloaded content of Media Edge", "/ee/va/v1/downloaded?configId=s", { events: [{ xdm: EDGE_DOWNLOADED }] }],
];

async function derivedOf(server: TestServer, headers: Headers, way = WAYS[0]): Promise<Record<string, string>> {
  const [, path = "", body = {}] = way ?? [];
  const response = await server.post(path, body, { ...headers });
  expect([path, response.ok]).toEqual([path, true]);
  const { sessions } = await server.admin("/admin/api/sessions?limit=1");
  return sessions[0].derived;
}

function geoSettings(directory: string, bytes: Buffer): Partial<Settings> {
  const geoDatabase = join(directory, "countries.mmdb");
  writeFileSync(geoDatabase, bytes);
  return { geoDatabase, trustedProxies: ["127.0.0.1"] };
}

describe("a viewer's device", () => {
  test("is kept as words, whatever way a session opens in, and no text that they come from", async () => {
    await using server = await startTestServer({ config: { trustedProxies: ["127.0.0.1"] } });
    for (const way of WAYS) {
      const headers = { "User-Agent": `${IPHONE} secret-agent`, "X-Forwarded-For": CLIENT };
      expect([way[0], await derivedOf(server, headers, way)]).toEqual([way[0], expect.objectContaining(PHONE)]);
    }
    await server.app.stop();
    const files = readdirSync(server.dataDir, { withFileTypes: true, recursive: true }).filter((each) => each.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name: file } of files) {
      const bytes = readFileSync(join(parentPath, file));
      expect([file, bytes.includes("secret-agent"), bytes.includes(CLIENT)]).toEqual([file, false, false]);
    }
  });

  test("is no part of a session where the setting is off", async () => {
    await using server = await startTestServer({ config: { device: "off" } });
    expect(await derivedOf(server, { "User-Agent": IPHONE })).toBeUndefined();
  });

  test("is a dimension, a filter, a column of exports, and moves with an import", async () => {
    await using server = await startTestServer();
    await derivedOf(server, { "User-Agent": IPHONE });
    await derivedOf(server, { "User-Agent": GOOGLEBOT });
    await server.app.work();
    const report = { metrics: "mediaStarts", from: "2023-01-01", to: "2024-01-01", dimension: "viewer.device" };
    expect((await ask(server, REPORTS, { ...report, sort: "viewer.device" })).rows).toEqual([
      { "viewer.device": "other", mediaStarts: 1 },
      { "viewer.device": "phone", mediaStarts: 1 },
    ]);
    const bots = await ask(server, REPORTS, { ...report, filter: "viewer.bot==crawler" });
    expect(bots.rows).toEqual([{ "viewer.device": "other", mediaStarts: 1 }]);
    await using target = await startTestServer({ clock: server.clock });
    await imported(target, await exported(server));
    await target.app.work();
    expect(await exported(target, "sessions")).toBe(await exported(server, "sessions"));
    expect(await exported(target, "sessions")).toContain('"viewer.os":"iOS"');
  });
});

describe("a viewer's country", () => {
  const GERMANY = mmdb({ "81.2.69.0/24": { country: { iso_code: "DE" } } });

  test("is that of the client's address, as far as proxies may be believed", async () => {
    using directory = tempDir();
    await using server = await startTestServer({ config: geoSettings(directory.path, GERMANY) });
    for (const way of WAYS) {
      expect([way[0], await derivedOf(server, { "X-Forwarded-For": CLIENT }, way)]).toEqual([
        way[0],
        expect.objectContaining({ "viewer.country": "DE" }),
      ]);
    }
    await server.restart(0, { trustedProxies: [] });
    expect(await derivedOf(server, { "X-Forwarded-For": CLIENT })).not.toHaveProperty("viewer.country");
  });

  test("is what a trusted proxy says before that, and nothing that it can't be", async () => {
    using directory = tempDir();
    const config = { ...geoSettings(directory.path, GERMANY), countryHeader: "CF-IPCountry" };
    await using server = await startTestServer({ config });
    const countryOf = async (said: string) => {
      return (await derivedOf(server, { "CF-IPCountry": said, "X-Forwarded-For": CLIENT }))["viewer.country"];
    };
    expect(await countryOf("fr")).toBe("FR");
    for (const said of ["XX", "T1", "France", "<b>", "F", ""])
      expect([said, await countryOf(said)]).toEqual([said, "DE"]);
    await server.restart(0, { trustedProxies: ["10.0.0.0/8"] });
    expect(await countryOf("fr")).toBeUndefined();
  });

  test("follows its file when that is replaced, and keeps the old one where the new one is none", async () => {
    using directory = tempDir();
    const config = geoSettings(directory.path, GERMANY);
    await using server = await startTestServer({ config });
    const replaceBy = async (bytes: Buffer | string) => {
      const next = join(directory.path, "next");
      writeFileSync(next, bytes);
      renameSync(next, config.geoDatabase ?? "");
      await server.app.work();
      return (await derivedOf(server, { "X-Forwarded-For": CLIENT }))["viewer.country"];
    };
    expect(await replaceBy(mmdb({ "81.2.69.0/24": { country: { iso_code: "GB" } } }))).toBe("GB");
    expect(await replaceBy("no database")).toBe("GB");
    const told = server.logged.filter((line) => line.includes("database of countries"));
    expect(told).toEqual([
      expect.stringContaining("Replaced the database of countries"),
      expect.stringContaining("it is no MMDB file, or one that was cut off"),
    ]);
  });

  test("needs a file of countries: any other stops the start with a sentence", async () => {
    using directory = tempDir();
    const refusal = (config: Partial<Settings>) => startTestServer({ config }).catch((error: unknown) => String(error));
    expect(await refusal(geoSettings(directory.path, Buffer.from("no database")))).toEndWith(
      '/countries.mmdb" (PLAYHEAD_GEO_DATABASE): it is no MMDB file, or one that was cut off; ' +
        "name a file of countries in MaxMind's format",
    );
    expect(await refusal({ geoDatabase: join(directory.path, "absent") })).toEndWith("there is no such file");
    expect(await refusal({ geoDatabase: directory.path })).toEndWith("it is a directory");
  });
});

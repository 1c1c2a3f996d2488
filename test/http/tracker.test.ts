/** The tracker as it is served: its size, who may load it, and how long it is kept. */

import { describe, expect, test } from "bun:test";
import { createAsset } from "../../src/http/answer/asset.ts";
import { buildTracker } from "../../src/http/tracker-build.ts";
import { startTestServer } from "../support/server.ts";

const FILES = [
  ["/tracker.js", "text/javascript; charset=utf-8", "window.Playhead"],
  ["/tracker.mjs", "text/javascript; charset=utf-8", "export{"],
  ["/tracker.d.ts", "text/plain; charset=utf-8", "export declare function track("],
  ["/tracker/offline.mjs", "text/javascript; charset=utf-8", "localStorage"],
] as const;
const CORE_BYTES_MAX = 4096;

describe("the tracker", () => {
  test("is at most 4 kB, compressed as it is sent, whether as a script or as a module", async () => {
    const texts = await buildTracker();
    for (const name of ["tracker.js", "tracker.mjs"]) {
      const bytes = createAsset(texts[name] ?? "").zipped.byteLength;
      expect([name, bytes, bytes <= CORE_BYTES_MAX && bytes > 1000]).toEqual([name, bytes, true]);
    }
  });

  test("is code that a strict policy lets run", async () => {
    for (const [name, text] of Object.entries(await buildTracker())) {
      expect([name, /\beval\(|new Function\(|document\.write|\.cookie\b/.exec(text)]).toEqual([name, null]);
    }
  });

  test("is served to every origin, compressed, and kept for ten minutes", async () => {
    await using server = await startTestServer();
    for (const [path, type, contains] of FILES) {
      const answer = await fetch(server.url + path);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain(contains);
      const headers = Object.fromEntries(answer.headers);
      expect(headers).toMatchObject({
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
        "cache-control": "public, max-age=600",
        "content-encoding": "gzip",
        "content-type": type,
      });
      const again = await fetch(server.url + path, { headers: { "If-None-Match": headers["etag"] ?? "" } });
      expect([path, again.status, await again.text()]).toEqual([path, 304, ""]);
      const plain = await fetch(server.url + path, { headers: { "Accept-Encoding": "identity" } });
      expect(plain.headers.get("content-encoding")).toBeNull();
    }
  });

  test("checks what pages say where a developer looks: asked as localhost, or strict", async () => {
    await using server = await startTestServer();
    await using strict = await startTestServer({ config: { validation: "strict" } });
    const checks = async (url: string, host?: string) => {
      const answer = await fetch(`${url}/tracker.mjs`, { headers: host ? { Host: host } : {} });
      return (await answer.text()).includes("did you mean");
    };
    expect(await checks(server.url)).toBe(true);
    expect(await checks(server.url, "media.example")).toBe(false);
    expect(await checks(strict.url, "media.example")).toBe(true);
  });

  test("has the parts that it loads, and no other", async () => {
    await using server = await startTestServer();
    for (const part of ["chapters", "ima", "offline", "player", "refusal"]) {
      expect((await fetch(`${server.url}/tracker/${part}.mjs`)).status).toBe(200);
    }
    for (const part of ["nothing.mjs", "constructor", "..%2Ftracker.js"]) {
      expect([part, (await fetch(`${server.url}/tracker/${part}`)).status]).toEqual([part, 404]);
    }
  });
});

describe("the demo", () => {
  test("is there only where it was asked for", async () => {
    await using server = await startTestServer();
    for (const path of ["/demo", "/demo/demo.js", "/demo/clip.mp4"]) {
      expect((await fetch(server.url + path)).status).toBe(404);
    }
  });

  test("is a page and its parts; the film is sent in ranges, so that players can seek", async () => {
    await using server = await startTestServer({ config: { demo: true } });
    const page = await fetch(`${server.url}/demo`);
    expect(page.headers.get("content-security-policy")).toContain("media-src 'self'");
    const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"#:]+)"/g)].map(([, part]) => part);
    expect(parts).toContain("demo/clip.mp4");
    for (const part of parts) expect([part, (await fetch(`${server.url}/${part}`)).status]).toEqual([part, 200]);
    const range = await fetch(`${server.url}/demo/clip.mp4`, { headers: { Range: "bytes=10-19" } });
    expect([range.status, (await range.bytes()).byteLength]).toEqual([206, 10]);
    const beyond = await fetch(`${server.url}/demo/clip.mp4`, { headers: { Range: "bytes=99999999-" } });
    expect(beyond.status).toBe(416);
  });

  test("gives verdicts of its own sessions alone", async () => {
    await using server = await startTestServer({ config: { demo: true } });
    const [own, other] = await Promise.all(
      ["playhead-demo", "another"].map((channel) =>
        server.post("/api/v1/sessions", {
          eventType: "sessionStart",
          playerTime: { playhead: 0, ts: 1_700_000_000_000 },
          params: {
            "analytics.trackingServer": "x",
            "analytics.reportSuite": "x",
            "analytics.visitorId": "viewer-1",
            "visitor.marketingCloudOrgId": "x",
            "media.id": "x",
            "media.length": 1,
            "media.contentType": "VOD",
            "media.playerName": "x",
            "media.channel": channel,
          },
        }),
      ),
    );
    const sid = (answer: Response | undefined) => answer?.headers.get("Location")?.split("/")[4];
    const verdicts = await fetch(`${server.url}/demo/sessions/${sid(own)}`);
    const text = await verdicts.text();
    expect(JSON.parse(text).events).toMatchObject([{ type: "sessionStart", verdict: "counted" }]);
    expect(text).not.toContain("viewer-1");
    expect((await fetch(`${server.url}/demo/sessions/${sid(other)}`)).status).toBe(404);
    expect((await fetch(`${server.url}/demo/sessions/nothing`)).status).toBe(404);
  });
});

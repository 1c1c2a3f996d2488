/** What docs/protocol.md says of clients that can't be proven in strict mode, or whose pages can't read an answer. */

import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { eventAt, sessionStart, startTestServer } from "../support/server.ts";

/** As THEOplayer's connector sends it. */
const THEO_AD_BREAK = eventAt(1, "adBreakStart", {
  params: { "media.ad.podIndex": 0, "media.ad.podFriendlyName": "pre-roll" },
  customMetadata: { series: "one" },
});

async function startFrom(page: Page, url: string, credentials: "same-origin" | "include"): Promise<string> {
  const body = JSON.stringify(sessionStart());
  return page.evaluate<string>(`
    fetch(${JSON.stringify(`${url}/api/v1/sessions`)}, {
      method: "POST",
      body: ${JSON.stringify(body)},
      credentials: ${JSON.stringify(credentials)},
    }).then((answer) => String(answer.headers.get("Location")), (error) => error.name)`);
}

describe("an ad break of THEOplayer's connector", () => {
  test("is refused by strict, and counted by standard", async () => {
    await using strict = await startTestServer({ config: { validation: "strict" } });
    expect(await strict.add(await strict.open(), THEO_AD_BREAK)).toBe(400);
    await using standard = await startTestServer();
    const sid = await standard.open();
    expect(await standard.add(sid, THEO_AD_BREAK)).toBe(204);
    const { events } = await standard.admin(`/admin/api/sessions/${sid}`);
    expect(events[1]).toMatchObject({
      verdict: "counted",
      flags: expect.arrayContaining(["misplaced-member:customMetadata", "missing-parameter:media.ad.podSecond"]),
    });
  });
});

describe("a page of another origin", () => {
  for (const origins of [[], ["listed"]] as const) {
    test(`reads the Location without credentials, and not with them (${origins.length} origins listed)`, async () => {
      using site = serveEmptyPage();
      await using server = await startTestServer({ config: { origins: origins.map(() => site.origin) } });
      await using browser = await openBrowser();
      const page = await browser.newPage();
      await page.goto(site.origin);
      expect(await startFrom(page, server.url, "same-origin")).toMatch(/^\/api\/v1\/sessions\/[0-9a-f]{64}$/);
      expect(await startFrom(page, server.url, "include")).toBe("TypeError");
      // It arrived all the same.
      expect((await server.admin("/admin/api/sessions")).sessions.length).toBe(2);
    });
  }
});

function serveEmptyPage(): Disposable & { readonly origin: string } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("<title>A page</title>", { headers: { "Content-Type": "text/html" } }),
  });
  return { origin: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

/** Sessions in a browser: found in the list, looked into, and followed while they go on. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { METRICS } from "../../src/sessions/metrics.ts";
import { eventAt, sessionStart } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

const TEST_MS_MAX = 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The events as they are listed: type and verdict. */
async function listed(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`
    [...document.querySelectorAll("[role=grid] [role=rowgroup] [role=row]")]
      .map((row) => [row.querySelector(".event-type"), row.querySelector(".verdict")])
      .filter(([type, verdict]) => type && verdict)
      .map(([type, verdict]) => type.textContent + " " + verdict.textContent)`);
}

describe("a recording", () => {
  test(
    "that is pasted shows the page it would have, and is stored nowhere",
    async () => {
      const before = (await stage.admin("/admin/api/sessions")).sessions.length;
      const page = await stage.page("sessions");
      await page.getByRole("link", { name: "Fold a recording" }).click();
      const field = page.getByRole("textbox", { name: "The recording as JSON" });
      await field.fill("[{}]");
      await page.getByRole("button", { name: "Fold", exact: true }).click();
      await page.getByText("/0/eventType is required").waitFor();
      const error = eventAt(1, "error", { qoeData: { "media.qoe.errorID": "E7" } });
      const events = [sessionStart({ "media.name": "Recorded" }), error, eventAt(9, "sessionEnd")];
      await field.fill(JSON.stringify(events));
      await page.getByRole("button", { name: "Fold", exact: true }).click();
      await page.getByRole("heading", { name: "Recorded" }).waitFor();
      expect(await listed(page)).toEqual(["sessionStart counted", "error counted", "sessionEnd counted"]);
      expect(await page.locator(".verdict.unseen").count()).toBe(0);
      await page.getByRole("grid").getByText("E7", { exact: true }).waitFor();
      await page.locator(".session-head").getByText("Failed to start").waitFor();
      expect(await page.getByRole("button", { name: "Erase…" }).count()).toBe(0);
      expect((await stage.admin("/admin/api/sessions")).sessions.length).toBe(before);
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );
});

describe("a session's page", () => {
  test(
    "shows each event with its verdict as it comes, until the session ends",
    async () => {
      const sid = await stage.start({ "media.name": "Followed", "media.length": 60 });
      const page = await stage.page(`sessions/${sid}`);
      await page.getByRole("heading", { name: "Followed" }).waitFor();
      await waitFor(async () => (await listed(page)).join() === "sessionStart counted");
      // An ad outside a break is stored, and not counted: the first complaint of the field.
      const moments = [
        ["play", 1, {}, "play counted"],
        ["adStart", 2, { params: { "media.ad.id": "ad", "media.ad.length": 5 } }, "adStart ignored"],
        ["pauseStart", 3, {}, "pauseStart counted"],
        ["play", 5, {}, "play counted"],
      ] as const;
      const shown = ["sessionStart counted"];
      for (const [type, second, members, line] of moments) {
        await stage.add(sid, type, second, members);
        shown.push(line);
        await waitFor(async () => (await listed(page)).join() === shown.join());
      }
      await page.getByText("ad-outside-break").first().waitFor();
      await stage.add(sid, "sessionEnd", 9);
      await page.getByText("Ended by the viewer").waitFor();
      const { events } = await stage.admin(`/admin/api/sessions/${sid}`);
      expect(await listed(page)).toEqual(
        events.map(({ type, verdict }: { type: string; verdict: string }) => `${type} ${verdict}`),
      );
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test(
    "shows one that has played to its end as completed, drawn to its last event, until it plays again",
    async () => {
      const sid = await stage.start({ "media.name": "Seen whole", "media.length": 60 });
      const page = await stage.page(`sessions/${sid}`);
      const head = page.locator(".session-head");
      await stage.add(sid, "play", 0);
      await head.getByText("Open", { exact: true }).waitFor();
      await stage.add(sid, "sessionComplete", 60);
      await head.getByText("Played to its end", { exact: true }).waitFor();
      expect(await head.getByText("Open", { exact: true }).count()).toBe(0);
      expect(await page.locator(".timeline-panel").getByText("1:00", { exact: true }).first().textContent()).toBe(
        "1:00",
      );
      const list = await stage.page("sessions");
      await list.getByRole("row").filter({ hasText: "Seen whole" }).getByText("At its end", { exact: true }).waitFor();
      await list.context().close();
      await stage.add(sid, "play", 70);
      await head.getByText("Open", { exact: true }).waitFor();
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test(
    "shows why each number is what it is, and the parts add up to it",
    async () => {
      const sid = await stage.start({ "media.name": "Explained", "media.length": 20 });
      const pod = { "media.ad.podFriendlyName": "pre", "media.ad.podIndex": 0, "media.ad.podSecond": 0 };
      const bitrate = { qoeData: { "media.qoe.bitrate": 2_000_000, "media.qoe.timeToStart": 900 } };
      const moments = [
        ["adBreakStart", 0, { params: pod }],
        ["adStart", 0.5, { params: { "media.ad.id": "a", "media.ad.length": 4, "media.ad.podPosition": 1 } }],
        ["adComplete", 4.5, {}],
        ["adBreakComplete", 5, {}],
        ["play", 6, bitrate],
        ["bufferStart", 8, {}],
        ["play", 9, {}],
        ["error", 10, { qoeData: { "media.qoe.errorID": "E1" } }],
        ["pauseStart", 11, {}],
        ["play", 14, {}],
        ["sessionComplete", 20, {}],
        ["sessionEnd", 20, {}],
      ] as const;
      for (const [type, second, members] of moments) await stage.add(sid, type, second, members);
      const page = await stage.page(`sessions/${sid}?tab=metrics`);
      await page.getByText("Ended by the viewer").waitFor();
      await page.getByLabel("Show empty").check();
      const { metrics } = await stage.admin(`/admin/api/sessions/${sid}`);
      expect(metrics["adTimeSpent"]).toBeGreaterThan(3);
      const told = await page.evaluate<string[][]>(`(async () => {
        const told = [];
        const text = (within, selector) => within.querySelector(selector)?.textContent;
        for (const id of ${JSON.stringify(METRICS.map(({ id }) => id))}) {
          const choice = document.querySelector('[data-metric="' + id + '"]');
          choice.click();
          const why = () => document.querySelector('[aria-label="Why this number"]');
          while (text(why(), ".why-value code") !== id) await new Promise(requestAnimationFrame);
          // What its parts come to is worked out in the page, apart from the fold.
          told.push([id, text(choice, "b"), text(why(), ".why-value b"), text(why(), ".why-sum b")]);
        }
        return told;
      })()`);
      expect(told.map(([id]) => id)).toEqual(METRICS.map(({ id }) => id));
      for (const [id, shown, value, sum] of told) expect([id, value, sum]).toEqual([id, shown, shown]);
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test("shows an event whole, by click and by keyboard, and keeps it in the address", async () => {
    const sid = await stage.start({ "media.name": "Looked into" });
    await stage.add(sid, "play", 1, { qoeData: { "media.qoe.bitrate": 1234 }, params: { "media.fooBar": "x" } });
    const page = await stage.page(`sessions/${sid}`);
    await page
      .getByRole("row")
      .filter({ has: page.locator(".event-type", { hasText: "play" }) })
      .click();
    const body = page.getByRole("region", { name: "Raw body" });
    const says = (text: string) => waitFor(async () => ((await body.textContent()) ?? "").includes(text));
    await says('"media.qoe.bitrate": 1234');
    await says('"eventType": "play"');
    await waitFor(() => page.url().includes("event="));
    const before = page.url();
    await page.keyboard.press("ArrowUp");
    await says('"eventType": "sessionStart"');
    await waitFor(
      async () => (await page.getByRole("row", { selected: true }).textContent())?.includes("sessionStart") ?? false,
    );
    // It follows when the keys rest.
    await waitFor(() => page.url() !== before);
    const address = page.url();
    await page.reload();
    await says('"eventType": "sessionStart"');
    expect(page.url()).toBe(address);
    await page.context().close();
  });

  test("fetches ten thousand events as the list scrolls, and draws only those in sight", async () => {
    const sinceMs = Date.now() - 20_000_000;
    const start = { "media.downloaded": true, "media.length": 12_000, "media.name": "Long" };
    const events = Array.from({ length: 10_000 }, (_, at) => ({
      eventType: at === 0 ? "play" : "ping",
      playerTime: { playhead: at, ts: sinceMs + at * 1000 },
    }));
    const sid = await stage.download(start, sinceMs, events);
    const page = await stage.page(`sessions/${sid}`);
    const grid = page.getByRole("grid", { name: "Events" });
    const isNext = async (rows: number) => (await grid.getAttribute("aria-rowcount")) === String(rows);
    await waitFor(() => isNext(1001));
    await page.getByText("show 1,000 of 10,001 events").waitFor();
    expect(await grid.getByRole("row").count()).toBeLessThan(80);
    await grid.getByRole("row").nth(1).click();
    for (let rows = 1001; rows <= 10_001; rows += 1000) {
      await waitFor(() => isNext(rows));
      await page.keyboard.press("End");
    }
    await waitFor(() => isNext(10_002));
    expect(await page.getByText("of 10,001 events").count()).toBe(0);
    await page.keyboard.press("End");
    await grid.locator('[aria-rowindex="10002"]').waitFor();
    expect(await grid.getByRole("row").count()).toBeLessThan(80);
    await page.context().close();
  });

  test("erases it once that is confirmed, and shows the list without it", async () => {
    const sid = await stage.start({ "media.name": "A ruined session" });
    await stage.add(sid, "play", 1);
    const page = await stage.page(`sessions/${sid}`);
    const asked = page.getByRole("dialog", { name: "Erase this session?" });
    await page.getByRole("button", { name: "Erase…" }).click();
    await asked.getByRole("button", { name: "Keep it" }).click();
    await asked.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Erase…" }).click();
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "hidden" });
    expect((await stage.admin(`/admin/api/sessions/${sid}`)).session.sid).toBe(sid);
    await page.getByRole("button", { name: "Erase…" }).click();
    await asked.getByRole("button", { name: "Erase it" }).click();
    await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
    expect(new URL(page.url()).hash).toMatch(/^#\/sessions(\?|$)/);
    expect(await page.getByText("A ruined session").count()).toBe(0);
    await expect(stage.admin(`/admin/api/sessions/${sid}`)).rejects.toThrow("404");
    expect(stage.complaints.filter((each) => !each.includes("404"))).toEqual([]);
    await page.context().close();
  });

  test("says so where there is no such session", async () => {
    const page = await stage.page(`sessions/${"0".repeat(64)}`);
    await page.getByText(/No session has this id/).waitFor();
    await page.context().close();
  });
});

describe("the list of sessions", () => {
  test("finds by title, by visitor and by sid, and leads to the session", async () => {
    const sid = await stage.start({ "media.name": "Needle in hay", "analytics.visitorId": "visitor-of-needle" });
    await stage.start({ "media.name": "Hay" });
    const page = await stage.page("sessions");
    const rows = page.getByRole("table", { name: "Sessions" }).getByRole("row");
    const found = async (text: string) => {
      await page.getByRole("searchbox").fill(text);
      await waitFor(async () => (await rows.count()) === 2);
      expect(await rows.nth(1).textContent()).toContain("Needle in hay");
    };
    await rows.filter({ hasText: "Needle in hay" }).waitFor();
    // Open sessions are found among facts that may be some seconds old.
    await waitFor(async () => (await stage.admin("/admin/api/sessions?search=needle")).sessions.length === 1, 20_000);
    await found("needle in");
    await found("visitor-of-needle");
    await found(sid.slice(0, 30));
    await page.getByRole("searchbox").fill(sid);
    await page.getByRole("heading", { name: "Needle in hay" }).waitFor();
    expect(page.url()).toContain(`#/sessions/${sid}`);
    // What else its viewer watched is one click away.
    await page.getByRole("link", { name: "visitor-of-n" }).click();
    await page.getByRole("heading", { name: "A viewer", level: 1 }).waitFor();
    expect(page.url()).not.toContain("visitor-of-needle");
    await waitFor(async () => (await rows.count()) === 2);
    expect(await rows.nth(1).textContent()).toContain("Needle in hay");
    expect(stage.complaints).toEqual([]);
    await page.context().close();
  });
});

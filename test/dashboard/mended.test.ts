/** Mended sessions in a browser: what was mended, where and by how much, and numbers without mending. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { sidOf } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

const TEST_MS_MAX = 60_000;
const GOLDEN = "test/golden/mending";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Downloads a golden session, as if it had been played a minute ago. @returns its sid */
async function download(name: string): Promise<string> {
  const events: { playerTime: { ts: number } }[] = JSON.parse(readFileSync(`${GOLDEN}/${name}.json`, "utf8"));
  const byMs = Date.now() - 60_000 - (events[0]?.playerTime.ts ?? 0);
  const moved = events.map((event) => {
    return { ...event, playerTime: { ...event.playerTime, ts: event.playerTime.ts + byMs } };
  });
  const sid = sidOf(await stage.post("/api/v1/downloaded", moved));
  await waitFor(async () => (await stage.admin(`/admin/api/sessions/${sid}`)).session?.status === "closed");
  return sid;
}

describe("a mended session's page", () => {
  test(
    "marks where and by how much, and has the numbers without mending beside the others",
    async () => {
      const sid = await download("03c-empty-break-never-completed");
      const page = await stage.page(`sessions/${sid}`);
      await page.getByText("Rules mended 1 thing that the player said.").waitFor();
      const mark = page.locator(".block.tone-mended");
      expect(await mark.getAttribute("data-title")).toMatch(
        /^break-never-completed at 0:0\d[.\d]*: 1 min count as another kind$/,
      );
      await page.getByRole("link", { name: "beside the others" }).click();
      const number = page.locator("[data-metric=contentTimeSpent]");
      expect(await number.textContent()).toMatch(/0 s 1 min$/);
      await number.click();
      const why = page.getByRole("region", { name: "Mending" });
      await why.getByText("Without mending 0 s: mending put in 1 min").waitFor();
      await why.getByText("break-never-completed").waitFor();
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test(
    "draws a session whose clock was set by the instants that count, and tells both",
    async () => {
      const sid = await download("01b-sessionend-5-years-ahead");
      const { events } = await stage.admin(`/admin/api/sessions/${sid}`);
      const at = events.findIndex(({ mendedTs }: { mendedTs?: number }) => mendedTs !== undefined);
      expect(at).toBeGreaterThan(0);
      const page = await stage.page(`sessions/${sid}`);
      const mark = page.locator(".block.tone-mended");
      expect(await mark.first().getAttribute("data-title")).toContain("all from here on moves back by");
      // The rule's words are cut rather than the flags behind them.
      const cutFlags = await page.evaluate(`[...document.querySelectorAll(".event-why .flag-chips")]
        .map((flags) => flags.getBoundingClientRect().right - flags.parentElement.getBoundingClientRect().right)
        .filter((beyond) => beyond > 0)`);
      expect(cutFlags).toEqual([]);
      await page
        .getByRole("row")
        .filter({ hasText: events[at].flags.at(-1) })
        .first()
        .click();
      const told = page.getByRole("region", { name: "The chosen event" });
      await told.getByText("Mended", { exact: true }).waitFor();
      await told.getByText(`(${events[at].ts})`).waitFor();
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );
});

describe("a page of reports", () => {
  test(
    "shows the numbers without mending at a click, and says which it has",
    async () => {
      await download("03c-empty-break-never-completed");
      const page = await stage.page("audience");
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.getByRole("button", { name: "Range:" }).click();
      await page.getByRole("button", { name: "As the player said" }).click();
      await page.getByText("Numbers of whole sessions without mending.").waitFor();
      await waitFor(async () => asked.some((url) => url.includes("mended=false")));
      expect(page.url()).toContain("mended=false");
      const starts = page.locator(".stat").filter({ hasText: "Plays" }).locator(".stat-value");
      const unmended = await stage.admin("/admin/api/reports?metrics=contentStarts&mended=false");
      await waitFor(async () => (await starts.textContent()) === String(unmended.totals.contentStarts));
      await page.getByRole("link", { name: "Ads", exact: true }).click();
      await page.getByRole("heading", { name: "Ads", level: 1 }).waitFor();
      expect(await page.getByText("mended=false has numbers").count()).toBe(0);
      await page.getByRole("button", { name: "Range:" }).click();
      await page.getByRole("button", { name: "Mended", exact: true }).click();
      await waitFor(async () => !page.url().includes("mended"));
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );
});

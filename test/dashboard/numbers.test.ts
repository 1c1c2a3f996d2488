/** The numbers of the pages of reports are those of the admin API. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import type { Unit } from "../../src/dashboard/api/answers.ts";
import { columnFormat, formatCount, formatMetricShort, formatShare } from "../../src/dashboard/format/numbers.ts";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

const REPORTS = "/admin/api/reports";
const TEST_MS_MAX = 60_000;

type Row = Readonly<Record<string, string | number | null>>;
interface Report {
  readonly rows: readonly Row[];
  readonly totals: Row;
}

let stage: Stage;
let scope: string;
let within: string;
const units = new Map<string, { unit: Unit; first: string }>();
beforeAll(async () => {
  stage = await Stage.open({ sessions: 1500, days: 5 });
  const day = (ms: number) => new Date(ms).toISOString().slice(0, "2026-01-01".length);
  const from = day(Date.now() - 6 * 86_400_000);
  const to = day(Date.now() + 2 * 86_400_000);
  scope = `range=${from}..${to}&zone=UTC`;
  within = `from=${from}&to=${to}&timezone=UTC`;
  const { metrics } = await stage.admin(`${REPORTS}/catalogue`);
  for (const { id, unit, aggregations } of metrics) units.set(id, { unit, first: aggregations[0] });
});
afterAll(() => stage[Symbol.asyncDispose]());

function columnOf(column: string) {
  const [id = "", aggregation] = column.split(":");
  const { unit = "count", first = "sum" } = units.get(id) ?? {};
  return { unit, aggregation: aggregation ?? first };
}

/** The number above, under its name. */
async function expectTiles(page: Page, search: string, tiles: Readonly<Record<string, string>>): Promise<void> {
  const { totals }: Report = await stage.admin(
    `${REPORTS}?metrics=${Object.values(tiles).join(",")}&${within}&${search}`,
  );
  for (const [label, column] of Object.entries(tiles)) {
    const tile = page.locator(".stat").filter({ has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) });
    const shown = tile.first().locator(".stat-value");
    const wanted = formatMetricShort(totals[column], columnOf(column));
    await waitFor(async () => (await shown.textContent()) === wanted).catch(async () => {
      expect([label, await shown.textContent()]).toEqual([label, wanted]);
    });
  }
}

/** The rows of a table in sight: each number behind what stands in front of it. */
async function expectRows(page: Page, label: string, search: string, columns: readonly string[]): Promise<void> {
  const { rows, totals }: Report = await stage.admin(`${REPORTS}?metrics=${columns.join(",")}&${within}&${search}`);
  expect(rows.length).toBeGreaterThan(0);
  const formats = columns.map((column) => {
    return columnFormat([...rows.map((row) => row[column]), totals[column]], columnOf(column));
  });
  const numbers = rows.map((row) => columns.map((column, at) => formats[at]?.text(row[column]) ?? ""));
  const read = () =>
    page.evaluate<string[][]>(`
      [...document.querySelectorAll('[role=table][aria-label="${label}"] [aria-rowindex]')]
        .map((row) => [...row.querySelectorAll(".numeric")].filter((cell) => !cell.querySelector(".change")))
        .map((cells) => cells.map((cell) => cell.textContent.trim()))`);
  await waitFor(async () => {
    const shown = await read();
    return shown.length > 0 && JSON.stringify(shown) === JSON.stringify(numbers.slice(0, shown.length));
  }).catch(async () => expect(await read()).toEqual(numbers));
}

describe("the numbers", () => {
  test(
    "of titles",
    async () => {
      const page = await stage.page(`titles?${scope}`);
      const endless = ["live", "linear", "radio"].map((type) => `filter=media.contentType!%3D${type}`).join("&");
      await expectTiles(page, endless, { "Completion, on demand": "completionRate" });
      // What has no end has no completion: those titles are looked at by themselves.
      await page.getByRole("button", { name: "On demand" }).click();
      const columns = [
        "mediaStarts",
        "contentTimeSpent",
        "contentTimeSpent:mean",
        "completionRate",
        "rebufferingRatio",
      ];
      const search = `dimension=media.id,media.name&sort=-mediaStarts&${endless}`;
      await expectRows(page, "Titles", search, columns);
      await page.getByRole("button", { name: "Live", exact: true }).click();
      await waitFor(async () => (await page.locator("[aria-rowindex='2'] .numeric").nth(4).textContent()) === "–");
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test(
    "of one title: how far sessions came, and what they watched",
    async () => {
      const film = "media.contentType==VOD";
      const search = `metrics=contentStarts&dimension=media.id&limit=1&filter=${encodeURIComponent(film)}&${within}`;
      const { rows }: Report = await stage.admin(`${REPORTS}?${search}`);
      const id = String(rows[0]?.["media.id"]);
      const page = await stage.page(`titles/${encodeURIComponent(id)}?${scope}`);
      const { steps } = await stage.admin(`/admin/api/funnel?media.id=${encodeURIComponent(id)}&${within}`);
      const table = page.getByRole("table", { name: "Funnel" });
      await table.waitFor();
      const shown = await page.evaluate<string[][]>(`
        [...document.querySelectorAll("table[aria-label=Funnel] tbody tr")]
          .map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent))`);
      expect(shown.map(([sessions, share]) => [sessions, share])).toEqual(
        steps.map(({ sessions, share }: { sessions: number; share: number }) => [
          formatCount(sessions),
          formatShare(share),
        ]),
      );
      const { points } = await stage.admin(`/admin/api/retention?media.id=${encodeURIComponent(id)}&${within}`);
      const last = formatShare(points.at(-1).share);
      await page.getByRole("img", { name: new RegExp(`Watched: ${last} at the end`) }).waitFor();
      await expectTiles(page, `filter=${encodeURIComponent(`media.id==${id}`)}`, { Sessions: "mediaStarts" });
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test(
    "of quality",
    async () => {
      const page = await stage.page(`quality?${scope}`);
      await expectTiles(page, "", {
        "Startup, median": "timeToStart:p50",
        "Startup, p95": "timeToStart:p95",
        Rebuffering: "rebufferingRatio",
        "Left before start": "exitsBeforeStart",
      });
      const errors = "dimension=media.qoe.errorID,media.playerName&sort=-errorEvents";
      await expectRows(page, "Errors", errors, ["errorEvents", "mediaStarts", "playbackFailures"]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test(
    "of ads",
    async () => {
      const page = await stage.page(`ads?${scope}`);
      await expectTiles(page, `filter=${encodeURIComponent("adBreaks>0")}`, {
        "Ad starts": "adStarts",
        Completion: "adCompletionRate",
        "Ad time": "adTimeSpent",
        "Ads per session": "adStarts:mean",
        "Sessions with breaks": "mediaStarts",
      });
      const columns = ["adStarts", "adCompletes", "adCompletionRate", "adSkips", "adErrors", "adTimeSpent"];
      await expectRows(page, "Ads by", "dimension=media.ad.advertiser&sort=-adStarts", columns);
      const breaks = "dimension=media.ad.podIndex,media.ad.podFriendlyName&sort=-adStarts";
      await page.getByRole("button", { name: "Break", exact: true }).click();
      await expectRows(page, "Ads by", breaks, columns);
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );
});

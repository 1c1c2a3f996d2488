/** Audience in a browser: the admin API's own numbers, narrowed down, shared and downloaded. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import type { Unit } from "../../src/dashboard/api/answers.ts";
import { columnFormat, formatMetricShort } from "../../src/dashboard/format/numbers.ts";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

const REPORTS = "/admin/api/reports";
const COLUMNS = ["mediaStarts", "contentTimeSpent", "contentTimeSpent:mean", "exitsBeforeStart", "rebufferingRatio"];
const METRICS = `metrics=${COLUMNS.join(",")}`;

type Row = Readonly<Record<string, string | number | null>>;
interface Report {
  readonly columns: readonly { readonly name: string; readonly unit: Unit }[];
  readonly rows: readonly Row[];
  readonly totals: Row;
}

let stage: Stage;
/** All made-up sessions, in a fixed range that the clock can't leave while the tests run. */
let range: string;
let within: string;
beforeAll(async () => {
  stage = await Stage.open({ sessions: 1500, days: 5 });
  const day = (ms: number) => new Date(ms).toISOString().slice(0, "2026-01-01".length);
  const from = day(Date.now() - 6 * 86_400_000);
  const to = day(Date.now() + 2 * 86_400_000);
  range = `${from}..${to}`;
  within = `from=${from}&to=${to}&timezone=UTC`;
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The table as lists of cells, the sums first; read at once, so that all cells show one moment. */
function tableOf(page: Page): Promise<string[][]> {
  return page.evaluate<string[][]>(`
    [...document.querySelectorAll("[role=table] [role=row]")]
      .map((row) => [...row.querySelectorAll("[role=cell]")].filter((_, at) => at !== 2))
      .map((cells) => cells.map((cell) => cell.textContent.trim()))
      .filter((row) => row.length > 0)`);
}

/** The same table from the admin API's answer, without the changes, which are the page's own arithmetic. */
function expected({ columns, rows, totals }: Report, by: string): string[][] {
  const texts = COLUMNS.map((name) => {
    const [id, aggregation] = name.split(":");
    const unit = columns.find((each) => each.name === name)?.unit ?? "count";
    const own = aggregation ?? (unit === "ratio" ? "rate" : "sum");
    const format = columnFormat([...rows.map((row) => row[name]), totals[name]], { unit, aggregation: own });
    return (row: Row) => (id ? format.text(row[name]) : "");
  });
  const numbers = (row: Row) => texts.map((text) => text(row));
  return [["All", ...numbers(totals)], ...rows.map((row) => [String(row[by]), ...numbers(row)])];
}

async function expectTable(page: Page, by: string, search: string): Promise<void> {
  const report: Report = await stage.admin(`${REPORTS}?${METRICS}&dimension=${by}&${within}&${search}`);
  const wanted = expected(report, by);
  // A long table renders only the rows in sight.
  await waitFor(async () => {
    const shown = await tableOf(page);
    return shown.length > 1 && JSON.stringify(shown) === JSON.stringify(wanted.slice(0, shown.length));
  });
}

describe("Audience", () => {
  test("has the admin API's numbers, and those of the previous period", async () => {
    const page = await stage.page(`audience?metric=mediaStarts&range=${range}&zone=UTC`);
    await expectTable(page, "media.name", "sort=-mediaStarts");
    const { totals } = await stage.admin(`${REPORTS}?metrics=mediaStarts,contentTimeSpent:mean&${within}`);
    const tile = async (label: string, text: string) => {
      const value = page.locator(".stat", { hasText: label }).locator(".stat-value");
      // Tiles have a report of their own, which may come after the table's.
      await waitFor(async () => (await value.textContent()) === text);
    };
    const count = { unit: "count", aggregation: "sum" } as const;
    const seconds = { unit: "s", aggregation: "mean" } as const;
    await tile("Sessions", formatMetricShort(totals["mediaStarts"], count));
    await tile("Time per session", formatMetricShort(totals["contentTimeSpent:mean"], seconds));
    const { rows } = await stage.admin(`${REPORTS}?metrics=mediaStarts&granularity=hour&${within}`);
    const most = Math.max(...rows.map((row: Row) => Number(row["mediaStarts"])));
    await page.getByRole("combobox", { name: "by", exact: true }).selectOption("hour");
    await page.getByRole("img", { name: new RegExp(`Sessions by hour\\..*at most ${most} \\(`) }).waitFor();
    expect(stage.complaints).toEqual([]);
    await page.context().close();
  });

  test("sorts by any column, both ways", async () => {
    const page = await stage.page(`audience?metric=mediaStarts&range=${range}&zone=UTC&by=media.playerName`);
    await page.getByRole("button", { name: "Sort by Left before start" }).click();
    await expectTable(page, "media.playerName", "sort=-exitsBeforeStart");
    await page.getByRole("button", { name: "Sort by Left before start" }).click();
    await expectTable(page, "media.playerName", "sort=exitsBeforeStart");
    await page.context().close();
  });

  test("is narrowed down by clicks to a session, shared by its address, and widened again", async () => {
    const page = await stage.page(`audience?metric=mediaStarts&range=${range}&zone=UTC&by=media.channel`);
    const { rows }: Report = await stage.admin(`${REPORTS}?metrics=mediaStarts&dimension=media.channel&${within}`);
    const channel = String(rows[0]?.["media.channel"]);
    // The row leads deeper.
    await page.getByRole("link", { name: channel, exact: true }).click();
    const filter = `filter=${encodeURIComponent(`media.channel==${channel}`)}`;
    await page.getByRole("button", { name: `Channel is ${channel}`, exact: true }).waitFor();
    await expectTable(page, "media.show", `sort=-mediaStarts&${filter}`);

    const other = await stage.page("", { colorScheme: "dark" });
    await other.goto(page.url());
    await expectTable(other, "media.show", `sort=-mediaStarts&${filter}`);
    // The table may come before the chart above it, and then has more rows in sight.
    await waitFor(async () => Bun.deepEquals(await tableOf(other), await tableOf(page)));
    await other.context().close();

    // The funnel at its end makes its value a filter, and stays.
    await page.getByRole("button", { name: "Player", exact: true }).click();
    await expectTable(page, "media.playerName", `sort=-mediaStarts&${filter}`);
    const row = page.locator("[aria-rowindex='2']");
    const player = (await row.getByRole("link").textContent()) ?? "";
    await row.getByRole("button", { name: `Filter: Player is ${player}` }).click();
    const both = `${filter}&filter=${encodeURIComponent(`media.playerName==${player}`)}`;
    await expectTable(page, "media.playerName", `sort=-mediaStarts&${both}`);

    // Behind the last step are the sessions.
    const { sessions } = await stage.admin(`${REPORTS}?metrics=mediaStarts&${within}&${both}`);
    await page.getByRole("link", { name: `${sessions.total} sessions →` }).click();
    await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
    await page.getByRole("table", { name: "Sessions" }).getByRole("link").first().waitFor();
    await page.goBack();
    await page.getByRole("button", { name: `Remove: Channel is ${channel}` }).click();
    const rest = `filter=${encodeURIComponent(`media.playerName==${player}`)}`;
    await expectTable(page, "media.playerName", `sort=-mediaStarts&${rest}`);
    await page.context().close();
  });

  test("downloads the admin API's CSV", async () => {
    const page = await stage.page(`audience?metric=mediaStarts&range=${range}&zone=UTC&by=media.channel`);
    await expectTable(page, "media.channel", "sort=-mediaStarts");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV" }).click(),
    ]);
    const text = readFileSync(await download.path(), "utf8");
    const search = `${METRICS}&dimension=media.channel&sort=-mediaStarts&limit=100&compare=weekdays&${within}`;
    expect(text).toBe(await stage.admin(`${REPORTS}?${search}`, { Accept: "text/csv" }));
    expect(download.suggestedFilename()).toBe("playhead-media.channel.csv");
    await page.context().close();
  });

  test("takes typed filters, another range and zone, and says in words what it can't take", async () => {
    const page = await stage.page(`audience?metric=mediaStarts&range=${range}&zone=UTC&by=media.channel`);
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    const box = page.getByRole("dialog", { name: "Add a filter" });
    await box.getByRole("combobox", { name: "Dimension or metric" }).fill("content time");
    await page.getByRole("option", { name: "Content time contentTimeSpent", exact: true }).click();
    await box.getByRole("combobox", { name: "Comparison" }).selectOption(">");
    await box.getByRole("combobox", { name: "Value" }).fill("60");
    await page.keyboard.press("Tab");
    await box.getByRole("button", { name: "Add" }).click();
    await expectTable(page, "media.channel", `sort=-mediaStarts&filter=${encodeURIComponent("contentTimeSpent>60")}`);
    await page.getByRole("button", { name: "Range:" }).click();
    await page.getByRole("combobox", { name: "Time zone" }).fill("berlin");
    await page.getByRole("option", { name: "Europe/Berlin" }).click();
    await page.getByRole("button", { name: "Last 7 days" }).click();
    await waitFor(() => page.url().includes("range=7d") && page.url().includes("zone=Europe%2FBerlin"));
    await page.goto(`${stage.url}/admin#/audience?filter=media.chanel%3D%3D1`);
    const meant = "There is no dimension or metric called “media.chanel”; did you mean media.channel?";
    await page.getByText(meant).waitFor();
    expect(await page.getByText("/admin/api/reports/catalogue").count()).toBe(0);
    expect(await page.getByRole("alert").count()).toBe(1);
    expect(await page.locator(".chip.refused").count()).toBe(1);
    await page.goto(`${stage.url}/admin#/audience?zone=Nowhere`);
    await page.getByText("timezone must be an IANA time zone").first().waitFor();
    expect(stage.complaints).toEqual([]);
    await page.context().close();
  });

  test("keeps in its address which lines are taken away, and which tables are shown whole", async () => {
    const page = await stage.page("ads");
    const all = page.getByRole("button", { name: /^All \d+ rows$/ });
    await page.getByRole("button", { name: "Skips", exact: true, pressed: true }).click();
    await all.click();
    await page.reload();
    await page.getByRole("button", { name: "Skips", exact: true, pressed: false }).waitFor();
    await page.getByRole("table", { name: "Ads by" }).waitFor();
    expect(await all.count()).toBe(0);
    await page.getByRole("button", { name: "Skips", exact: true }).click();
    await page.getByRole("button", { name: "Skips", exact: true, pressed: true }).waitFor();
    expect(new URL(page.url()).hash).toBe("#/ads?whole=Ads+by%3A+rows");
    await page.context().close();
  });

  test("draws only the rows in sight of ten thousand", async () => {
    const page = await stage.page(`audience?metric=mediaStarts&range=${range}&zone=UTC&by=sid&limit=10000`);
    const { rows }: Report = await stage.admin(`${REPORTS}?${METRICS}&dimension=sid&limit=10000&${within}`);
    const table = page.getByRole("table", { name: "Who watches" });
    await waitFor(async () => Number(await table.getAttribute("aria-rowcount")) > rows.length);
    expect(await table.getByRole("row").count()).toBeLessThan(60);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.locator(`[aria-rowindex="${rows.length + 1}"]`).waitFor();
    expect(await table.getByRole("row").count()).toBeLessThan(60);
    await page.context().close();
  });

  test("offers the range within the screen of a tablet or a phone, with the month that goes on", async () => {
    const page = await stage.page("audience?zone=UTC", { viewport: { width: 820, height: 1100 } });
    // On a tablet no column of the table is out of sight.
    await page.getByRole("columnheader", { name: "Rebuffering" }).waitFor();
    expect(
      await page.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.table-scroll'))",
      ),
    ).toBe(0);
    await page.getByRole("button", { name: /^Range/ }).click();
    const today = new Date().toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
    for (const width of [820, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const box = await page.locator(".popover-box").boundingBox();
      expect([width, box && box.x >= 0 && box.x + box.width <= width]).toEqual([width, true]);
      expect(await page.locator(".month-name:visible").allTextContents()).toEqual([today]);
    }
    await page.context().close();
  });
});

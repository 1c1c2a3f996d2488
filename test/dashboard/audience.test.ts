/** Audience in a browser: the admin API's own numbers, narrowed down, shared and downloaded. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import type { Unit } from "../../src/dashboard/api/answers.ts";
import { formatMetric, formatMetricShort } from "../../src/dashboard/format/numbers.ts";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

const REPORTS = "/admin/api/reports";
const COLUMNS = ["mediaStarts", "contentStarts", "contentTimeSpent", "completionRate", "rebufferingRatio"];
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
  const [from, to] = [day(Date.now() - 6 * 86_400_000), day(Date.now() + 2 * 86_400_000)];
  range = `${from}..${to}`;
  within = `from=${from}&to=${to}&timezone=UTC`;
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The table as lists of cells, the sums first; read at once, so that all cells show one moment. */
function tableOf(page: Page): Promise<string[][]> {
  return page.evaluate<string[][]>(`
    [...document.querySelectorAll("[role=table] [role=row]")]
      .map((row) => [...row.querySelectorAll("[role=cell]")].map((cell) => cell.textContent.trim()))
      .filter((row) => row.length > 0)`);
}

/** The same table from the admin API's answer. */
function expected({ columns, rows, totals }: Report, by: string): string[][] {
  const numbers = (row: Row) =>
    COLUMNS.map((name) => {
      const unit = columns.find((each) => each.name === name)?.unit ?? "count";
      return formatMetric(row[name], { unit, aggregation: unit === "ratio" ? "rate" : "sum" });
    });
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
    const page = await stage.page(`audience?range=${range}&zone=UTC`);
    await expectTable(page, "media.name", "sort=-mediaStarts");
    const { totals } = await stage.admin(
      `${REPORTS}?metrics=mediaStarts,contentTimeSpent:mean&compare=previous&${within}`,
    );
    const tile = (label: string) => page.locator(".stat", { hasText: label }).locator(".stat-value");
    const [count, seconds] = [
      { unit: "count", aggregation: "sum" } as const,
      { unit: "s", aggregation: "mean" } as const,
    ];
    expect(await tile("Sessions").textContent()).toBe(formatMetricShort(totals["mediaStarts"], count));
    expect(await tile("Mean content time").textContent()).toBe(
      formatMetricShort(totals["contentTimeSpent:mean"], seconds),
    );
    const { rows } = await stage.admin(`${REPORTS}?metrics=mediaStarts&granularity=hour&${within}`);
    const most = Math.max(...rows.map((row: Row) => Number(row["mediaStarts"])));
    await page.getByRole("combobox", { name: "By the" }).selectOption("hour");
    await page.getByRole("img", { name: new RegExp(`Media starts by the hour\\..*at most ${most} \\(`) }).waitFor();
    expect(stage.complaints).toEqual([]);
    await page.context().close();
  });

  test("sorts by any column, both ways", async () => {
    const page = await stage.page(`audience?range=${range}&zone=UTC&by=media.playerName`);
    await page.getByRole("button", { name: "Completion rate" }).click();
    await expectTable(page, "media.playerName", "sort=-completionRate");
    await page.getByRole("button", { name: "Completion rate" }).click();
    await expectTable(page, "media.playerName", "sort=completionRate");
    await page.context().close();
  });

  test("is narrowed down by clicks to a session, shared by its address, and widened again", async () => {
    const page = await stage.page(`audience?range=${range}&zone=UTC&by=media.channel`);
    const { rows }: Report = await stage.admin(`${REPORTS}?metrics=mediaStarts&dimension=media.channel&${within}`);
    const channel = String(rows[0]?.["media.channel"]);
    await page.getByRole("button", { name: channel, exact: true }).click();
    const filter = `filter=${encodeURIComponent(`media.channel==${channel}`)}`;
    await page.getByRole("button", { name: `media.channel==${channel}` }).waitFor();
    await expectTable(page, "media.show", `sort=-mediaStarts&${filter}`);

    const other = await stage.page("", { colorScheme: "dark" });
    await other.goto(page.url());
    await expectTable(other, "media.show", `sort=-mediaStarts&${filter}`);
    expect(await tableOf(other)).toEqual(await tableOf(page));
    await other.context().close();

    await page.getByRole("combobox", { name: "Break down by" }).selectOption("sid");
    const link = page.getByRole("table").getByRole("link").first();
    const sid = (await link.textContent()) ?? "";
    expect((await stage.admin(`/admin/api/sessions/${sid}`)).session.params["media.channel"]).toBe(channel);
    await link.click();
    await page.getByTitle(sid).first().waitFor();
    await page.goBack();
    await page.getByRole("button", { name: `media.channel==${channel}` }).click();
    await page.getByRole("combobox", { name: "Break down by" }).selectOption("media.channel");
    await expectTable(page, "media.channel", "sort=-mediaStarts");
    await page.context().close();
  });

  test("downloads the admin API's CSV", async () => {
    const page = await stage.page(`audience?range=${range}&zone=UTC&by=media.channel`);
    await expectTable(page, "media.channel", "sort=-mediaStarts");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV" }).click(),
    ]);
    const text = readFileSync(await download.path(), "utf8");
    const search = `${METRICS}&dimension=media.channel&sort=-mediaStarts&limit=100&${within}`;
    expect(text).toBe(await stage.admin(`${REPORTS}?${search}`, { Accept: "text/csv" }));
    expect(download.suggestedFilename()).toBe("playhead-media.channel.csv");
    await page.context().close();
  });

  test("takes typed filters, another range and zone, and says in words what it can't take", async () => {
    const page = await stage.page(`audience?range=${range}&zone=UTC&by=media.channel`);
    await page.getByRole("button", { name: "+ Filter" }).click();
    await page.getByLabel("Dimension or metric").fill("contentTimeSpent");
    await page.getByRole("combobox", { name: "Comparison" }).selectOption(">");
    await page.getByLabel("Value", { exact: true }).fill("60");
    await page.getByRole("button", { name: "Add" }).click();
    await expectTable(page, "media.channel", `sort=-mediaStarts&filter=${encodeURIComponent("contentTimeSpent>60")}`);
    await page.getByRole("combobox", { name: "Time zone" }).selectOption("Europe/Berlin");
    await page.getByRole("combobox", { name: "Range" }).selectOption("7d");
    await waitFor(() => page.url().includes("range=7d") && page.url().includes("zone=Europe%2FBerlin"));
    await page.goto(`${stage.url}/admin#/audience?filter=nonsense%3D%3D1`);
    await page
      .getByText(/filter\[0\]/)
      .first()
      .waitFor();
    await page.goto(`${stage.url}/admin#/audience?zone=Nowhere`);
    await page.getByText("timezone must be an IANA time zone").first().waitFor();
    expect(stage.complaints).toEqual([]);
    await page.context().close();
  });

  test("draws only the rows in sight of ten thousand", async () => {
    const page = await stage.page(`audience?range=${range}&zone=UTC&by=sid&limit=10000`);
    const { rows }: Report = await stage.admin(`${REPORTS}?${METRICS}&dimension=sid&limit=10000&${within}`);
    const table = page.getByRole("table", { name: "By sid" });
    await waitFor(async () => Number(await table.getAttribute("aria-rowcount")) > rows.length);
    expect(await table.getByRole("row").count()).toBeLessThan(60);
    await table.getByRole("rowgroup").last().press("End");
    await page.locator(`[aria-rowindex="${rows.length + 1}"]`).waitFor();
    expect(await table.getByRole("row").count()).toBeLessThan(60);
    await page.context().close();
  });
});

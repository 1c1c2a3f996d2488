/** The demo as people see it: a film with an ad, and each event with its answer and its verdict. */

import { expect, test } from "bun:test";
import { join } from "node:path";
import { openBrowser } from "../support/browser.ts";
import { startProcess } from "../support/process.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const TEST_MS_MAX = 120_000;
/** Where pictures of pages go; git ignores it. */
const PICTURES = join(import.meta.dir, "../../tmp/pictures");

test(
  "the demo plays a film with an ad and a chapter, and shows a verdict on each event",
  async () => {
    using directory = tempDir();
    const settings = { VALIDATION: "strict", DEMO: "true", ADMIN_TOKEN };
    await using server = await startProcess(directory.path, { settings });
    await using browser = await openBrowser();
    const complaints: string[] = [];
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("response", (answer) => answer.status() >= 400 && complaints.push(`${answer.status()} ${answer.url()}`));
    await page.goto(`${server.url}/demo`);
    const run = (code: string) => page.evaluate(code);
    await waitFor(async () => Boolean(await run("document.getElementById('content').readyState >= 3")));
    await run("document.getElementById('content').play()");
    await run("void (document.getElementById('content').currentTime = 6)");
    await page.getByRole("button", { name: "Skip the ad" }).waitFor();
    // On a busy machine it would be over before its row is there.
    await waitFor(async () => Boolean(await run("document.getElementById('ad').currentTime > 0")));
    await run("document.getElementById('ad').pause()");
    await page.locator("#rows tr", { hasText: "adStart" }).waitFor();
    await page.getByRole("button", { name: "Skip the ad" }).click();
    await page.locator("#rows tr", { hasText: "adBreakComplete" }).waitFor();
    await run("void (document.getElementById('content').currentTime = 13)");
    await page.locator("#rows tr", { hasText: "Chapter two" }).waitFor();
    const verdicts = page.locator("#rows tr td:nth-child(6)");
    await waitFor(async () => (await verdicts.allTextContents()).every((text) => text === "counted"));
    const answers = await page.locator("#rows tr td:nth-child(5)").allTextContents();
    expect([...new Set(answers)].toSorted()).toEqual(["201", "204"]);
    const href = await page.getByRole("link", { name: "This session in the dashboard" }).getAttribute("href");
    expect(href).toMatch(/^admin#\/sessions\/[0-9a-f]{64}$/);
    await page.screenshot({ path: join(PICTURES, "demo.png") });
    expect(complaints).toEqual([]);
  },
  TEST_MS_MAX,
);

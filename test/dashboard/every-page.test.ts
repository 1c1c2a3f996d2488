/**
 * What holds for every page, both with a month of made-up viewers, hostile ones among them, and without any: it is
 * accessible, and shows what players send as text. `bun run test:clients` takes its picture too, for people to look at.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { waitFor } from "../support/wait-for.ts";
import { HOSTILE, HOSTILE_FILTER, type Named, playHostile } from "./hostile.ts";
import { PICTURES, Stage } from "./stage.ts";

const PAGES = {
  now: "",
  audience: "audience?by=media.name&metric=contentTimeSpent",
  titles: "titles",
  title: "titles/MEDIA",
  quality: "quality",
  ads: "ads",
  mistakes: "mistakes",
  sessions: "sessions",
  session: "sessions/SID",
  viewer: "sessions/viewer/VIEWER",
  recording: "sessions/recording",
  tail: "tail",
  tokens: "tokens",
};
/** The same pages, narrowed down to the hostile session where others would show. */
const HOSTILE_PAGES = {
  ...PAGES,
  audience: `audience?by=media.name,media.playerName&filter=${HOSTILE_FILTER}`,
  titles: `titles?filter=${HOSTILE_FILTER}`,
  quality: `quality?filter=${HOSTILE_FILTER}`,
  ads: `ads?filter=${HOSTILE_FILTER}`,
  mistakes: `mistakes?filter=${HOSTILE_FILTER}`,
};
/** Pages without the hostile session: the tail shows new arrivals, a recording is pasted, operators name tokens. */
const SILENT = ["tail", "recording", "tokens"];
const IS_FULL = process.env["CLIENTS"] === "full";
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** The rules of those levels that a page of other colours could break. */
const COLOURS = ["color-contrast", "link-in-text-block"];
/** A dark page differs by its colours alone, which a phone has from a wide page; test:clients checks all of it. */
const LOOKS = [
  { name: "light-wide", rules: LEVELS, colorScheme: "light", viewport: { width: 1380, height: 900 } },
  { name: "dark-wide", rules: IS_FULL ? LEVELS : COLOURS, colorScheme: "dark", viewport: { width: 1380, height: 900 } },
  { name: "light-phone", rules: LEVELS, colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "dark-phone", rules: [], colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const;
const NAMES = Object.keys(PAGES) as Name[];
const SHOWN_MS_MAX = 20_000;
const TEST_MS_MAX = 180_000;

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** Accessibility findings by axe-core's rules, or all those of a level, serious or worse. */
async function seriousFindings(page: Page, rules: readonly string[]): Promise<string[]> {
  if (rules.length === 0) return [];
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: Finding[] }>(
    `axe.run(document, { resultTypes: ["violations"], runOnly: ${JSON.stringify(rules)} })`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`,
    );
}

/** Follows a link to a place, and waits until every number is there. */
async function show(page: Page, place: string): Promise<void> {
  // Two frames after the address changes, the previous page is gone.
  await page.evaluate(`new Promise((resolve) => {
    const drawn = () => requestAnimationFrame(() => requestAnimationFrame(resolve));
    if (location.hash === ${JSON.stringify(`#/${place}`)}) return drawn();
    addEventListener("hashchange", drawn, { once: true });
    location.hash = ${JSON.stringify(`#/${place}`)};
  })`);
  await page.evaluate(`new Promise((resolve, reject) => {
    const endMs = performance.now() + ${SHOWN_MS_MAX};
    const look = () => {
      if (document.querySelector("h1") && !document.querySelector(".waiting, .stale")) return resolve();
      if (performance.now() > endMs) return reject(new Error("Not shown: " + location.hash));
      setTimeout(look, 10);
    };
    look();
  })`);
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (!IS_FULL) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

type Name = keyof typeof PAGES;

function placeOf(name: Name, { sid, mediaId, viewer }: Named, pages = PAGES): string {
  return pages[name].replace("SID", sid).replace("MEDIA", encodeURIComponent(mediaId)).replace("VIEWER", viewer);
}

describe("every page with a month of viewers", () => {
  let stage: Stage;
  let named: Named;
  beforeAll(async () => {
    stage = await Stage.open({ sessions: 3000, days: 30 });
    named = await playHostile(stage);
  }, TEST_MS_MAX);
  afterAll(() => stage[Symbol.asyncDispose]());

  for (const look of LOOKS) {
    test(
      `is accessible: ${look.name}`,
      async () => {
        const page = await stage.page("", look);
        for (const name of NAMES) {
          await show(page, placeOf(name, named));
          await takePicture(page, `${name}-${look.name}`);
          expect([name, await seriousFindings(page, look.rules)]).toEqual([name, []]);
          // Only parts that scroll by themselves may be wider than the screen.
          expect([name, await page.evaluate("document.documentElement.scrollWidth <= innerWidth")]).toEqual([
            name,
            true,
          ]);
        }
        expect(stage.complaints).toEqual([]);
        await page.context().close();
      },
      TEST_MS_MAX,
    );
  }

  test(
    "shows what players send as text and nothing else, and breaks no rule of its policy",
    async () => {
      const page = await stage.page();
      for (const name of NAMES) {
        await show(page, placeOf(name, named, HOSTILE_PAGES));
        const isThere = async () => (await page.textContent("body"))?.includes(HOSTILE) ?? false;
        if (!SILENT.includes(name)) await waitFor(isThere);
        // The page has one script and no pictures: any other came from a player.
        const foreign = "document.querySelectorAll('img, iframe, object, embed').length";
        expect([name, await page.evaluate(foreign)]).toEqual([name, 0]);
        expect([name, await page.evaluate("document.scripts.length")]).toEqual([name, 1]);
      }
      expect(await page.evaluate("globalThis.wasRun")).toBeUndefined();
      expect(await page.evaluate("globalThis.violations")).toEqual([]);
      expect(stage.complaints).toEqual([]);
      await page.context().close();
    },
    TEST_MS_MAX,
  );

  test("would notice a script that is not its own", async () => {
    const page = await stage.page();
    await show(page, "audience");
    await page.evaluate(`document.body.insertAdjacentHTML("beforeend", ${JSON.stringify(HOSTILE)})`);
    await waitFor(() => page.evaluate<boolean>("globalThis.violations.length > 0"));
    expect(await page.evaluate("globalThis.wasRun")).toBeUndefined();
    stage.complaints.length = 0;
    await page.context().close();
  });
});

describe("every page of an empty server", () => {
  test(
    "says what to do next, and is accessible",
    async () => {
      await using stage = await Stage.open();
      for (const look of [LOOKS[0], LOOKS[3]]) {
        const page = await stage.page("", look);
        for (const name of NAMES) {
          await show(page, placeOf(name, { sid: "0".repeat(64), mediaId: "nothing", viewer: "0".repeat(32) }));
          await takePicture(page, `${name}-empty-${look.name}`);
          expect([name, await seriousFindings(page, look.rules)]).toEqual([name, []]);
        }
        await page.context().close();
      }
      expect(stage.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

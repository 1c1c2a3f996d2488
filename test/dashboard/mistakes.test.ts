/** What players get wrong: the page tells what, in how many sessions and in whose players; and what they leave out. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { FLAGS } from "../../src/protocol/flags.ts";
import { RULES } from "../../src/sessions/ledger.ts";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

const TEST_MS_MAX = 60_000;
const RULE = "ad-outside-break";
const FLAG = "unknown-parameter:media.foo";
const BROKEN = "broken app";
const SESSIONS = 10;

let stage: Stage;
let page: Page;
beforeAll(async () => {
  stage = await Stage.open();
  page = await stage.page("mistakes");
}, TEST_MS_MAX);
afterAll(() => stage[Symbol.asyncDispose]());

async function play(player: string, isBroken: boolean, title = "A film"): Promise<void> {
  const sid = await stage.start({
    "media.playerName": player,
    "media.name": title,
    ...(isBroken && { "media.foo": 1 }),
  });
  await stage.add(sid, "play", 0);
  if (isBroken) await stage.add(sid, "adStart", 1, { params: { "media.ad.id": "a", "media.ad.length": 9 } });
  await stage.add(sid, "sessionEnd", 3);
}

const listed = (title: string, name: string): Locator =>
  page.getByRole("region", { name: title }).getByRole("listitem").filter({ hasText: name });
const playersShown = () =>
  page.evaluate<string[]>(`
    [...document.querySelectorAll('[role=table][aria-label="Whose players"] [aria-rowindex]')]
      .map((row) => [...row.querySelectorAll("[role=cell]")].map((cell) => cell.textContent.trim()).join(" | "))`);

describe("the page of mistakes", () => {
  test(
    "says that no session was played, and then that all is well",
    async () => {
      await page.getByRole("heading", { name: "No session was played" }).waitFor();
      await play("fine app", false);
      // A broadcast says that it has no length: that is flagged, and no mistake.
      await stage.start({ "media.contentType": "Live", "media.length": 86_400 });
      // A required key is absent on no event of these, and each had its effect.
      await page.reload();
      await page.getByText("Every event had its effect.").waitFor();
      await page.getByText("Every event was as documented.").waitFor();
    },
    TEST_MS_MAX,
  );

  test(
    "tells each mistake with its sessions and events, what it means and how it is mended",
    async () => {
      for (let at = 0; at < SESSIONS; at += 1) await play(BROKEN, true, `Film ${at}`);
      await page.reload();
      for (const [title, name, advice] of [
        ["Events that count for nothing", RULE, RULES[RULE].advice],
        ["Events that are not as documented", FLAG, FLAGS["unknown-parameter"].advice],
      ] as const) {
        const item = listed(title, name);
        await item.waitFor();
        const text = (await item.textContent()) ?? "";
        expect(text).toContain(`${SESSIONS} events in ${SESSIONS} sessions`);
        expect(text).toContain(String(advice).replaceAll("`", ""));
      }
    },
    TEST_MS_MAX,
  );

  test(
    "tells whose players have it, and leads to the sessions with one click",
    async () => {
      await waitFor(async () => (await playersShown())[0]?.startsWith(`${BROKEN} | ${SESSIONS} |`) ?? false);
      await listed("Events that count for nothing", RULE).getByRole("button", { name: "Whose players" }).click();
      await waitFor(async () => (await playersShown()).join() === `${BROKEN} | ${SESSIONS} | ${SESSIONS}`);
      expect(page.url()).toContain(`of=${encodeURIComponent(`rule==${RULE}`)}`);
      await listed("Events that count for nothing", RULE).getByRole("link", { name: "Its sessions" }).click();
      await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
      const rows = page.locator("[aria-rowindex]");
      await waitFor(async () => (await rows.count()) === SESSIONS);
      expect(await page.textContent("body")).not.toContain("fine app");
      expect(stage.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

describe("a page that can't tell", () => {
  test(
    "says that no session names its viewer, and leads to a range that may show what got worse",
    async () => {
      await page.goto(`${stage.url}/admin#/audience`);
      await page.getByText("No session names its viewer").waitFor();
      await page.goto(`${stage.url}/admin#/quality?range=24h&compare=none`);
      const wider = page.getByRole("link", { name: "Look at the last 30 days" });
      await wider.click();
      await waitFor(() => page.url().endsWith("#/quality?compare=none&range=30d"));
      await wider.waitFor({ state: "detached" });
      await page.getByText("none is clearly worse").waitFor();
    },
    TEST_MS_MAX,
  );
});

describe("no value of a dimension", () => {
  test(
    "is grey, a filter, and no player's text that looks the same",
    async () => {
      await stage.add(await stage.start({ "media.show": "(not set)" }), "sessionEnd", 1);
      const own = await stage.page("audience?by=media.show&zone=UTC");
      const cells = own.getByRole("link", { name: "(not set)", exact: true });
      await waitFor(async () => (await cells.count()) === 2);
      expect(await own.locator(".row-link .not-set").count()).toBe(1);
      await own.locator(".row-link .not-set").click();
      const filterShown = () => new URLSearchParams(own.url().split("?").at(-1)).get("filter");
      await waitFor(() => filterShown() === "media.show==(not set)");
      await own.context().close();
      expect(stage.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

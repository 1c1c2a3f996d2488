/** Pages that change on screen: Now and the live tail, in a browser. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { sessionStart } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The number under a heading of Now. */
function numberOf(page: Page, label: string) {
  return page.getByLabel("Now", { exact: true }).locator("div", { hasText: label }).locator(".stat-value");
}

/**
 * Listens beside a page to the snapshots that come each second.
 *
 * @returns resolves to whether the page links a title by the second of those that name it, busy as the machine may be
 */
async function shownInTime(page: Page, title: string): Promise<() => Promise<boolean>> {
  await page.evaluate(`(() => {
    const stream = new EventSource("admin/api/live");
    let heard = 0;
    const isShown = () => [...document.querySelectorAll("a")].some(({ textContent }) => textContent === "${title}");
    globalThis.shown = new Promise((resolve) => {
      stream.addEventListener("snapshot", ({ data }) => {
        if (!data.includes("${title}") || ++heard < 2) return;
        stream.close();
        resolve(isShown());
      });
    });
    return new Promise((resolve) => stream.addEventListener("open", () => resolve()));
  })()`);
  return () => page.evaluate<boolean>("globalThis.shown");
}

/** The arrival in the tail that has a text. */
function rowWith(page: Page, text: string) {
  return page.getByRole("listitem").filter({ hasText: text });
}

/** Runs the very line of a page, which is there to be copied. @returns what curl shows of the answer */
async function runLine(page: Page, label: string): Promise<string> {
  const line = (await page.getByRole("region", { name: label }).textContent()) ?? "";
  expect(line).toContain(stage.url);
  const curl = Bun.spawn(["sh", "-c", line], { stdout: "pipe", stderr: "ignore" });
  return new Response(curl.stdout).text();
}

describe("Now", () => {
  test("says what to do on an empty server, and shows a session within two seconds of its start", async () => {
    const page = await stage.page();
    await page.getByText("No events yet").waitFor();
    // A first try is often wrong: the page says what was.
    await stage.post("/api/v1/sessions", { eventType: "sessionStart", playerTime: { playhead: 0, ts: Date.now() } });
    await page.getByRole("alert").getByText("Your last request was refused: 400 invalid-body").waitFor();
    await page.getByRole("alert").getByText("/params is required").waitFor();
    expect(await runLine(page, "A session start with curl")).toContain("201 Created");
    await page.getByText("We got your start of “My film”").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await runLine(page, "A play with curl")).toContain("204 No Content");
    await page.getByText("We got your play").waitFor();
    expect(await runLine(page, "The end with curl")).toContain("204 No Content");
    await page.getByText("It has ended").waitFor();
    const { sessions } = await stage.admin("/admin/api/sessions");
    expect(sessions.map(({ metrics }: { metrics: Record<string, number> }) => metrics["contentTimeSpent"])).toEqual([
      10,
    ]);

    const isShown = await shownInTime(page, "Only film");
    const sid = await stage.start({ "media.id": "film-1", "media.name": "Only film" });
    await stage.add(sid, "play", 0);
    expect(await isShown()).toBe(true);
    await page.getByRole("link", { name: "Only film" }).waitFor();
    const snapshot = await stage.admin("/admin/api/live/snapshot");
    await waitFor(async () => (await numberOf(page, "Open sessions").textContent()) === String(snapshot.openSessions));
    expect(await numberOf(page, "Playing").textContent()).toBe(String(snapshot.playing));
    await page.context().close();
  });

  test("says that it is stale while the server is away, and goes on by itself once it is back", async () => {
    const page = await stage.page();
    await page.getByText("Live", { exact: true }).waitFor();
    await stage.away(async () => {
      await page.getByText(/^Stale: last heard \d+ s ago, connecting again$/).waitFor();
    });
    await page.getByText("Live", { exact: true }).waitFor();
    const sid = await stage.start({ "media.id": "film-2", "media.name": "After the restart" });
    await stage.add(sid, "play", 0);
    await page.getByRole("link", { name: "After the restart" }).waitFor();
    expect(stage.complaints.filter((each) => !each.includes("ERR_"))).toEqual([]);
    await page.context().close();
  });
});

describe("the live tail", () => {
  test("shows what arrives, and each fault of a refused request with its pointer", async () => {
    const page = await stage.page("tail");
    await page.getByText("Live", { exact: true }).waitFor();
    const sid = await stage.start({ "media.name": "Tailed", "media.fooBar": 1 });
    await stage.add(sid, "play", 0);
    const start = rowWith(page, "sessionStart").filter({ hasText: "Tailed" });
    await start.getByText("unknown-parameter:media.fooBar").waitFor();
    await rowWith(page, "play").filter({ hasText: "Tailed" }).first().waitFor();

    const inSeconds = { playhead: 0, ts: Math.floor(Date.now() / 1000) };
    await stage.post("/api/v1/sessions", sessionStart({ "media.name": "Slow clock" }, { playerTime: inSeconds }));
    const slow = rowWith(page, "sessionStart").filter({ hasText: "Slow clock" });
    await slow.getByText("ts-in-seconds").waitFor();
    await slow.getByRole("button").click();
    await page.getByText("The session's ts are seconds; stored in milliseconds. Send").waitFor();
    const session = page.getByRole("link", { name: "The whole session" });
    const ofSession = await page.context().newPage();
    await ofSession.goto(`${stage.url}/admin${await session.getAttribute("href")}`);
    await ofSession.getByRole("row").filter({ hasText: "sessionStart" }).getByText("ts-in-seconds").waitFor();
    await ofSession.close();

    const refused = await stage.post(`/api/v1/sessions/${sid}/events`, {
      eventType: "ping",
      playerTime: { playhead: "one", ts: Date.now() },
    });
    const { errors } = (await refused.json()) as { errors: { pointer: string; message: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(["/playerTime/playhead"]);
    const row = rowWith(page, "400 invalid-body");
    // The pointer over the rows holds them where they are.
    await page.getByRole("button", { name: "Paused while pointed at · 1 new" }).waitFor();
    await page.mouse.move(1, 1);
    // The whole row is the target, its fault too.
    await row.getByText(`/playerTime/playhead ${errors[0]?.message}`).click();
    const detail = page.getByRole("region", { name: "400 invalid-body" });
    await detail.getByLabel("What is wrong").getByText("/playerTime/playhead").waitFor();
    // The page marks the place in the body, too.
    expect(await detail.locator("mark").allTextContents()).toEqual(['    "playhead": "one",\n']);

    for (const name of ["Starts", "Events", "Closed"]) await page.getByRole("button", { name }).click();
    await waitFor(async () => (await rowWith(page, "sessionStart").count()) === 0);
    expect(await rowWith(page, "400 invalid-body").count()).toBe(1);
    expect(page.url()).toContain("show=rejected");

    // A page that is opened behind a refusal shows it, too.
    await page.reload();
    await row.getByText("/playerTime/playhead").waitFor();
    await page.context().close();
  });

  test("can be narrowed to a session or a player, and paused", async () => {
    const page = await stage.page("tail?show=start,event,ping,rejected");
    await page.getByText("Live", { exact: true }).waitFor();
    const one = await stage.start({ "media.name": "One", "media.playerName": "player-1" });
    const two = await stage.start({ "media.name": "Two", "media.playerName": "player-2" });
    await page.getByLabel("Only this player").fill("player-2");
    await page.getByRole("button", { name: "Filter" }).click();
    await waitFor(() => page.url().includes("player=player-2"));
    // What was shown before goes, and with it the first player's start.
    await waitFor(async () => (await rowWith(page, "One").count()) === 0);
    await page.getByText("Live", { exact: true }).waitFor();
    await waitFor(async () => {
      await stage.add(one, "ping", 1);
      await stage.add(two, "ping", 1);
      return (await rowWith(page, "Two").count()) > 0;
    });
    expect(await rowWith(page, "One").count()).toBe(0);
    // Refused starts have no session yet, but a body that says whose they are.
    for (const player of ["player-1", "player-2"]) {
      await stage.post("/api/v1/sessions", sessionStart({ "media.playerName": player, "media.length": "long" }));
    }
    await rowWith(page, "/params/media.length").waitFor();
    expect(await rowWith(page, "/params/media.length").count()).toBe(1);

    await page.getByRole("button", { name: "Pause" }).click();
    const before = await rowWith(page, "Two").count();
    await stage.add(two, "pauseStart", 2);
    await page.getByRole("button", { name: "Resume · 1 new" }).waitFor();
    expect(await rowWith(page, "Two").count()).toBe(before);
    await page.getByRole("button", { name: "Resume" }).click();
    await rowWith(page, "pauseStart").waitFor();
    expect(stage.complaints.filter((each) => !each.includes("ERR_"))).toEqual([]);
    await page.context().close();
  });
});

/** Four players in a real browser: what the server counts is what the page's own witness saw. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { agree } from "./agree.ts";
import type { PlayerName, Truth } from "./site.ts";
import { Stage, waitsOf } from "./stage.ts";

const TEST_MS_MAX = 120_000;
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, TEST_MS_MAX);
afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

/** To the end, with all that may happen on the way. */
async function viewAll(player: PlayerName, round: number): Promise<void> {
  const gate = `held-${player}-${round}`;
  const { run, context } = await stage.view(player, gate);
  await run("scene.play(0.4)");
  await run("scene.pause(350)");
  await run("scene.mute(250)");
  await run("scene.fullScreen(250)");
  await run("scene.ad(700)");
  await run("scene.buffer(500)");
  await run("scene.play(4.3)");
  await run("scene.seek(6.6)");
  await run("scene.finish()");
  const truth = await run<Truth>("scene.truth()");
  await run("scene.tracker.end()");
  const shown = await stage.closedSessionOf(gate);
  agree(shown, truth);
  const { metrics } = shown;
  expect(metrics).toMatchObject({ contentStarts: 1, contentCompletes: 1, progress95: 1, contentResumes: 0 });
  expect(metrics).toMatchObject({ adBreaks: 1, adStarts: 1, adCompletes: 1, muteCount: 1, fullScreenCount: 1 });
  expect(waitsOf(truth).max).toBeGreaterThan(0);
  expect(Math.abs((metrics["uniqueTimePlayed"] ?? 0) - truth.playMs / 1000)).toBeLessThan(0.5);
  if (player === "hls.js" || player === "Shaka") expect(metrics["averageBitrate"]).toBeGreaterThan(50_000);
  await context.close();
}

/** Left half-way. */
async function viewHalf(player: PlayerName, round: number): Promise<void> {
  const gate = `left-${player}-${round}`;
  const { run, page, context } = await stage.view(player, gate);
  await run("scene.play(1)");
  await run("scene.until(() => scene.told.length > 0)");
  await page.goto("about:blank");
  const shown = await stage.closedSessionOf(gate);
  agree(shown, await stage.site.truthOf(gate));
  expect(shown.metrics).toMatchObject({ contentStarts: 1, contentCompletes: 0 });
  await context.close();
}

/** Without a network for a while. */
async function viewOffline(player: PlayerName, round: number): Promise<void> {
  const gate = `lost-${player}-${round}`;
  const { run, context } = await stage.view(player, gate);
  await run("scene.play(0.3)");
  await run("scene.until(() => scene.media.buffered.length && scene.media.buffered.end(0) > 7.5)");
  await context.setOffline(true);
  await run("scene.pause(300)");
  await run("scene.play(1.2)");
  await context.setOffline(false);
  await run("scene.pause(200)");
  await run("scene.seek(7.2)");
  await run("scene.finish()");
  const truth = await run<Truth>("scene.truth()");
  await run("scene.tracker.end()");
  agree(await stage.closedSessionOf(gate), truth);
  await context.close();
}

const VIEWS = { "to the end": viewAll, "half-way": viewHalf, "without a network for a while": viewOffline };
type View = readonly [PlayerName, keyof typeof VIEWS];

function eachViewIn(...players: readonly PlayerName[]): View[] {
  return players.flatMap((player) => Object.keys(VIEWS).map((view) => [player, view as keyof typeof VIEWS] as const));
}

/** `bun run test:clients` repeats every view, since a clock or a network may go wrong only now and then. */
const IS_FULL = process.env["CLIENTS"] === "full";
const ROUNDS = IS_FULL ? 10 : 1;
/** Views at once: with more than six, a machine of two cores has no time left to play their videos. */
const AT_ONCE: readonly (readonly View[])[] = IS_FULL
  ? [eachViewIn("html5", "hls.js"), eachViewIn("Shaka", "video.js")]
  : [
      [
        ["html5", "to the end"],
        ["Shaka", "to the end"],
        ["hls.js", "half-way"],
        ["video.js", "half-way"],
        ["hls.js", "without a network for a while"],
        ["video.js", "without a network for a while"],
      ],
    ];

describe("what is counted is what was seen", () => {
  for (const views of AT_ONCE) {
    for (let round = 1; round <= ROUNDS; round += 1) {
      test(
        `in ${views.map(([player, view]) => `${player} ${view}`).join(", ")}${IS_FULL ? ` (${round})` : ""}`,
        () => Promise.all(views.map(([player, view]) => VIEWS[view](player, round))),
        TEST_MS_MAX,
      );
    }
  }

  test("and nothing of it reached a page as an error, or broke its policy", () => {
    expect(stage.complaints).toEqual([]);
  });
});

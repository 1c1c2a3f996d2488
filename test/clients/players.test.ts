/** Further players in a real browser, with real media: what is counted is what was seen. `bun run test:clients`. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { agree, near } from "../tracker/agree.ts";
import type { PlayerName, Truth } from "../tracker/site.ts";
import { Stage } from "../tracker/stage.ts";
import { describeClients, TEST_MS_MAX } from "./effort.ts";

/** By player: what its sessions say beside the witness's numbers. */
const PLAYERS: readonly (readonly [name: PlayerName, playerName: string])[] = [
  ["dash", "dash.js"],
  ["plyr", "Plyr"],
  ["vidstack", "Vidstack"],
  ["media-chrome", "Media Chrome"],
  ["mux-player", "Mux Player"],
  ["hls-video", "hls-video-element"],
];

describeClients("what is counted is what was seen", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  }, TEST_MS_MAX);
  afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

  test.each(PLAYERS)(
    "in %s",
    async (player, playerName) => {
      const { run, context } = await stage.view(player, player);
      await run("scene.play(0.8)");
      await run("scene.pause(600)");
      await run("scene.play(1.2)");
      await run("scene.mute(250)");
      await run("scene.seek(4)");
      await run("scene.play(4.6)");
      await run("scene.fullScreen(250)");
      await run("scene.media.playbackRate = 2");
      await run("scene.play(6)");
      await run("scene.seek(2)");
      await run("scene.play(3)");
      await run("scene.seek(6.8)");
      await run("scene.finish()");
      const truth = await run<Truth>("scene.truth()");
      await run("scene.tracker.end()");
      const shown = await stage.closedSessionOf(player);
      agree(shown, truth);
      const { metrics, session } = shown;
      near(metrics, "uniqueTimePlayed", truth.watchedS);
      expect(metrics).toMatchObject({ contentStarts: 1, contentCompletes: 1, muteCount: 1, fullScreenCount: 1 });
      expect(session.params).toMatchObject({
        "media.playerName": playerName,
        "media.contentType": "VOD",
        "media.streamType": "video",
        "media.length": expect.any(Number),
      });
      if (player === "dash") expect(metrics["averageBitrate"]).toBeWithin(60_000, 140_001);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "in an hls-video that is tracked before its library is there",
    async () => {
      const { run, context } = await stage.view("dash", "late-hls", "0");
      await run(`(async () => {
        const element = document.createElement("hls-video");
        element.setAttribute("src", new URL("media/all/master.m3u8", location.href).href);
        document.body.append(element);
        const tracker = Playhead.track(element, { id: "late-hls", channel: "test" });
        await scene.sleep(200);
        await import(new URL("clients/hls-video.js", location.href).href);
        await element.play();
        await scene.until(() => element.currentTime > 1);
        tracker.end();
      })()`);
      const { metrics, session } = await stage.closedSessionOf("late-hls");
      expect(metrics).toMatchObject({ contentStarts: 1, pauseEvents: 0, errorEvents: 0 });
      near(metrics, "uniqueTimePlayed", 1);
      expect(session.params).toMatchObject({ "media.length": 8, "media.streamType": "video" });
      await context.close();
    },
    TEST_MS_MAX,
  );

  test("and nothing of it reached a page as an error", () => {
    expect(stage.complaints).toEqual([]);
  });
});

/** dash.js, whose own methods throw until it has a manifest. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { waitFor } from "../support/wait-for.ts";
import { type Shown, Stage } from "./stage.ts";

const TEST_MS_MAX = 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, TEST_MS_MAX);
afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

/** What a page may come to before the part that reads players is loaded. */
const PLAYS = "[...document.querySelectorAll('video')].at(-1).currentTime > 0.4";
const HAS_FAILED = "window.hasFailed === true";

/**
 * Plays a manifest by itself, tracked before it is asked for, until its bitrate or its failure was told.
 * @param partAfter when the part that reads players may load; at once unless it is said
 */
async function view(id: string, manifest: string, partAfter = "true"): Promise<Shown> {
  const { run, context, page } = await stage.view("dash", id, "0");
  await page.route("**/tracker/player.mjs", async (route) => {
    await waitFor(() => run<boolean>(partAfter));
    await route.continue();
  });
  await run(`(async () => {
    const video = document.createElement("video");
    document.body.append(video);
    const player = dashjs.MediaPlayer().create();
    const told = [];
    const observe = (event) => told.push(event);
    const tracker = Playhead.track(video, { id: "${id}", channel: "test" }, { player, observe });
    player.on("error", () => { window.hasFailed = true; });
    player.initialize(video, new URL("${manifest}", location.href).href, true);
    const isTold = ({ eventType, qoeData }) => eventType === "error" || qoeData["media.qoe.bitrate"];
    await scene.until(() => told.some(isTold) && (window.hasFailed || video.currentTime > 1));
    // What follows the bitrate has some time to play with it.
    await scene.sleep(300);
    tracker.end();
  })()`);
  const shown = await stage.closedSessionOf(id);
  await context.close();
  return shown;
}

describe("in dash.js", () => {
  test(
    "bitrates are told, and a manifest that is missing is a session that failed before it started",
    async () => {
      const manifest = "media/all/manifest.mpd";
      const [{ metrics, session, events }, late, missing] = await Promise.all([
        view("dash", manifest),
        view("dash-late", manifest, PLAYS),
        view("dash-missing", "nowhere/manifest.mpd", HAS_FAILED),
      ]);
      expect(metrics["averageBitrate"]).toBeWithin(60_000, 140_001);
      expect(metrics).toMatchObject({ contentStarts: 1, errorEvents: 0 });
      expect(session.params).toMatchObject({ "media.playerName": "dash.js", "media.length": 8 });
      expect(events.filter(({ flags }) => flags.length > 0)).toEqual([]);
      expect(late.metrics["averageBitrate"]).toBeWithin(60_000, 140_001);
      expect(missing.metrics).toMatchObject({ contentStarts: 0, errorEvents: 1, playbackFailures: 1 });
      expect(missing.session.params).toMatchObject({ "media.playerName": "dash.js" });
      expect(stage.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

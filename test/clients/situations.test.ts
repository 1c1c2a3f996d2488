/** What players are made to do, in a real browser with real media. `bun run test:clients`. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { agree, near } from "../tracker/agree.ts";
import type { Truth } from "../tracker/site.ts";
import { Stage } from "../tracker/stage.ts";
import { describeClients, TEST_MS_MAX } from "./effort.ts";

/** Two songs, one after the other, in a player that is in no page: what each was heard, by the page's own clock. */
const PLAYLIST = `(async () => {
  const audio = new Audio();
  let song = 0;
  const heard = [];
  const ended = () => new Promise((resolve) => audio.addEventListener("ended", resolve, { once: true }));
  const tracker = Playhead.track(audio, () => ({ id: "song-" + song, channel: "test" }));
  for (song of [1, 2]) {
    audio.src = "media/song-" + song + ".m4a";
    const playing = new Promise((resolve) => audio.addEventListener("playing", resolve, { once: true }));
    void audio.play();
    await playing;
    const sinceMs = performance.now();
    await ended();
    heard.push((performance.now() - sinceMs) / 1000);
  }
  tracker.end();
  return heard;
})()`;

/** A live stream by hand: four seconds of which the third and fourth never come, over which the page leaps after a wait. */
const LIVE = `(async () => {
  const { media } = scene;
  const source = new MediaSource();
  media.src = URL.createObjectURL(source);
  await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
  source.duration = Infinity;
  const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.64000c"');
  for (const name of ["init-40.mp4", "40-0.m4s", "40-1.m4s", "40-4.m4s", "40-5.m4s", "40-6.m4s"]) {
    const answer = await fetch("media/all/" + name);
    const done = new Promise((resolve) => buffer.addEventListener("updateend", resolve, { once: true }));
    buffer.appendBuffer(await answer.arrayBuffer());
    await done;
  }
  scene.tracker = Playhead.track(media, { id: "gap", channel: "test" });
  await media.play();
  await scene.until(() => media.readyState < 3);
  await scene.sleep(600);
  await scene.seek(4.01);
  await scene.play(5.5);
  const truth = scene.truth();
  scene.tracker.end();
  return truth;
})()`;

describeClients("what is counted is what was seen", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  }, TEST_MS_MAX);
  afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

  test(
    "of songs in a list",
    async () => {
      const { run, context } = await stage.view("html5", "songs", "0");
      for (const [at, seconds] of (await run<number[]>(PLAYLIST)).entries()) {
        const { metrics, session, events } = await stage.closedSessionOf(`song-${at + 1}`);
        near(metrics, "contentTimeSpent", seconds);
        near(metrics, "uniqueTimePlayed", 3);
        expect(metrics).toMatchObject({ contentStarts: 1, contentCompletes: 1, pauseEvents: 0, errorEvents: 0 });
        expect(session.params).toMatchObject({ "media.contentType": "AOD", "media.streamType": "audio" });
        expect(events.filter(({ verdict }) => verdict !== "counted")).toEqual([]);
      }
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "of a live stream with a gap",
    async () => {
      const { run, context } = await stage.view("html5", "gap", "0");
      const truth = await run<Truth>(LIVE);
      const shown = await stage.closedSessionOf("gap");
      agree(shown, truth, ["length-unknown"]);
      near(shown.metrics, "uniqueTimePlayed", truth.watchedS);
      expect(shown.metrics).toMatchObject({ contentStarts: 1, bufferEvents: 1 });
      expect(shown.session.params).toMatchObject({ "media.contentType": "Live", "media.length": 0 });
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "of a loop",
    async () => {
      const { run, context } = await stage.view("html5", "loop");
      await run("scene.media.loop = true");
      await run("scene.play(1)");
      await run("scene.seek(6.5)");
      await run("scene.until(() => scene.media.currentTime < 2)");
      await run("scene.play(2.5)");
      const truth = await run<Truth>("scene.truth()");
      await run("scene.tracker.end()");
      const shown = await stage.closedSessionOf("loop");
      agree(shown, truth);
      near(shown.metrics, "uniqueTimePlayed", truth.watchedS);
      expect(shown.metrics).toMatchObject({ contentStarts: 1, contentCompletes: 0 });
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "at every speed",
    async () => {
      const { run, context } = await stage.view("html5", "every-speed", "0");
      await run("Promise.all([scene.track({}), void (scene.media.src = 'media/long.mp4')])");
      let untilS = 0;
      for (const speed of [1, 0.5, 1.5, 2, 3, 1]) {
        untilS += speed * 2.5;
        await run(`scene.media.playbackRate = ${speed}`);
        await run(`scene.play(${untilS})`);
      }
      const truth = await run<Truth>("scene.truth()");
      await run("scene.tracker.end()");
      const shown = await stage.closedSessionOf("every-speed");
      agree(shown, truth);
      near(shown.metrics, "uniqueTimePlayed", truth.watchedS);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "of one source after another, each until the next comes",
    async () => {
      const { run, context } = await stage.view("html5", "sources", "0");
      const played = await run<number[]>(`(async () => {
        const { media } = scene;
        let source = 0;
        const played = [];
        const tracker = Playhead.track(media, () => ({ id: "source-" + source, channel: "test" }));
        for (source of [1, 2]) {
          media.src = "media/clip.mp4?gate=source-" + source;
          const playing = new Promise((resolve) => media.addEventListener("playing", resolve, { once: true }));
          void media.play();
          await playing;
          const sinceMs = performance.now();
          await scene.sleep(1200);
          played.push((performance.now() - sinceMs) / 1000);
        }
        tracker.end();
        return played;
      })()`);
      for (const [at, seconds] of played.entries()) {
        const { metrics } = await stage.closedSessionOf(`source-${at + 1}`);
        near(metrics, "contentTimeSpent", seconds);
        near(metrics, "uniqueTimePlayed", seconds);
        expect(metrics).toMatchObject({ contentStarts: 1, contentCompletes: 0, pauseEvents: 0, bufferEvents: 0 });
      }
      await context.close();
    },
    TEST_MS_MAX,
  );

  test("and nothing of it reached a page as an error, or broke its policy", () => {
    expect(stage.complaints).toEqual([]);
  });
});

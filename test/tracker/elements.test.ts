/** Elements as pages have them: sought, seen late, taken away, in shadow roots, and without what others have. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { near } from "./agree.ts";
import type { Truth } from "./site.ts";
import { Stage } from "./stage.ts";

const TEST_MS_MAX = 60_000;
/** Longer than the tracker waits for an element to come back. */
const GONE_MS = 25_000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, TEST_MS_MAX);
afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

/** A player of its own kind: a custom element around a video, as hls-video-element and mux-player are. */
const PLAYER = `
  class ShadowPlayer extends HTMLElement {
    video = Object.assign(document.createElement("video"), { preload: "auto", muted: true });
    constructor() {
      super();
      this.attachShadow({ mode: "open" }).append(this.video);
      const types = "loadstart loadedmetadata play playing pause seeking seeked timeupdate ended volumechange emptied";
      for (const type of types.split(" ")) this.video.addEventListener(type, () => this.dispatchEvent(new Event(type)));
    }
    play() { return this.video.play(); }
    pause() { this.video.pause(); }
  }
  const names = ["src", "paused", "ended", "seeking", "currentTime", "duration", "readyState", "muted", "playbackRate"];
  for (const name of names) {
    Object.defineProperty(ShadowPlayer.prototype, name, {
      get() { return this.video[name]; },
      set(value) { this.video[name] = value; },
    });
  }
`;

describe("a seek", () => {
  test(
    "leaves where it left for all that is told before it has arrived",
    async () => {
      const { run, context } = await stage.view("html5", "sought");
      const [leftS, pausedS] = await run<[number, number]>(`(async () => {
        await scene.play(0.8);
        const leftS = scene.media.currentTime;
        scene.media.currentTime = 4;
        scene.tracker.chapterStart({ friendlyName: "Two" });
        scene.media.muted = true;
        await scene.until(() => !scene.media.seeking);
        await scene.play(4.8);
        scene.media.pause();
        const pausedS = scene.media.currentTime;
        scene.media.currentTime = 2;
        await scene.until(() => !scene.media.seeking);
        scene.tracker.end();
        return [leftS, pausedS];
      })()`);
      const { metrics, events } = await stage.closedSessionOf("sought");
      const playheads = (type: string) => events.filter((event) => event.type === type).map(({ playhead }) => playhead);
      for (const playhead of [...playheads("chapterStart"), ...playheads("statesUpdate").slice(-1)]) {
        expect(playhead).toBeWithin(leftS - 0.3, leftS + 0.3);
      }
      // A pause and a seek of one moment: it paused where it played.
      expect(playheads("pauseStart").length).toBe(1);
      expect(playheads("pauseStart")[0]).toBeWithin(pausedS - 0.3, pausedS + 0.3);
      near(metrics, "uniqueTimePlayed", leftS + pausedS - 4);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "and a change of speed have a ping each, so that what was watched is exact",
    async () => {
      const { run, context } = await stage.view("html5", "speeds");
      await run(`(async () => {
        await scene.play(0.5);
        for (const [rate, untilS] of [[2, 3], [0.5, 3.4], [3, 6]]) {
          scene.media.playbackRate = rate;
          await scene.play(untilS);
        }
        scene.media.pause();
        // On a busy machine it may have come to its end by now.
        await scene.until(() => /pauseStart|sessionComplete/.test(scene.told.at(-1).eventType));
        scene.tracker.end();
      })()`);
      const { metrics, events } = await stage.closedSessionOf("speeds");
      const last = events.findLast(({ type }) => /pauseStart|sessionComplete/.test(type))?.playhead ?? 0;
      expect(events.filter(({ type }) => type === "ping").length).toBeGreaterThanOrEqual(3);
      expect(Math.abs((metrics["uniqueTimePlayed"] ?? 0) - last)).toBeLessThan(0.3);
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("a custom element", () => {
  test(
    "that is defined late is tracked from then on, once; calls wait for it",
    async () => {
      const { run, context } = await stage.view("html5", "late", "0");
      await run(`(async () => {
        document.body.insertAdjacentHTML("beforeend", "<shadow-player></shadow-player>");
        const element = document.querySelector("shadow-player");
        const track = (id) => Playhead.track(element, { id, channel: "test" });
        const tracker = track("late");
        tracker.start();
        tracker.chapterStart({ friendlyName: "Kept" });
        if (track("late-again") !== tracker) throw new Error("There are two");
        await scene.sleep(50);
        ${PLAYER}
        customElements.define("shadow-player", ShadowPlayer);
        try { customElements.define("shadow-player", class extends HTMLElement {}); } catch {}
        if (track("late-again") !== tracker) throw new Error("There are two");
        element.src = "media/clip.mp4";
        await element.play();
        await scene.until(() => element.currentTime > 0.4);
        const ended = new Promise((resolve) => element.addEventListener("ended", resolve));
        element.currentTime = 7.6;
        await ended;
        tracker.end();
      })()`);
      const { metrics, chapters, events } = await stage.closedSessionOf("late");
      expect(chapters).toMatchObject([{ name: "Kept" }]);
      expect(metrics).toMatchObject({ contentStarts: 1, contentCompletes: 1, chapterStarts: 1, muteCount: 1 });
      // All states that change at once are one event.
      const states = ["mute", "inFocus"].map((name) => ({ "media.state.name": name }));
      expect(events[1]).toMatchObject({ type: "statesUpdate", params: { statesStart: states } });
      expect(await stage.sessionsOf("late-again")).toEqual([]);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "that is never defined reports nothing, and one is tracked again after it was let go",
    async () => {
      const { run, context } = await stage.view("html5", "never", "0");
      await run(`(async () => {
        const never = document.createElement("never-player");
        document.body.append(never);
        const tracker = Playhead.track(never, { id: "never", channel: "test" });
        for (const name of ["start", "adBreakStart", "error", "end"]) tracker[name]("x");
        dispatchEvent(new PageTransitionEvent("pagehide"));
        scene.media.src = "media/clip.mp4";
        for (const id of ["first", "second"]) {
          const other = Playhead.track(scene.media, { id, channel: "test" });
          await scene.play(0.3);
          other.destroy();
          scene.media.pause();
        }
      })()`);
      await stage.closedSessionOf("first");
      expect((await stage.closedSessionOf("second")).metrics).toMatchObject({ contentStarts: 1 });
      expect(await stage.sessionsOf("never")).toEqual([]);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "may have no text tracks and no volume; its screen is seen through its shadow root, from outside and inside",
    async () => {
      const { run, context } = await stage.view("html5", "shadow", "0");
      await run(`(async () => {
        ${PLAYER}
        customElements.define("shadow-player", ShadowPlayer);
        const element = new ShadowPlayer();
        const frame = document.createElement("div");
        document.body.append(frame);
        frame.append(element);
        element.src = "media/clip.mp4";
        const told = [];
        const trackers = [["outside", element], ["inside", element.video]].map(([id, media]) => {
          const events = [];
          told.push(events);
          return Playhead.track(media, { id, channel: "test" }, { observe: (event) => events.push(event) });
        });
        element.muted = false;
        // The eight seconds must last: on a busy machine each change of the screen takes some.
        element.playbackRate = 0.1;
        const states = (list, name) => (events) =>
          events.flatMap(({ params }) => params?.[list] ?? []).filter((state) => state["media.state.name"] === name);
        const toldBy = (list, name, times) =>
          scene.until(() => told.map(states(list, name)).every(({ length }) => length >= times));
        Object.assign(window, { element, frame, trackers, toldBy });
        await element.play();
      })()`);
      // Each run stands for a click, which only one change of the screen may follow.
      for (const [at, filled] of ["frame", "element.video"].entries()) {
        await run(`${filled}.requestFullscreen().then(() => toldBy("statesStart", "fullScreen", ${at + 1}))`);
        await run(`document.exitFullscreen().then(() => toldBy("statesEnd", "fullScreen", ${at + 1}))`);
      }
      await run(`element.video.requestPictureInPicture().then(() => toldBy("statesStart", "pictureInPicture", 1))`);
      await run(`document.exitPictureInPicture().then(() => toldBy("statesEnd", "pictureInPicture", 1))`);
      await run("for (const tracker of trackers) tracker.end()");
      for (const id of ["outside", "inside"]) {
        const { metrics, session } = await stage.closedSessionOf(id);
        expect(metrics).toMatchObject({
          contentStarts: 1,
          fullScreenCount: 2,
          pictureInPictureCount: 1,
          errorEvents: 0,
        });
        expect(metrics["muteCount"] ?? 0).toBe(0);
        expect(session.params).toMatchObject({ "media.id": id });
      }
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("an element that", () => {
  const leave = async (id: string, how: string, comesBack = "") => {
    const { run, page, context } = await stage.view("html5", id, "0");
    // Time is the page's own from here on, so that the test needs not wait for it.
    await page.clock.install();
    const { playMs } = await run<Truth>(`(async () => {
      await scene.track();
      await scene.play(0.5);
      const truth = { ...scene.truth() };
      ${how};
      return truth;
    })()`);
    await run("scene.sleep(100)");
    await page.clock.runFor(4000);
    if (comesBack) await run(comesBack);
    await page.clock.runFor(GONE_MS);
    return { playS: playMs / 1000, context };
  };

  test(
    "leaves the page, or has its source taken out, ends its session as of then; one that is moved does not",
    async () => {
      const gone = {
        removed: "scene.media.remove()",
        emptied: "scene.media.removeAttribute('src'); scene.media.load()",
      };
      for (const [id, how] of Object.entries(gone)) {
        const { playS, context } = await leave(id, how);
        const { metrics, events } = await stage.closedSessionOf(id);
        expect([id, events.at(-1)?.type]).toEqual([id, "sessionEnd"]);
        // Ten seconds more would tell that it was noticed late.
        expect(metrics["contentTimeSpent"]).toBeWithin(playS - 0.3, playS + 2);
        expect(metrics["totalPauseDuration"]).toBeWithin(0, 2);
        await context.close();
      }
      const { context } = await leave("moved", "scene.media.remove()", "document.body.append(scene.media)");
      const [moved] = await stage.sessionsOf("moved");
      expect(moved?.session.status).toBe("open");
      await context.close();
    },
    TEST_MS_MAX,
  );
});

/** Which sessions there are, and what is in them beside the playback: in a real browser. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { waitFor } from "../support/wait-for.ts";
import { Stage } from "./stage.ts";

const TEST_MS_MAX = 60_000;
const DAY_S = 86_400;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, TEST_MS_MAX);
afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

/** Google IMA's ads manager, as far as the helper hears it. */
const IMA = `
  const listeners = {};
  const ad = { getAdId: () => "ima-1", getTitle: () => "From IMA", getDuration: () => 5, getAdvertiserName: () => "",
    getCreativeId: () => "c-1", getAdPodInfo: () => ({ getPodIndex: () => 1, getTimeOffset: () => 0.5, getAdPosition: () => 1 }) };
  const manager = { addEventListener: (type, listener) => { listeners[type] = listener; } };
  const tell = (type) => listeners[type]({ getAd: () => ad });
`;

describe("sessions", () => {
  test(
    "of two players on a page are two; tracking one twice makes no third",
    async () => {
      const { run, context } = await stage.view("html5", "two");
      await run(`(async () => {
        const other = scene.media.cloneNode();
        document.body.append(other);
        window.other = Playhead.track(other, { id: "two-other", channel: "test" });
        const again = Playhead.track(scene.media, { id: "two-again", channel: "test" });
        if (again !== scene.tracker) throw new Error("There is another tracker");
        const copy = await import("${stage.url}/tracker.mjs");
        const third = copy.track(scene.media, { id: "two-again", channel: "test" });
        if (third !== scene.tracker) throw new Error("A copy of the script has another tracker");
        await Promise.all([scene.play(0.3), other.play()]);
        await scene.until(() => other.currentTime > 0.3);
        other.pause();
        window.other.end();
        scene.tracker.end();
      })()`);
      expect((await stage.closedSessionOf("two")).metrics).toMatchObject({ pauseEvents: 0, contentStarts: 1 });
      expect((await stage.closedSessionOf("two-other")).metrics).toMatchObject({ contentStarts: 1 });
      expect(await stage.sessionsOf("two-again")).toEqual([]);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "end with their source, and after the end with the next play; content may be asked for again",
    async () => {
      const { run, context } = await stage.view("html5", "list", "scene.track()");
      await run(`(async () => {
        scene.tracker.destroy();
        const video = document.createElement("video");
        document.body.append(video);
        let at = 0;
        const next = () => { video.src = "media/clip.mp4?at=" + ++at; };
        next();
        Playhead.track(video, () => ({ id: "list-" + at, channel: "test" }));
        for (const _ of [1, 2]) {
          await video.play();
          await scene.until(() => video.currentTime > 0.2);
          if (at === 1) next();
        }
        const ended = new Promise((resolve) => video.addEventListener("ended", resolve));
        video.currentTime = 7.7;
        await ended;
        await video.play();
        await scene.until(() => video.currentTime > 0.2);
      })()`);
      expect((await stage.closedSessionOf("list-1")).metrics).toMatchObject({ contentCompletes: 0, pauseEvents: 0 });
      // The third starts beside the second, whose last events may still be under way.
      await waitFor(async () => {
        const sessions = await stage.sessionsOf("list-2");
        return sessions.length === 2 && sessions[0]?.session.status === "closed";
      });
      const [second, third] = await stage.sessionsOf("list-2");
      expect(second?.metrics).toMatchObject({ contentCompletes: 1, pauseEvents: 0 });
      expect([second?.session.status, third?.session.status]).toEqual(["closed", "open"]);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "without consent leave no trace",
    async () => {
      const { run, context, page } = await stage.view(
        "html5",
        "refused",
        "scene.track({}, { consent: async () => false })",
      );
      const sent: string[] = [];
      page.on("request", (request) => sent.push(request.url()));
      await run("scene.play(0.3)");
      await page.goto("about:blank");
      expect(sent.filter((url) => url.includes("/api/v1/"))).toEqual([]);
      expect(await stage.sessionsOf("refused")).toEqual([]);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "of a live stream have the second of the day as their playhead, and no length",
    async () => {
      const live = `(async () => {
        Object.defineProperty(scene.media, "duration", { get: () => Infinity });
        await scene.track();
        await scene.play(0.4);
        scene.tracker.end();
      })()`;
      const { context } = await stage.view("html5", "live", live);
      const { session, events, metrics } = await stage.closedSessionOf("live");
      expect(session.params).toMatchObject({ "media.contentType": "Live", "media.length": 0 });
      const last = events.at(-1);
      const off = Math.abs((last?.playhead ?? 0) - (((last?.ts ?? 0) / 1000) % DAY_S));
      expect(Math.min(off, DAY_S - off)).toBeLessThan(2);
      expect(metrics["progress95"]).toBeNull();
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("in a session", () => {
  test(
    "Google IMA's events are its ads, and the content goes on as it was",
    async () => {
      const { run, context } = await stage.view("html5", "ima");
      await run(`(async () => { ${IMA}
        await scene.tracker.ima(manager);
        await scene.play(0.5);
        scene.media.pause();
        tell("contentPauseRequested");
        tell("start");
        await scene.sleep(400);
        tell("skip");
        tell("contentResumeRequested");
        await scene.media.play();
        await scene.play(1);
        scene.tracker.end();
      })()`);
      const { metrics, ads, events } = await stage.closedSessionOf("ima");
      expect(metrics).toMatchObject({ adBreaks: 1, adStarts: 1, adSkips: 1, adCompletes: 0, pauseEvents: 0 });
      expect(ads).toMatchObject([{ id: "ima-1", name: "From IMA", length: 5, position: 1, skipped: true }]);
      expect(events.filter(({ flags }) => flags.length > 0)).toEqual([]);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "the cues of a text track are its chapters",
    async () => {
      const { run, context } = await stage.view("html5", "chapters");
      await run(`(async () => {
        const track = scene.media.addTextTrack("chapters");
        track.addCue(new VTTCue(0, 0.6, "One"));
        track.addCue(new VTTCue(0.6, 7, "Two"));
        track.addCue(new VTTCue(7, 8, "Three"));
        await scene.tracker.textChapters();
        await scene.play(1.2);
        await scene.seek(7.4);
        await scene.finish();
        await scene.until(() => scene.told.filter(({ eventType }) => eventType === "chapterComplete").length === 2);
        scene.tracker.end();
      })()`);
      const { metrics, chapters } = await stage.closedSessionOf("chapters");
      expect(metrics).toMatchObject({ chapterStarts: 3, chapterCompletes: 2, chapterSkips: 1 });
      expect(chapters.map(({ name, position, completed }) => [name, position, completed])).toEqual([
        ["One", 1, true],
        ["Two", 2, false],
        ["Three", 3, true],
      ]);
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "a source that doesn't play is an error of a session that never started",
    async () => {
      const { run, context } = await stage.view("html5", "broken", "0");
      await run(`(async () => {
        scene.media.src = "scene.js";
        const tracker = Playhead.track(scene.media, { id: "broken", channel: "test" });
        const failed = new Promise((resolve) => scene.media.addEventListener("error", resolve));
        scene.media.play().catch(() => {});
        await failed;
        tracker.end();
      })()`);
      const { metrics } = await stage.closedSessionOf("broken");
      expect(metrics).toMatchObject({ contentStarts: 0, errorEvents: 1, playbackFailures: 1 });
      await context.close();
    },
    TEST_MS_MAX,
  );

  test("nothing reaches the page, whatever it calls", async () => {
    const { run, context } = await stage.view("html5", "calls", "0");
    const answer = await run(`(async () => {
      const nothing = Playhead.track(undefined, undefined);
      nothing.adStart();
      const tracker = Playhead.track(scene.media, () => { throw new Error("The page's own"); });
      for (const name of ["adBreakStart", "adStart", "adComplete", "chapterStart", "stateStart", "error", "end", "destroy"])
        tracker[name](null, 7);
      await tracker.ima({});
      scene.media.dispatchEvent(new Event("play"));
      return (await tracker) === tracker;
    })()`);
    expect(answer).toBe(true);
    expect(stage.complaints).toEqual([]);
    await context.close();
  });
});

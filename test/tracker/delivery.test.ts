/** What becomes of events when the server or the network is not there, in a real browser. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { waitFor } from "../support/wait-for.ts";
import type { Truth } from "./site.ts";
import { Stage, type Viewer } from "./stage.ts";

const TEST_MS_MAX = 60_000;
const AWAY_MS = 300;

let stage: Stage;
beforeAll(async () => {
  // Shorter than any pause here, so that a session closes under a silent player.
  stage = await Stage.open({ LATE_GRACE_MS: "0" });
}, TEST_MS_MAX);
afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

describe("a server that is killed mid-play and started again", () => {
  test(
    "has lost no session, and counts as if nothing had been",
    async () => {
      const { run, context } = await stage.view("html5", "killed");
      await run("scene.play(0.5)");
      // A start whose answer is lost with the server is asked for again, and its key is known in memory alone.
      await run("scene.until(() => scene.told.length > 0)");
      const restarted = stage.restart(AWAY_MS);
      await run("scene.pause(200)");
      await restarted;
      // On a busy machine the start takes longer than the film.
      await run("scene.media.ended || scene.seek(7)");
      await run("scene.finish()");
      const truth = await run<Truth>("scene.truth()");
      await run("scene.tracker.end()");
      const { metrics, events } = await stage.closedSessionOf("killed");
      expect(Math.abs((metrics["contentTimeSpent"] ?? 0) - truth.playMs / 1000)).toBeLessThan(1);
      expect(Math.abs((metrics["totalPauseDuration"] ?? 0) - truth.pauseMs / 1000)).toBeLessThan(1);
      expect(metrics).toMatchObject({ pauseEvents: 1, contentCompletes: 1, contentResumes: 0 });
      expect(events.filter(({ verdict }) => verdict === "ignored")).toEqual([]);
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("a session that was played without a network", () => {
  // Events are kept only once the part that keeps them has loaded: the page asks for the same one, and has it later.
  const part = () => `import("${stage.url}/tracker/offline.mjs").then(() => {})`;
  const track = () => `scene.track({}, { persist: true }).then(() => ${part()})`;

  /** Opens the page again, once the one that went has let go of what it left: until then another one does not send it. */
  async function reopen({ page, run }: Viewer, gate: string): Promise<void> {
    await page.goto(`${stage.site.url}/page?player=html5&gate=${gate}`);
    await waitFor(() => run<boolean>("'scene' in window"));
    await waitFor(() => run<boolean>("navigator.locks.query().then(({ held }) => held.length === 0)"));
  }

  test(
    "waits for a later page, and goes as downloaded content, once",
    async () => {
      const viewer = await stage.view("html5", "persisted", track());
      const { run, page, context } = viewer;
      const beside = await context.newPage();
      await beside.goto(`${stage.site.url}/page?player=html5&gate=persisted`);
      await run("scene.until(() => scene.media.buffered.length && scene.media.buffered.end(0) > 7.5)");
      // A request that outlives its page is not held back by a network that is only said to be away.
      await run("window.fetch = () => Promise.reject(new TypeError('Away'))");
      await context.setOffline(true);
      await run("scene.until(() => !navigator.onLine)");
      await run("scene.play(0.4)");
      await run("scene.until(() => scene.told.length > 0)");
      await run("scene.pause(200)");
      await run("scene.play(0.7)");
      await page.goto("about:blank");
      // Until its lock is gone the page that went still hears that the network is back.
      await waitFor(() => beside.evaluate(async () => (await navigator.locks.query()).held?.length === 0));
      await context.setOffline(false);
      await reopen(viewer, "persisted");
      expect(await run("Object.keys(localStorage).length")).toBe(1);
      await run(track());
      const { session, metrics, events } = await stage.closedSessionOf("persisted");
      expect(session.downloaded).toBe(true);
      expect(metrics).toMatchObject({ contentStarts: 1, pauseEvents: 1 });
      expect(events.at(-1)?.type).toBe("sessionEnd");
      await run("scene.until(() => localStorage.length === 0)");
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "but for its start, whose answer was lost, goes on in the session that the start opened",
    async () => {
      const viewer = await stage.view("html5", "half-heard", track());
      const { run, page, context } = viewer;
      await run(`(() => {
        const { fetch } = window;
        // The start arrives; its answer and all that follows don't.
        window.fetch = async (url, options) => {
          if (url.endsWith("/sessions")) await fetch(url, options).catch(() => {});
          throw new TypeError("Away");
        };
      })()`);
      await run("scene.play(0.4)");
      await run("scene.until(() => scene.told.length > 0)");
      await run("scene.pause(200)");
      await page.goto("about:blank");
      await reopen(viewer, "half-heard");
      await run(track());
      const { session, metrics, events } = await stage.closedSessionOf("half-heard");
      expect(session.downloaded).toBe(false);
      expect(metrics).toMatchObject({ mediaStarts: 1, contentStarts: 1, pauseEvents: 1 });
      expect(events.at(-1)?.type).toBe("sessionEnd");
      await run("scene.until(() => localStorage.length === 0)");
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "whose network comes back while its page goes is there once",
    async () => {
      const viewer = await stage.view("html5", "parting", track());
      const { run, page, context } = viewer;
      await run("scene.until(() => scene.media.buffered.length && scene.media.buffered.end(0) > 7.5)");
      // The network as the page sees it, since that of the browser can't come back at one moment of its end.
      await run(`(() => {
        const { fetch } = window;
        let isAway = true;
        Object.defineProperty(navigator, "onLine", { get: () => !isAway });
        window.fetch = (...request) => (isAway ? Promise.reject(new TypeError("Away")) : fetch(...request));
        addEventListener("pagehide", () => {
          isAway = false;
          dispatchEvent(new Event("online"));
        });
      })()`);
      await run("scene.play(0.4)");
      await run("scene.until(() => scene.told.length > 0)");
      await run("scene.pause(200)");
      await run("scene.play(0.7)");
      await page.goto("about:blank");
      await waitFor(async () => (await stage.sessionsOf("parting")).length > 0);
      await reopen(viewer, "parting");
      await run(track());
      const { metrics, events } = await stage.closedSessionOf("parting");
      expect(metrics).toMatchObject({ contentStarts: 1, pauseEvents: 1 });
      expect(events.at(-1)?.type).toBe("sessionEnd");
      await run("scene.until(() => localStorage.length === 0)");
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "keeps nothing in the browser unless it is told to",
    async () => {
      const { run, context } = await stage.view("html5", "kept-not");
      await context.setOffline(true);
      await run("scene.play(0.3)");
      await run("scene.until(() => scene.told.length > 0)");
      expect(await run("[localStorage.length, sessionStorage.length, document.cookie]")).toEqual([0, 0, ""]);
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("a session that the server has closed", () => {
  test(
    "goes on in another one, in which what was open is open",
    async () => {
      const { run, context } = await stage.view("html5", "closed");
      await run("scene.play(0.4)");
      await run("scene.tracker.chapterStart({ friendlyName: 'One', index: 1, offset: 0, length: 8 })");
      await run("scene.until(() => scene.told.at(-1)?.eventType === 'chapterStart')");
      const [before] = await stage.sessionsOf("closed");
      const last = before?.events.at(-1)?.ts ?? 0;
      const body = { eventType: "sessionEnd", playerTime: { playhead: 1, ts: last + 1 } };
      const path = `${stage.url}/api/v1/sessions/${before?.session.sid}/events`;
      expect((await fetch(path, { method: "POST", body: JSON.stringify(body) })).status).toBe(204);
      await run("scene.pause(250)");
      await run("scene.seek(7.4)");
      await run("scene.finish()");
      await run("scene.tracker.end()");
      await waitFor(async () => {
        const sessions = await stage.sessionsOf("closed");
        return sessions.length === 2 && sessions.every(({ session }) => session.status === "closed");
      });
      const [, after] = await stage.sessionsOf("closed");
      expect(after?.events.slice(0, 5).map(({ type }) => type)).toEqual([
        "sessionStart",
        "statesUpdate",
        "play",
        "chapterStart",
        "pauseStart",
      ]);
      expect(after?.session.params).toMatchObject({ "media.resume": true });
      expect(after?.metrics).toMatchObject({
        contentResumes: 1,
        pauseEvents: 1,
        contentCompletes: 1,
        chapterStarts: 1,
      });
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("an answer that is lost", () => {
  test(
    "opens no second session: the start is known again by its key",
    async () => {
      const { run, context, page } = await stage.view("html5", "answer-lost");
      let lost = 0;
      await context.route(`${stage.url}/api/v1/sessions`, async (route) => {
        if (route.request().method() !== "POST" || lost > 0) return route.continue();
        lost += 1;
        await route.fetch();
        await route.abort("connectionreset");
      });
      await run("scene.play(0.5)");
      await run("scene.until(() => scene.told.some(({ eventType }) => eventType === 'play'))");
      await run("scene.tracker.end()");
      expect(lost).toBe(1);
      expect((await stage.closedSessionOf("answer-lost")).metrics).toMatchObject({ contentStarts: 1 });
      await page.close();
      await context.close();
    },
    TEST_MS_MAX,
  );
});

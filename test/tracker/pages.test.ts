/** Pages as people write them: what they get wrong, what blockers take from them, and how they are left. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { waitFor } from "../support/wait-for.ts";
import { near } from "./agree.ts";
import type { Truth } from "./site.ts";
import { Stage, type Viewer } from "./stage.ts";

const TEST_MS_MAX = 60_000;
const IS_FULL = process.env["CLIENTS"] === "full";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, TEST_MS_MAX);
afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

/** Opens a page that tracks nothing yet. @returns it, with all that its console warns of */
async function open(id: string): Promise<Viewer & { readonly warnings: string[] }> {
  const viewer = await stage.view("html5", id, "0");
  const warnings: string[] = [];
  viewer.page.on("console", (message) => {
    if (message.type() === "warning") warnings.push(message.text());
  });
  return { ...viewer, warnings };
}

/** The lines that docs/tracker.md gives to pages, for this server. */
function documentedLines(): string {
  const [, script = ""] = /<script>\n(.*?)<\/script>/s.exec(readFileSync("docs/tracker.md", "utf8")) ?? [];
  return script.replace("https://HOST", stage.url);
}

describe("a page that is wrong", () => {
  test(
    "never hears of it by an error, whatever the types of its options; a developer does in the console",
    async () => {
      const { run, context, warnings } = await open("wrong");
      const before = stage.complaints.length;
      await run(`(async () => {
        const odd = [undefined, null, 0, 7, NaN, "text", true, Symbol("s"), 10n, [], {}, () => {}, new Date(),
          Object.create(null), { get id() { throw new Error("The page's own"); } }, new Proxy({}, { ownKeys() { throw 1; } })];
        const names = ["start", "adBreakStart", "adStart", "adComplete", "adBreakComplete", "chapterStart", "stateStart",
          "stateEnd", "error", "ima", "textChapters", "end", "destroy"];
        const use = async (tracker, media, values) => {
          media.dispatchEvent(new Event("play"));
          for (const value of values) for (const name of names.slice(0, -1)) await tracker[name](value, value);
          tracker.destroy();
        };
        const settings = ["server", "player", "bitrate", "consent", "persist", "observe"];
        const of = (content, settings, values) =>
          use(Playhead.track(scene.media, content, settings), scene.media, values);
        await of({ id: "odd", channel: "test" }, {}, odd);
        for (const value of odd) {
          // Each of the others with each takes seconds, and what is wrong with one call shows here or above.
          const values = ${IS_FULL} ? odd : [value];
          Playhead.track(value, value, value);
          await of(value, value, values);
          await of({ id: "odd", channel: "test", length: value, metadata: value, params: value, name: value }, {}, values);
          for (const name of settings) await of({ id: "odd", channel: "test" }, { consent: false, [name]: value }, values);
        }
      })()`);
      expect(stage.complaints.slice(before)).toEqual([]);
      for (const text of [
        "Playhead: cannot track undefined: it is no element; call track() when it is there",
        "Playhead: content must be an object, not text",
        'Playhead: content.length must be number, not "text"',
        "Playhead: settings.consent must be boolean or function, not number",
      ]) {
        expect(warnings).toContain(text);
      }
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "has its numbers told as texts, and mistyped options named",
    async () => {
      const { run, context, warnings } = await open("typed");
      await run(`(async () => {
        const metadata = { plan: "free", n: 3, new: true, none: null };
        await scene.track({ id: 42, nmae: "Mistyped", season: 2, metadata, length: "8" }, { plaeyr: {} });
        await scene.play(0.3);
        scene.tracker.end();
      })()`);
      await waitFor(() => warnings.length >= 4);
      expect(warnings.toSorted()).toEqual([
        'Playhead: content.length must be number, not "8"',
        expect.stringMatching(/^Playhead: the server refused sessionStart: \/params\/media\.nmae /),
        "Playhead: unknown content.nmae: did you mean name?",
        "Playhead: unknown settings.plaeyr: did you mean player?",
      ]);
      await run(`(async () => {
        const content = { id: 42, channel: "test", season: 2, metadata: { plan: "free", n: 3, new: true, none: null } };
        scene.tracker.destroy();
        scene.tracker = Playhead.track(scene.media, content);
        await scene.play(0.6);
        scene.tracker.end();
      })()`);
      const { session, events } = await stage.closedSessionOf("42");
      expect(session.params).toMatchObject({ "media.season": "2" });
      expect(events[0]).toMatchObject({ customMetadata: { plan: "free", n: "3", new: "true" }, flags: [] });
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "learns from observe why an event was refused, and goes on",
    async () => {
      const { run, context } = await open("refused-event");
      await run(`(async () => {
        window.errors = [];
        const observe = (event, status, sid, errors) => errors && window.errors.push([event.eventType, status, errors]);
        await scene.track({}, { observe });
        await scene.play(0.3);
        scene.tracker.adBreakStart({ odd: "unknown" });
        scene.tracker.end();
      })()`);
      const { events } = await stage.closedSessionOf("refused-event");
      expect(await run("window.errors")).toMatchObject([
        ["adBreakStart", 400, [{ pointer: "/params/media.ad.odd", message: expect.any(String) }]],
      ]);
      expect(events.map(({ type }) => type)).not.toContain("adBreakStart");
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("a player that lies", () => {
  async function lie(duration: string): Promise<void> {
    const id = `lies-${duration}`;
    const { run, context } = await open(id);
    await run(`(async () => {
      Object.defineProperty(scene.media, "duration", { get: () => ${duration} });
      await scene.track();
      await scene.play(0.3);
      scene.tracker.end();
    })()`);
    const { metrics, events } = await stage.closedSessionOf(id);
    expect(metrics).toMatchObject({ contentStarts: 1, errorEvents: 0 });
    expect([id, events.filter(({ verdict }) => verdict !== "counted")]).toEqual([id, []]);
    await context.close();
  }

  test(
    "about its duration has its session all the same",
    () => Promise.all(["Infinity", "NaN", "-1", "1e308", "'8'", "undefined"].map(lie)),
    TEST_MS_MAX,
  );
});

describe("the documented lines", () => {
  test(
    "queue what is called until the tracker is there",
    async () => {
      const { run, context } = await open("lines");
      await context.route("**/tracker.mjs", async (route) => {
        await Bun.sleep(200);
        await route.continue();
      });
      await run(`(async () => {
        scene.media.src = "media/clip.mp4";
        ${documentedLines().replace("my-film", "lines")}
        tracker.chapterStart({ friendlyName: "One" });
        tracker.chapterComplete();
        await tracker.textChapters();
        await scene.play(0.3);
        (await tracker).end();
      })()`);
      const { metrics } = await stage.closedSessionOf("lines");
      expect(metrics).toMatchObject({ contentStarts: 1 });
      await context.close();
    },
    TEST_MS_MAX,
  );

  test(
    "and the page go on where a blocker takes the tracker away",
    async () => {
      const { run, page, context } = await open("blocked");
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.addInitScript(`addEventListener("unhandledrejection", ({ reason }) => { throw reason; })`);
      await context.route(`${stage.url}/**`, (route) => route.abort("blockedbyclient"));
      await page.reload();
      await waitFor(() => run<boolean>("'scene' in window"));
      const answer = await run(`(async () => {
        ${documentedLines()}
        tracker.adStart({ id: "ad" });
        await tracker.ima({});
        await tracker;
        return "The page goes on";
      })()`);
      expect(answer).toBe("The page goes on");
      expect(errors).toEqual([]);
      await context.close();
    },
    TEST_MS_MAX,
  );
});

describe("a page that is left", () => {
  test.each(["slow", "busy"])(
    "before its start is answered by a %s server has the rest of its session too",
    async (kind) => {
      const id = `left-${kind}`;
      const { run, page, context } = await open(id);
      await run(`(async () => {
        await scene.track({}, { server: location.origin + "/${kind}" });
        await scene.play(0.4);
        const paused = new Promise((resolve) => scene.media.addEventListener("pause", resolve));
        scene.media.pause();
        await paused;
      })()`);
      const { playMs } = await run<Truth>("scene.truth()");
      await page.goto("about:blank");
      const { metrics, events } = await stage.closedSessionOf(id);
      expect(metrics).toMatchObject({ mediaStarts: 1, contentStarts: 1, pauseEvents: 1 });
      near(metrics, "contentTimeSpent", playMs / 1000);
      expect(events.at(-1)?.type).toBe("sessionEnd");
      await context.close();
    },
    TEST_MS_MAX,
  );
});

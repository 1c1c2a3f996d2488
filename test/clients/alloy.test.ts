/**
 * Adobe's Web SDK in a real browser: what is counted is what its page did. One session always, the rest by
 * `bun run test:clients`: in each of the SDK's ways, by the server's own TLS and through nginx.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { waitFor } from "../support/wait-for.ts";
import { near } from "../tracker/agree.ts";
import type { Shown } from "../tracker/stage.ts";
import { AlloyStage, type Before, DATASTREAM, type Truth, type Way } from "./alloy/stage.ts";
import { describeClients, TEST_MS_MAX } from "./effort.ts";

type Step = readonly [type: string, collection: object, ms: number];

/** Long enough that two events of one player are never in the same millisecond, nor overtake each other. */
const MOMENT_MS = 60;

const SHORT: readonly Step[] = [
  ["play", {}, 900],
  ["pauseStart", {}, 400],
  ["play", {}, 300],
  ["sessionComplete", {}, MOMENT_MS],
  ["sessionEnd", {}, 0],
];

const AD = { length: 15, playerName: "html5" };
/** Up to an ad in which the SDK itself pings each second, if it knows the player. */
const UNTIL_AD: readonly Step[] = [
  ["play", {}, 1100],
  ["chapterStart", { chapterDetails: { friendlyName: "First", index: 1, length: 30, offset: 0 } }, 300],
  ["pauseStart", {}, 600],
  ["play", {}, 500],
  ["bufferStart", {}, 400],
  ["play", {}, 300],
  [
    "bitrateChange",
    { qoeDataDetails: { bitrate: 3200, timeToStart: 1364, framesPerSecond: 24, droppedFrames: 3 } },
    200,
  ],
  ["statesUpdate", { statesStart: [{ name: "fullScreen" }] }, 500],
  ["statesUpdate", { statesEnd: [{ name: "fullScreen" }] }, 200],
  ["adBreakStart", { advertisingPodDetails: { friendlyName: "mid", index: 1, offset: 3 } }, MOMENT_MS],
  ["adStart", { advertisingDetails: { friendlyName: "Ad", name: "ad-1", podPosition: 1, ...AD } }, 900],
];
const BEHIND_AD: readonly Step[] = [
  ["adComplete", {}, MOMENT_MS],
  ["adStart", { advertisingDetails: { friendlyName: "Other", name: "ad-2", podPosition: 2, ...AD } }, 500],
  ["adSkip", {}, MOMENT_MS],
  ["adBreakComplete", {}, MOMENT_MS],
  ["play", {}, 500],
  ["error", { errorDetails: { name: "e-1", source: "player" } }, 300],
  ["chapterComplete", {}, MOMENT_MS],
  ["sessionComplete", {}, MOMENT_MS],
  ["sessionEnd", {}, 0],
];

/** Code that plays some steps in the page, one after the other by its own clock. */
function playing(steps: readonly Step[]): string {
  const told = steps.map((step) => {
    const [type, collection, ms] = step;
    return `scene.tell(${JSON.stringify(type)}, ${JSON.stringify(collection)}); await scene.sleep(${ms});`;
  });
  return `(async () => { ${told.join("\n")} })()`;
}

type Viewer = Awaited<ReturnType<AlloyStage["view"]>>;

/** Times within 0.3 s, counts exactly, and each event that was told, once. */
function agree({ metrics, events }: Shown, truth: Truth, types: readonly string[]): void {
  near(metrics, "contentTimeSpent", truth.content);
  near(metrics, "totalPauseDuration", truth.pause);
  near(metrics, "totalBufferDuration", truth.buffer);
  near(metrics, "adTimeSpent", truth.ad);
  const count = (type: string) => types.filter((each) => each === type).length;
  expect(metrics).toMatchObject({
    mediaStarts: 1,
    contentStarts: count("play") > 0 ? 1 : 0,
    contentCompletes: count("sessionComplete"),
    pauseEvents: count("pauseStart"),
    bufferEvents: count("bufferStart"),
    errorEvents: count("error"),
    bitrateChanges: count("bitrateChange"),
    adBreaks: count("adBreakStart"),
    adStarts: count("adStart"),
    adCompletes: count("adComplete"),
    adSkips: count("adSkip"),
    chapterStarts: count("chapterStart"),
    chapterCompletes: count("chapterComplete"),
    fullScreenCount: count("statesUpdate") / 2,
    mendings: 0,
    stallEvents: 0,
  });
  expect(events.map(({ type }) => type).toSorted()).toEqual(["sessionStart", ...types].toSorted());
  const odd = events.filter(({ verdict, flags }) => !/^(counted|reordered)$/.test(verdict) || flags.length > 0);
  expect(odd).toEqual([]);
}

/** Pings of the SDK's own that the server took. */
function pingsOf({ sent }: Viewer): string[] {
  return sent.filter(({ name, status }) => name === "ping" && status === 204).map(() => "ping");
}

interface Viewing {
  readonly way: Way;
  /** Each behind the one before, and behind as many pings of the SDK's own as are named. */
  readonly parts: readonly (readonly [steps: readonly Step[], pings: number])[];
}

/** Plays steps in a page of its own. @returns what the page did, beside the session that came of it */
async function play(stage: AlloyStage, id: string, { way, parts }: Viewing) {
  await using viewer = await stage.view();
  expect(await viewer.run(`scene.open("${way}", "${id}")`)).toMatchObject({
    sessionId: expect.stringMatching(/^\w{64}$/),
  });
  for (const [steps, pings] of parts) {
    await viewer.run(playing(steps));
    // It pings so long behind the answer to what came before, and answers take their time.
    await waitFor(() => pingsOf(viewer).length >= pings, PINGS_MS_MAX);
  }
  expect(await viewer.run<string[]>("scene.settled()")).toEqual([]);
  const truth = await viewer.run<Truth>("scene.truth()");
  const types = [...parts.flatMap(([steps]) => steps.map(([type]) => type)), ...pingsOf(viewer)];
  return { truth, types, sent: viewer.sent, shown: await stage.closedSessionOf(id) };
}

/** Strictness must not matter to the SDK, so each way through has its own. */
const VALIDATION = { "its own TLS": "strict", nginx: "standard" } as const satisfies Record<Before, string>;
const PINGS_MS_MAX = 40_000;
const WAYS: readonly Way[] = ["automatic", "manual", "bridge", "sendEvent"];

function tests(before: Before): void {
  const settings = { VALIDATION: VALIDATION[before] };
  let stage: AlloyStage;
  beforeAll(async () => {
    stage = await AlloyStage.open(before, settings);
  }, TEST_MS_MAX);
  afterAll(() => stage[Symbol.asyncDispose](), TEST_MS_MAX);

  test.each(WAYS)(
    "counts what the page did: %s",
    async (way) => {
      const pings = way === "automatic" || way === "bridge" ? 2 : 0;
      const { truth, types, sent, shown } = await play(stage, `counted-${way}`, {
        way,
        parts: [
          [UNTIL_AD, pings],
          [BEHIND_AD, pings],
        ],
      });
      agree(shown, truth, types);
      expect(types.filter((type) => type === "ping").length).toBe(pings);
      expect(sent.filter(({ name }) => name === "interact").length).toBe(way === "sendEvent" ? 1 + types.length : 1);
      expect(shown.metrics).toMatchObject({ averageBitrate: 3_200_000, droppedFrames: 3, timeToStart: 1.364 });
      near(shown.metrics, "fullScreenTotalDuration", 0.5);
    },
    TEST_MS_MAX,
  );

  test(
    "counts the pings that come by themselves while nothing happens",
    async () => {
      const parts: Viewing["parts"] = [
        [[["play", {}, 0]], 2],
        [[["pauseStart", {}, 0]], 3],
        [
          [
            ["play", {}, 500],
            ["sessionEnd", {}, 0],
          ],
          3,
        ],
      ];
      const { truth, types, shown } = await play(stage, "pings", { way: "automatic", parts });
      agree(shown, truth, types);
      expect(types.filter((type) => type === "ping").length).toBe(3);
      near(shown.metrics, "uniqueTimePlayed", Math.floor(truth.content));
    },
    TEST_MS_MAX,
  );

  test(
    "waits for a consent, and sends nothing once it is taken back",
    async () => {
      await using viewer = await stage.view({ defaultConsent: "pending" });
      const consent = (general: string) =>
        viewer.run(
          `alloy("setConsent", { consent: [{ standard: "Adobe", version: "1.0", value: { general: "${general}" } }] })`,
        );
      await viewer.run(`void scene.open("automatic", "consent")`);
      await viewer.run(playing([["play", {}, 700]]));
      expect(viewer.sent).toEqual([]);
      await consent("in");
      await viewer.run(playing([["pauseStart", {}, 300]]));
      expect(await viewer.run<string[]>("scene.settled()")).toEqual([]);
      // What happened while the viewer was asked counts: they agreed to it.
      const types = ["play", "pauseStart"];
      const sid = (await stage.sidsOf("consent"))[0] ?? "";
      const { events } = (await stage.admin(`/admin/api/sessions/${sid}`)) as Shown;
      expect(events.map(({ type }) => type)).toEqual(["sessionStart", ...types]);
      await consent("out");
      const before = viewer.sent.length;
      await viewer.run(`scene.tell("sessionEnd")`);
      await viewer.run("scene.settled()");
      expect(await viewer.run(`scene.open("manual", "refused")`)).toEqual({});
      expect(viewer.sent.length).toBe(before);
      expect(await stage.sidsOf("refused")).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    "ends a session whose page goes, by what it sent or by its silence",
    async () => {
      const steps: readonly Step[] = [
        ["play", {}, 800],
        ["pauseStart", {}, 300],
        ["play", {}, 700],
      ];
      const truths: Truth[] = [];
      for (const leaves of ["with a word", "without"]) {
        await using viewer = await stage.view();
        await viewer.run(`scene.open("sendEvent", "leaves ${leaves}")`);
        await viewer.run(playing(steps));
        expect(await viewer.run<string[]>("scene.settled()")).toEqual([]);
        const last = leaves === "with a word" ? `scene.tell("sessionEnd", { unloading: true })` : `scene.tell("ping")`;
        await viewer.run(`addEventListener("pagehide", () => { ${last} })`);
        truths.push(await viewer.run<Truth>("scene.truth()"));
        await viewer.page.goto("about:blank");
      }
      const told = await stage.closedSessionOf("leaves with a word");
      agree(told, truths[0] as Truth, ["play", "pauseStart", "play", "sessionEnd"]);
      const [sid = ""] = await stage.sidsOf("leaves without");
      const { session, metrics } = (await stage.admin(`/admin/api/sessions/${sid}`)) as Shown;
      expect(session.status).toBe("open");
      expect(metrics).toMatchObject({ contentStarts: 1, pauseEvents: 1 });
    },
    TEST_MS_MAX,
  );

  test(
    "goes on with its session on a server that is killed and started again",
    async () => {
      await using viewer = await stage.view();
      await viewer.run(`scene.open("automatic", "restart")`);
      await viewer.run(playing([["play", {}, 800]]));
      expect(await viewer.run<string[]>("scene.settled()")).toEqual([]);
      const away: readonly Step[] = [
        ["pauseStart", {}, 300],
        ["play", {}, 300],
      ];
      await stage.restart(async () => {
        // Without a proxy there is no answer, and the SDK sends only what was answered 429, 502, 503 or 504 again.
        if (before !== "nginx") return;
        await viewer.run(playing(away));
        await waitFor(() => viewer.sent.filter(({ status }) => status === 503).length >= away.length);
      });
      if (before !== "nginx") await viewer.run(playing(away));
      await viewer.run(playing([["sessionEnd", {}, 0]]));
      expect(await viewer.run<string[]>("scene.settled()")).toEqual([]);
      const truth = await viewer.run<Truth>("scene.truth()");
      const types = ["play", "pauseStart", "play", "sessionEnd", ...pingsOf(viewer)];
      agree(await stage.closedSessionOf("restart"), truth, types);
    },
    TEST_MS_MAX,
  );

  test(
    "sends again what a rate keeps out for a while",
    async () => {
      const rate = { CLIENT_EVENTS_PER_SECOND: "2", CLIENT_EVENTS_BURST: "2", TRUSTED_PROXIES: "127.0.0.1" };
      await using limited = await AlloyStage.open(before, { ...settings, ...rate });
      await using viewer = await limited.view();
      await viewer.run(`scene.open("manual", "limited")`);
      // More at once than may come: the last of them passes the second time that it is sent again.
      const types = ["play", "pauseStart", "play", "bufferStart"];
      await viewer.run(playing(types.map((type) => [type, {}, MOMENT_MS])));
      expect(await viewer.run<string[]>("scene.settled()")).toEqual([]);
      expect(viewer.sent.filter(({ status }) => status === 429).length).toBeGreaterThan(1);
      await viewer.run(playing([["play", {}, 900]]));
      await viewer.run(playing([["sessionEnd", {}, 0]]));
      expect(await viewer.run<string[]>("scene.settled()")).toEqual([]);
      const truth = await viewer.run<Truth>("scene.truth()");
      agree(await limited.closedSessionOf("limited"), truth, [...types, "play", "sessionEnd"]);
    },
    TEST_MS_MAX,
  );

  test(
    "sends a start again that a full server refuses, and its events behind it",
    async () => {
      await using full = await AlloyStage.open(before, { ...settings, OPEN_SESSIONS_MAX: "1", LATE_GRACE_MS: "0" });
      await using first = await full.view();
      await first.run(`scene.open("manual", "first")`);
      await using second = await full.view();
      await second.run(`void scene.open("automatic", "second")`);
      await second.run(playing([["play", {}, 300]]));
      await waitFor(() => second.sent.some(({ status }) => status === 503));
      await first.run(playing([["sessionEnd", {}, 0]]));
      await second.run(
        playing([
          ["pauseStart", {}, 300],
          ["sessionEnd", {}, 0],
        ]),
      );
      expect(await second.run<string[]>("scene.settled()")).toEqual([]);
      const truth = await second.run<Truth>("scene.truth()");
      agree(await full.closedSessionOf("second"), truth, ["play", "pauseStart", "sessionEnd"]);
    },
    TEST_MS_MAX,
  );

  test("and no error of it reached a page", () => {
    expect(stage.complaints).toEqual([]);
  });
}

for (const before of Object.keys(VALIDATION) as Before[])
  describeClients(`the Web SDK by ${before}`, () => tests(before));

describe("the Web SDK", () => {
  test(
    "counts what the page did",
    async () => {
      await using stage = await AlloyStage.open("its own TLS", { VALIDATION: "strict" });
      const { truth, types, shown } = await play(stage, "short", { way: "automatic", parts: [[SHORT, 0]] });
      agree(shown, truth, types);
      expect(shown.session.params).toMatchObject({ "analytics.reportSuite": DATASTREAM });
      expect(stage.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

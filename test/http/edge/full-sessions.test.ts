/** One viewing as each client tells it that can't run here: the numbers are the viewing's, in both modes. */

import { describe, expect, test } from "bun:test";
import { VALIDATION_MODES, type ValidationMode } from "../../../src/protocol/mode.ts";
import { ManualClock } from "../../support/clock.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";
import { BEGIN_MS, CLIENTS, ECID, type EdgeClientWire, type Sent, type Told } from "./clients.ts";

/** Longer than a silent session stays open. */
const IDLE_MS = 11 * 60_000;

function viewingOf({ details, ad, bitrate, captions }: EdgeClientWire): readonly Told[] {
  const content = { name: "content-1", friendlyName: "Title", length: 60, contentType: "vod", channel: "ch" };
  const sessionDetails = { ...content, playerName: "player", ...details };
  const adOf = (name: string, podPosition: number) => ({
    advertisingDetails: { name, podPosition, playerName: "player", ...ad },
  });
  const qoe = { bitrate, timeToStart: 1364, framesPerSecond: 24, droppedFrames: 3 };
  return [
    { type: "sessionStart", atMs: 7, playhead: 0, collection: { sessionDetails, customMetadata: [] } },
    { type: "play", atMs: 45, playhead: 0 },
    {
      type: "chapterStart",
      atMs: 1007,
      playhead: 1,
      collection: { chapterDetails: { index: 1, length: 20, offset: 0 } },
    },
    { type: "bufferStart", atMs: 3045, playhead: 3 },
    { type: "play", atMs: 3645, playhead: 3 },
    { type: "pauseStart", atMs: 5123, playhead: 4 },
    { type: "play", atMs: 7007, playhead: 4 },
    {
      type: "statesUpdate",
      atMs: 8045,
      playhead: 5,
      collection: { statesStart: [{ name: captions }, { name: "mute" }] },
    },
    { type: "adBreakStart", atMs: 9100, playhead: 6, collection: { advertisingPodDetails: { index: 1, offset: 6 } } },
    { type: "adStart", atMs: 9145, playhead: 6, collection: adOf("ad-1", 1) },
    { type: "ping", atMs: 14_145, playhead: 6 },
    { type: "adComplete", atMs: 19_145, playhead: 6 },
    { type: "adStart", atMs: 19_200, playhead: 6, collection: adOf("ad-2", 2) },
    { type: "adSkip", atMs: 20_200, playhead: 6 },
    { type: "adBreakComplete", atMs: 20_245, playhead: 6 },
    { type: "play", atMs: 20_300, playhead: 6 },
    { type: "bitrateChange", atMs: 25_300, playhead: 11, collection: { qoeDataDetails: qoe } },
    {
      type: "statesUpdate",
      atMs: 26_045,
      playhead: 11,
      collection: { statesEnd: [{ name: captions }, { name: "mute" }] },
    },
    { type: "ping", atMs: 30_300, playhead: 16 },
    { type: "chapterComplete", atMs: 35_300, playhead: 21 },
    { type: "error", atMs: 36_007, playhead: 21, collection: { errorDetails: { name: "e-1", source: "player" } } },
    // No client of these sends sessionEnd behind it.
    { type: "sessionComplete", atMs: 40_045, playhead: 26 },
  ];
}

/** Worked out by hand from the instants above; content goes on when its ad break ends. */
const NUMBERS = {
  ...{ mediaStarts: 1, contentStarts: 1, contentCompletes: 1, contentTimeSpent: 26.371 },
  ...{ pauseEvents: 1, totalPauseDuration: 1.884, bufferEvents: 1, totalBufferDuration: 0.6 },
  ...{ adBreaks: 1, adStarts: 2, adCompletes: 1, adSkips: 1, adTimeSpent: 11, mediaTimeSpent: 37.371 },
  ...{ chapterStarts: 1, chapterCompletes: 1, errorEvents: 1, bitrateChanges: 1 },
  ...{ closedCaptioningCount: 1, closedCaptioningTotalDuration: 18, muteCount: 1, muteTotalDuration: 18 },
  ...{ averageBitrate: 3_200_000, droppedFrames: 3, timeToStart: 1.364, mendings: 0, stallEvents: 0 },
};

/** Sends a request, twice where the client repeats those that aren't answered. @returns the answers' texts */
async function sendOne(server: TestServer, client: EdgeClientWire, type: string, sent: Sent): Promise<string[]> {
  const path = `/ee/va/v1/${type}?${new URLSearchParams(sent.query)}`;
  const texts: string[] = [];
  for (let time = 0; time < (client.repeats ? 2 : 1); time += 1) {
    const response = await server.post(path, sent.body, sent.headers);
    texts.push(await response.text());
    expect([type, response.status, texts]).toEqual([type, type === "sessionStart" ? 200 : 204, texts]);
  }
  return texts;
}

/** Tells a viewing as a client does. @returns the sid */
async function tell(server: TestServer, client: EdgeClientWire, events: readonly Told[]): Promise<string> {
  let sid: string | undefined;
  for (const [at, event] of events.entries()) {
    server.clock.pass(event.atMs - (events[at - 1]?.atMs ?? 0));
    const texts = await sendOne(server, client, event.type, client.send(event, at, sid));
    if (at > 0) continue;
    const sids = new Set(texts.map((text) => sidIn(client.read(text))));
    expect(sids.size).toBe(1);
    [sid] = sids;
  }
  return sid ?? "";
}

function sidIn(answer: unknown): string | undefined {
  const { handle } = answer as { handle: { type: string; payload: { sessionId: string }[] }[] };
  return handle.find(({ type }) => type === "media-analytics:new-session")?.payload[0]?.sessionId;
}

async function startServer(validation: ValidationMode): Promise<TestServer> {
  return startTestServer({ config: { validation }, clock: new ManualClock(BEGIN_MS) });
}

const SDKS = ["iOS", "Android", "Roku"] as const;

describe.each(VALIDATION_MODES)("a viewing, %s", (mode) => {
  test.each(SDKS)("has its numbers, told by %s", async (name) => {
    await using server = await startServer(mode);
    const sid = await tell(server, CLIENTS[name], viewingOf(CLIENTS[name]));
    server.clock.pass(IDLE_MS);
    const { session, metrics, events } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(metrics).toMatchObject(NUMBERS);
    expect(session.params["visitor.marketingCloudUserId"]).toBe(ECID);
    expect(session.params["media.libraryVersion"]).toEndWith(`/mobilesdk/${name.toLowerCase()} 3.0.0+2.0.0`);
    const flags = new Set(events.flatMap((event: { flags: string[] }) => event.flags));
    expect([...flags].filter((flag) => flag !== "roku-fraction")).toEqual([]);
    expect(flags.has("roku-fraction")).toBe(name === "Roku");
  });

  test("has them told by THEOplayer, which strictness refuses whole", async () => {
    await using server = await startServer(mode);
    const client = CLIENTS.THEOplayer;
    const viewing = viewingOf(client);
    if (mode === "strict") {
      const { query, headers, body } = client.send(viewing[0] as Told, 0, undefined);
      const response = await server.post(`/ee/va/v1/sessionStart?${new URLSearchParams(query)}`, body, headers);
      expect(response.status).toBe(207);
      expect(await response.text()).toContain("$.xdm.mediaCollection.sessionDetails.ID");
      return;
    }
    const sid = await tell(server, client, viewing);
    server.clock.pass(IDLE_MS);
    const { metrics, events } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(metrics).toMatchObject(NUMBERS);
    const flags = events.flatMap((event: { flags: string[] }) => event.flags);
    expect(new Set(flags)).toEqual(
      new Set(["unknown-parameter:sessionDetails.ID", "not-integer:media.ad.length", "bitrate-unit-guessed"]),
    );
  });
});

/** One Edge event is one event of ours: by table, in both modes. */

import { describe, expect, test } from "bun:test";
import type { PlayerEvent } from "../../../src/protocol/event.ts";
import { eventXdm, RECEIVED_AT, type Reading, readEvent, SESSION, SID, startXdm } from "./xdm.ts";

const IOS = "https://ns.adobe.com/experience/mobilesdk/ios";
const AD = { name: "ad-1", playerName: "player", length: 15, podPosition: 1 };

function running(xdm: object, reading?: Reading): PlayerEvent {
  const read = readEvent(xdm, reading);
  if (read.kind !== "running") throw new Error(`Expected a running event, got ${JSON.stringify(read)}`);
  return read.event;
}

function started(xdm: object, reading?: Reading): PlayerEvent {
  const read = readEvent(xdm, reading);
  if (read.kind !== "start") throw new Error(`Expected a start, got ${JSON.stringify(read)}`);
  return read.start;
}

function refused(xdm: object, reading?: Reading) {
  const read = readEvent(xdm, reading);
  return read.kind === "refused" ? read.details : read.kind;
}

describe("a start", () => {
  test("becomes the same parameters, with what the other dialect requires beside them", () => {
    const start = started(
      startXdm(
        {
          sessionDetails: { ...SESSION, friendlyName: "Name", authorized: "true", cdn: "cdn-1", hasResume: false },
          customMetadata: [{ name: "my.key", value: "v" }],
          qoeDataDetails: { bitrate: 3500, timeToStart: 1364 },
        },
        { implementationDetails: { name: "https://ns.adobe.com/experience/alloy", version: "2.33.1" } },
      ),
    );
    expect(start).toMatchObject({
      type: "sessionStart",
      tsMs: RECEIVED_AT - 60_000,
      playheadMs: 0,
      params: {
        "media.id": "content-1",
        "media.name": "Name",
        "media.length": 60,
        "media.playerName": "player",
        "media.channel": "ch",
        "media.contentType": "vod",
        "media.pass.auth": "true",
        "media.cdn": "cdn-1",
        "media.resume": false,
        "media.libraryVersion": "https://ns.adobe.com/experience/alloy 2.33.1",
        "analytics.reportSuite": "stream-1",
        "analytics.trackingServer": "edge.example",
        "visitor.marketingCloudOrgId": "unknown",
      },
      qoeData: { "media.qoe.bitrate": 3_500_000, "media.qoe.timeToStart": 1364 },
      customMetadata: { "my.key": "v" },
      derived: { "edge.configId": "stream-1", "edge.client": "alloy" },
      flags: [],
    });
  });

  test("has its viewer from identity maps, and keeps none of them", () => {
    const map = { ECID: [{ id: "123" }], CRM: [{ id: "c", authenticatedState: "authenticated" }] };
    const start = started(startXdm({}, { identityMap: map }));
    expect(start.params).toMatchObject({
      "visitor.marketingCloudUserId": "123",
      "visitor.customerIDs": { CRM: { id: "c", authState: 1 } },
    });
    expect(JSON.stringify(start.xdm)).not.toContain("identityMap");
  });

  test("may choose its report suite", () => {
    const meta = { configOverrides: { com_adobe_analytics: { reportSuites: ["own-suite"] } } };
    expect(started(startXdm(), { envelope: { meta } }).params?.["analytics.reportSuite"]).toBe("own-suite");
  });

  for (const member of Object.keys(SESSION)) {
    test(`without ${member} is refused in both modes`, () => {
      const { [member as "name"]: _, ...details } = SESSION;
      for (const mode of ["standard", "strict"] as const) {
        expect(refused(startXdm({ sessionDetails: details }), { mode })).toEqual([
          { name: `$.xdm.mediaCollection.sessionDetails.${member}`, reason: "Missing required field" },
        ]);
      }
    });
  }

  test("names all that is missing at once; an empty name is missing too", () => {
    const details = refused(startXdm({ sessionDetails: { name: "", length: 60 }, playhead: undefined }));
    const names = typeof details === "string" ? [] : details.map(({ name }) => name.replace(/.*\./, ""));
    expect(names.toSorted()).toEqual(["channel", "contentType", "name", "playerName", "playhead"]);
  });

  test("of unknown length says so", () => {
    for (const length of [0, -1, null]) {
      expect(started(startXdm({ sessionDetails: { ...SESSION, length } })).flags).toEqual(["length-unknown"]);
    }
    expect(refused(startXdm({ sessionDetails: { ...SESSION, length: 0 } }), { mode: "strict" })).toBeArray();
  });
});

describe("an event", () => {
  const rows: readonly (readonly [name: string, xdm: object, event: object])[] = [
    ["play", eventXdm("play"), { type: "play", playheadMs: 1000 }],
    [
      "adBreakStart",
      eventXdm("adBreakStart", { advertisingPodDetails: { index: 1, offset: 30, friendlyName: "mid" } }),
      { params: { "media.ad.podIndex": 1, "media.ad.podSecond": 30, "media.ad.podFriendlyName": "mid" } },
    ],
    [
      "adStart",
      eventXdm("adStart", { advertisingDetails: { ...AD, friendlyName: "Ad", campaignID: "c", creativeURL: "u" } }),
      {
        params: {
          "media.ad.id": "ad-1",
          "media.ad.name": "Ad",
          "media.ad.length": 15,
          "media.ad.podPosition": 1,
          "media.ad.playerName": "player",
          "media.ad.campaignId": "c",
          "media.ad.creativeURL": "u",
        },
      },
    ],
    [
      "chapterStart",
      eventXdm("chapterStart", { chapterDetails: { index: 0, length: 20, offset: 5, friendlyName: "One" } }),
      {
        params: {
          "media.chapter.index": 0,
          "media.chapter.length": 20,
          "media.chapter.offset": 5,
          "media.chapter.friendlyName": "One",
        },
      },
    ],
    [
      "error",
      eventXdm("error", { errorDetails: { name: "404", source: "player" } }),
      { qoeData: { "media.qoe.errorID": "404", "media.qoe.errorSource": "player" } },
    ],
    ["bitrateChange with nothing", eventXdm("bitrateChange", { qoeDataDetails: {} }), { type: "bitrateChange" }],
    [
      "statesUpdate",
      eventXdm("statesUpdate", { statesStart: [{ name: "mute" }], statesEnd: [{ name: "fullScreen" }] }),
      {
        type: "statesUpdate",
        params: { statesEnd: [{ "media.state.name": "fullScreen" }], statesStart: [{ "media.state.name": "mute" }] },
      },
    ],
  ];
  for (const [name, xdm, event] of rows) {
    for (const mode of ["standard", "strict"] as const) {
      test(`${name} is the same event, in ${mode}`, () => {
        expect(running(xdm, { mode })).toMatchObject({ ...event, flags: [] });
      });
    }
  }

  const kept: readonly (readonly [name: string, xdm: object, flags: readonly string[]])[] = [
    ["a playhead with a fraction", eventXdm("play", { playhead: 1.5 }), ["not-integer:playhead"]],
    ["an unknown member", eventXdm("play", { "media.resumed": true }), ["unknown-parameter:media.resumed"]],
    [
      "an object of another event",
      eventXdm("adComplete", { advertisingDetails: AD }),
      ["misplaced-member:advertisingDetails"],
    ],
    [
      "an ad without its player",
      eventXdm("adStart", { advertisingDetails: { ...AD, playerName: null } }),
      ["missing-parameter:media.ad.playerName"],
    ],
    [
      "an error's number",
      eventXdm("error", { errorDetails: { name: 404, source: "player" } }),
      ["not-string:media.qoe.errorID"],
    ],
    ["seconds to start", eventXdm("play", { qoeDataDetails: { timeToStart: 2 } }), ["time-to-start-unit"]],
    ["bits", eventXdm("bitrateChange", { qoeDataDetails: { bitrate: 500_000 } }), ["bitrate-unit-guessed"]],
    ["no timestamp", eventXdm("play", {}, { timestamp: undefined }), ["timestamp-missing"]],
    ["a negative playhead", eventXdm("play", { playhead: -1 }), ["playhead-negative"]],
    [
      "metadata on a ping",
      eventXdm("ping", { customMetadata: [{ name: "a", value: "b" }] }),
      ["misplaced-member:customMetadata"],
    ],
  ];
  for (const [name, xdm, flags] of kept) {
    test(`with ${name} is kept and flagged in standard`, () => {
      expect(running(xdm).flags).toEqual([...flags]);
    });
  }

  const strict = kept.filter(([name]) => !["seconds to start", "bits"].includes(name));
  for (const [name, xdm] of strict) {
    test(`with ${name} is refused in strict`, () => {
      expect(refused(xdm, { mode: "strict" })).toBeArray();
    });
  }

  const bad: readonly (readonly [name: string, xdm: object, path: string, reason: string])[] = [
    ["no playhead", eventXdm("ping", { playhead: undefined }), "mediaCollection.playhead", "Missing required field"],
    ["no session", eventXdm("ping", { sessionID: undefined }), "mediaCollection.sessionID", "Missing required field"],
    [
      "a session of 63 characters",
      eventXdm("ping", { sessionID: SID.slice(1) }),
      "mediaCollection.sessionID",
      "InvalidApiSidLength=63",
    ],
    ["no collection", { eventType: "media.ping" }, "mediaCollection", "Missing required field"],
    ["an ad without its details", eventXdm("adStart"), "mediaCollection.advertisingDetails", "Missing required field"],
    ["a text where a number is due", eventXdm("ping", { playhead: "1" }), "mediaCollection.playhead", "Expected"],
    ["a local time", eventXdm("ping", {}, { timestamp: "2026-03-04T13:39:00" }), "timestamp", "ISO 8601"],
    ["a number for its time", eventXdm("ping", {}, { timestamp: 1_772_631_540_000 }), "timestamp", "ISO 8601"],
    [
      "no states",
      eventXdm("statesUpdate", { statesStart: [], statesEnd: [] }),
      "mediaCollection",
      "Empty statesUpdate",
    ],
  ];
  for (const [name, xdm, path, reason] of bad) {
    test(`with ${name} is refused in both modes`, () => {
      for (const mode of ["standard", "strict"] as const) {
        const details = refused(xdm, { mode, named: (xdm as { eventType: string }).eventType.slice("media.".length) });
        const found = typeof details === "string" ? [] : details.filter(({ name: at }) => at === `$.xdm.${path}`);
        expect(found[0]?.reason).toContain(reason);
      }
    });
  }

  test("that isn't what its path says is refused with both names", () => {
    expect(refused(eventXdm("adBreakStart"), { named: "chapterStart" })).toMatch(/adBreakStart.*chapterStart/);
  });

  test("is foreign on a page's own path unless it is of media", () => {
    expect(refused({ eventType: "web.webpagedetails.pageViews" })).toBe("foreign");
    expect(refused({ eventType: "media.unheardOf" })).toBeArray();
    expect(refused({ eventType: "play" }, { named: "play" })).toBeArray();
    expect(refused({ eventType: "media.stateStart" })).toBeArray();
  });
});

describe("a unit", () => {
  const rows: readonly (readonly [client: string | undefined, given: number, stored: number])[] = [
    [undefined, 3500, 3_500_000],
    [undefined, 200_001, 200_001],
    [IOS, 3500, 3500],
    [`${IOS}/reactnative`, 35_000, 35_000],
    ["https://ns.adobe.com/experience/mobilesdk/roku", 3500, 3_500_000],
  ];
  for (const [name, given, stored] of rows) {
    test(`of a bitrate of ${given} from ${name ?? "any client"} makes it ${stored} bits a second`, () => {
      const envelope = name === undefined ? {} : { xdm: { implementationDetails: { name, version: "1" } } };
      const xdm = eventXdm("bitrateChange", { qoeDataDetails: { bitrate: given } });
      expect(running(xdm, { envelope }).qoeData?.["media.qoe.bitrate"]).toBe(stored);
    });
  }

  test("of time is milliseconds without zeros for Roku alone", () => {
    const xdm = eventXdm("play", {}, { timestamp: "2026-03-04T13:39:00.7Z" });
    const roku = { xdm: { implementationDetails: { name: "https://ns.adobe.com/experience/mobilesdk/roku" } } };
    expect(running(xdm, { envelope: roku })).toMatchObject({ tsMs: RECEIVED_AT - 59_993, flags: ["roku-fraction"] });
    expect(running(xdm)).toMatchObject({ tsMs: RECEIVED_AT - 59_300, flags: [] });
  });

  test("of an event without a time is its arrival less its wait", () => {
    const xdm = eventXdm("play", {}, { timestamp: undefined });
    expect(running(xdm, { envelope: { meta: { queueTimeMillis: 250 } } }).tsMs).toBe(RECEIVED_AT - 250);
  });
});

/** The body that an event's page shows: what the player sent, as far as it is kept. */

import { expect, test } from "bun:test";
import { bodyOf } from "../../src/dashboard/model/event-body.ts";

const PING = {
  ...({ type: "ping", ts: Date.UTC(2026, 2, 4, 13, 39), playhead: 1.5 } as const),
  ...{ params: {}, qoeData: {}, customMetadata: {} },
};

test("of Media Edge it is the XDM as it was kept", () => {
  const xdm = { eventType: "media.ping", mediaCollection: { playhead: 1.5, qoeDataDetails: { bitrate: 3200 } } };
  expect(bodyOf({ ...PING, requestId: "id-1", xdm })).toEqual(xdm);
});

test("of Media Edge it is made again where the XDM said no more than type, time and playhead", () => {
  expect(bodyOf({ ...PING, saidTs: PING.ts - 7, requestId: "id-1" })).toEqual({
    eventType: "media.ping",
    timestamp: "2026-03-04T13:38:59.993Z",
    mediaCollection: { playhead: 1.5 },
  });
});

test("of the first dialect it has its members where they stood, and no empty object", () => {
  const qoeData = { "media.qoe.bitrate": 1 };
  const unknownMembers = { extra: 1, "playerTime.zone": "UTC" };
  expect(bodyOf({ ...PING, qoeData, unknownMembers })).toEqual({
    eventType: "ping",
    playerTime: { playhead: 1.5, ts: PING.ts, zone: "UTC" },
    qoeData,
    extra: 1,
  });
});

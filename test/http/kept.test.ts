/** What is stored of an event, and what validation says of it: every flag, from the wire to the admin API and back. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventAt, sessionStart, startTestServer, type TestServer, TS } from "../support/server.ts";

interface Kept {
  readonly name: string;
  readonly event: object;
  readonly flags: readonly string[];
  /** Members as the admin API shows them. */
  readonly shows?: object;
}

const ping = (members: object) => eventAt(1, "ping", members);
const adOf = (length: number) =>
  eventAt(1, "adStart", {
    params: { "media.ad.id": "a", "media.ad.length": length, "media.ad.podPosition": 1, "media.ad.playerName": "p" },
  });
const at = (playhead: number, ts: number) => ({ eventType: "ping", playerTime: { playhead, ts } });

const EVENTS: readonly Kept[] = [
  {
    name: "a plain ping",
    event: eventAt(1, "ping"),
    flags: [],
    shows: { ts: TS + 1000, playhead: 1, params: {}, qoeData: {} },
  },
  { name: "a float ts", event: at(1, TS + 0.6), flags: ["ts-rounded"], shows: { ts: TS + 1 } },
  { name: "a negative playhead", event: at(-2, TS), flags: ["playhead-negative"], shows: { playhead: 0 } },
  {
    name: "an enormous playhead",
    event: at(1e300, TS),
    flags: ["playhead-clamped", "playhead-beyond-length"],
    shows: { playhead: Number.MAX_SAFE_INTEGER / 1000 },
  },
  { name: "a playhead of microseconds", event: at(12.3456789, TS), flags: [], shows: { playhead: 12.346 } },
  { name: "an ad of an hour", event: adOf(3600), flags: [] },
  { name: "an ad of 15 s in milliseconds", event: adOf(15_000), flags: ["length-implausible"] },
  {
    name: "a chapter of ten minutes in milliseconds",
    event: eventAt(1, "chapterStart", {
      params: { "media.chapter.index": 1, "media.chapter.length": 600_000, "media.chapter.offset": 0 },
    }),
    flags: ["length-implausible"],
  },
  {
    name: "the alias contentComplete",
    event: eventAt(1, "contentComplete"),
    flags: ["alias:contentComplete"],
    shows: { type: "sessionComplete" },
  },
  {
    name: "an unknown parameter",
    event: ping({ params: { "media.foo": true } }),
    flags: ["unknown-parameter:media.foo"],
    shows: { params: { "media.foo": true } },
  },
  {
    name: "an unknown parameter that is nearly a documented one",
    event: ping({ params: { "media.chanel": "web" }, qoeData: { "media.qoe.bitRate": 1 } }),
    flags: [
      "unknown-parameter:media.chanel; did you mean media.channel?",
      "unknown-parameter:media.qoe.bitRate; did you mean media.qoe.bitrate?",
    ],
    shows: { params: { "media.chanel": "web" } },
  },
  {
    name: "more of them than are looked up",
    event: ping({ params: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`media.show${n}`, n])) }),
    flags: [1, 2, 3, 4, 5].map((n) => `unknown-parameter:media.show${n}${n < 5 ? "; did you mean media.show?" : ""}`),
  },
  {
    name: "reserved parameters",
    event: ping({ params: { "viewer.device": "tv", "edge.id": 1 }, qoeData: { "edge.x": 1 } }),
    flags: ["reserved-parameter:viewer.device", "reserved-parameter:edge.id", "reserved-parameter:edge.x"],
    shows: { params: { "viewer.device": "tv", "edge.id": 1 } },
  },
  {
    name: "an unknown qoeData key",
    event: ping({ qoeData: { x: 1 } }),
    flags: ["unknown-parameter:x"],
    shows: { qoeData: { x: 1 } },
  },
  {
    name: "a misplaced parameter",
    event: ping({ params: { "media.name": "x" } }),
    flags: ["misplaced-parameter:media.name"],
  },
  {
    name: "an unknown member",
    event: ping({ extra: 1 }),
    flags: ["unknown-member:extra"],
    shows: { unknownMembers: { extra: 1 } },
  },
  {
    name: "an unknown member of playerTime",
    event: { eventType: "ping", playerTime: { playhead: 1, ts: TS, zone: "x" } },
    flags: ["unknown-member:playerTime.zone"],
  },
  {
    name: "a fraction as an integer",
    event: ping({ qoeData: { "media.qoe.framesPerSecond": 29.97 } }),
    flags: ["not-integer:media.qoe.framesPerSecond"],
    shows: { qoeData: { "media.qoe.framesPerSecond": 29.97 } },
  },
  {
    name: "numbers and a boolean where texts are documented",
    event: eventAt(1, "error", {
      params: { "media.errorId": false, "media.name": 5 },
      qoeData: { "media.qoe.errorID": 3014, "media.qoe.errorSource": "player" },
    }),
    flags: [
      "not-string:media.errorId",
      "not-string:media.name",
      "misplaced-parameter:media.name",
      "not-string:media.qoe.errorID",
    ],
    shows: {
      params: { "media.errorId": "false", "media.name": "5" },
      qoeData: { "media.qoe.errorID": "3014", "media.qoe.errorSource": "player" },
    },
  },
  {
    name: "a number as a state's name",
    event: eventAt(1, "stateStart", { params: { "media.state.name": 7 } }),
    flags: ["not-string:media.state.name"],
    shows: { params: { "media.state.name": "7" } },
  },
  {
    name: "an adStart without its keys",
    event: eventAt(1, "adStart", { params: { "media.ad.name": "x" } }),
    flags: [
      "missing-parameter:media.ad.id",
      "missing-parameter:media.ad.length",
      "missing-parameter:media.ad.podPosition",
      "missing-parameter:media.ad.playerName",
    ],
  },
  {
    name: "an ad break's name on its ad",
    event: eventAt(1, "adStart", {
      params: {
        "media.ad.podFriendlyName": "b",
        "media.ad.id": "1",
        "media.ad.length": 1,
        "media.ad.podPosition": 1,
        "media.ad.playerName": "p",
      },
    }),
    flags: [],
  },
  { name: "a state without a name", event: eventAt(1, "stateStart"), flags: ["missing-parameter:media.state.name"] },
  {
    name: "a state with an odd name",
    event: eventAt(1, "stateStart", { params: { "media.state.name": "a b" } }),
    flags: ["state-name-invalid"],
  },
  {
    name: "several player states at once",
    event: eventAt(1, "statesUpdate", {
      params: {
        statesEnd: [{ "media.state.name": "mute" }, { "media.state.name": "own.1" }],
        statesStart: [{ "media.state.name": "fullscreen" }],
      },
    }),
    flags: [],
    shows: {
      type: "statesUpdate",
      params: {
        statesEnd: [{ "media.state.name": "mute" }, { "media.state.name": "own.1" }],
        statesStart: [{ "media.state.name": "fullscreen" }],
      },
    },
  },
  {
    name: "player states that are odd",
    event: eventAt(1, "statesUpdate", {
      params: {
        statesStart: [
          { "media.state.name": 7 },
          { "media.state.name": "a b" },
          { "media.state.name": null, "media.state.nam": "x" },
          {},
        ],
        statesEnd: null,
      },
    }),
    flags: [
      "not-string:media.state.name",
      "state-name-invalid",
      "missing-parameter:media.state.name",
      "unknown-parameter:media.state.nam; did you mean media.state.name?",
    ],
    shows: {
      params: {
        statesStart: [{ "media.state.name": "7" }, { "media.state.name": "a b" }, { "media.state.nam": "x" }, {}],
      },
    },
  },
  {
    name: "customMetadata where it isn't documented",
    event: eventAt(1, "adBreakStart", {
      customMetadata: { a: "b" },
      params: { "media.ad.podIndex": 1, "media.ad.podSecond": 0 },
    }),
    flags: ["misplaced-member:customMetadata"],
    shows: { customMetadata: { a: "b" } },
  },
  {
    name: "nulls",
    event: ping({ params: { "media.foo": null }, qoeData: { "media.qoe.bitrate": null }, customMetadata: null }),
    flags: [],
    shows: { params: {}, qoeData: {}, customMetadata: {} },
  },
];

const STARTS: readonly Kept[] = [
  { name: "a plain start", event: sessionStart(), flags: [] },
  { name: "a length of null", event: sessionStart({ "media.length": null }), flags: ["length-unknown"] },
  {
    name: "a length of 0",
    event: sessionStart({ "media.length": 0 }),
    flags: ["length-unknown"],
    shows: { params: expect.objectContaining({ "media.length": 0 }) },
  },
  { name: "a negative length", event: sessionStart({ "media.length": -1 }), flags: ["length-unknown"] },
  { name: "the length of live content", event: sessionStart({ "media.length": 86_400 }), flags: ["length-unknown"] },
  {
    name: "ten minutes in milliseconds",
    event: sessionStart({ "media.length": 600_000 }),
    flags: ["length-unknown", "length-implausible"],
  },
  {
    name: "customMetadata with odd keys and values",
    event: sessionStart({}, { customMetadata: { "a b": "x", n: 1, t: true, e: "" } }),
    flags: ["metadata-key-invalid:a b", "metadata-not-string:n", "metadata-not-string:t"],
    shows: { customMetadata: { "a b": "x", n: "1", t: "true", e: "" } },
  },
  {
    name: "text of every script",
    event: sessionStart({ "media.name": 'медиа 日本 🎬 \\ " \n' }),
    flags: [],
    shows: { params: expect.objectContaining({ "media.name": 'медиа 日本 🎬 \\ " \n' }) },
  },
  {
    name: "customer ids",
    event: sessionStart({ "visitor.customerIDs": { a: { id: "1", authState: 2 } } }),
    flags: [],
    shows: { params: expect.objectContaining({ "visitor.customerIDs": { a: { id: "1", authState: 2 } } }) },
  },
];

describe("standard mode keeps and flags", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  for (const { name, event, flags, shows = {} } of EVENTS) {
    test(name, async () => {
      const sid = await server.open();
      expect(await server.add(sid, event)).toBe(204);
      expect((await server.admin(`/admin/api/sessions/${sid}`)).events[1]).toMatchObject({ flags, ...shows });
    });
  }

  for (const { name, event, flags, shows = {} } of STARTS) {
    test(name, async () => {
      const sid = await server.open(event);
      expect((await server.admin(`/admin/api/sessions/${sid}`)).events[0]).toMatchObject({ flags, ...shows });
    });
  }

  test("and gives everything back after a restart as it was before", async () => {
    const sid = await server.open(
      sessionStart({ "media.name": "медиа 🎬", "media.resume": false }, { customMetadata: { k: "v" } }),
    );
    await server.add(sid, ping({ qoeData: { "media.qoe.bitrate": 1500000, "media.qoe.errorID": "e" } }));
    const before = await server.admin(`/admin/api/sessions/${sid}`);
    await server.restart();
    expect(await server.admin(`/admin/api/sessions/${sid}`)).toEqual(before);
  });
});

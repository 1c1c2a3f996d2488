/** What `strict` refuses beyond `standard` (protocol.md §4). */

import { eventAt, sessionStart } from "../../support/requests.ts";
import { EVENTS, ping, type Scenario, SESSIONS } from "./scenario.ts";

export const STRICT: readonly Scenario[] = [
  { name: "a plain start is accepted", path: SESSIONS, body: sessionStart(), status: 201, rows: 1 },
  { name: "a plain ping is accepted", path: EVENTS, body: ping, status: 204 },
  {
    name: "empty objects are normal",
    path: EVENTS,
    body: { ...ping, params: {}, qoeData: {}, customMetadata: {} },
    status: 204,
  },
  {
    name: "null keys count as absent",
    path: SESSIONS,
    body: sessionStart({ "media.resume": null }),
    status: 201,
    rows: 1,
  },
  {
    name: "an event without its required keys is refused",
    path: EVENTS,
    body: eventAt(1, "adStart", { params: { "media.ad.name": "x" } }),
    status: 400,
    contains: [
      "/params/media.ad.id",
      "/params/media.ad.length",
      "/params/media.ad.podPosition",
      "/params/media.ad.playerName",
    ],
  },
  {
    name: "an event without params that it requires is refused",
    path: EVENTS,
    body: eventAt(1, "stateStart"),
    status: 400,
    contains: ["/params"],
  },
  {
    name: "an unknown key is refused",
    path: SESSIONS,
    body: sessionStart({ "media.foo": 1 }),
    status: 400,
    contains: ["/params/media.foo"],
    rows: 0,
  },
  {
    name: "an unknown member is refused",
    path: EVENTS,
    body: { ...ping, extra: 1 },
    status: 400,
    contains: ["/extra"],
  },
  {
    name: "a number where a text is documented is refused",
    path: EVENTS,
    body: { ...ping, eventType: "error", qoeData: { "media.qoe.errorID": 3014 } },
    status: 400,
    contains: ['{"pointer":"/qoeData/media.qoe.errorID","code":"type","message":"must be string"}'],
  },
  {
    name: "an unknown qoeData key is refused",
    path: EVENTS,
    body: { ...ping, qoeData: { "media.qoe.foo": 1 } },
    status: 400,
    contains: ["/qoeData/media.qoe.foo"],
  },
  {
    name: "a media.length of null is refused",
    path: SESSIONS,
    body: sessionStart({ "media.length": null }),
    status: 400,
    contains: ["/params/media.length"],
    rows: 0,
  },
  {
    name: "a media.length of 0 is a number",
    path: SESSIONS,
    body: sessionStart({ "media.length": 0 }),
    status: 201,
    rows: 1,
  },
  {
    name: "a customMetadata key outside the pattern is refused",
    path: SESSIONS,
    body: sessionStart({}, { customMetadata: { "a b": "x" } }),
    status: 400,
    contains: ["/customMetadata/a b"],
    rows: 0,
  },
  {
    name: "a customMetadata number is refused",
    path: SESSIONS,
    body: sessionStart({}, { customMetadata: { a: 1 } }),
    status: 400,
    contains: ["/customMetadata/a"],
    rows: 0,
  },
  {
    name: "customMetadata is accepted on a chapterStart",
    path: EVENTS,
    status: 204,
    body: eventAt(1, "chapterStart", {
      params: { "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 9 },
      customMetadata: { a: "b" },
    }),
  },
  {
    name: "a fraction where an integer is documented is refused",
    path: EVENTS,
    body: { ...ping, qoeData: { "media.qoe.framesPerSecond": 29.97 } },
    status: 400,
  },
  {
    name: "a state name outside the pattern is refused",
    path: EVENTS,
    body: eventAt(1, "stateStart", { params: { "media.state.name": "a b" } }),
    status: 400,
  },
  {
    name: "several player states at once are accepted",
    path: EVENTS,
    body: eventAt(1, "statesUpdate", {
      params: { statesStart: Array(64).fill({ "media.state.name": "mute" }), statesEnd: [] },
    }),
    status: 204,
  },
  ...(
    [
      [{}, "/params/statesEnd/1/media.state.name"],
      [{ "media.state.name": 7 }, "/params/statesEnd/1/media.state.name"],
      [{ "media.state.name": "a b" }, "/params/statesEnd/1/media.state.name"],
      [{ "media.state.name": "mute", "media.state.nam": "x" }, "/params/statesEnd/1/media.state.nam"],
    ] as const
  ).map(([state, pointer]) => ({
    name: `${JSON.stringify(state)} among player states is refused`,
    path: EVENTS,
    body: eventAt(1, "statesUpdate", { params: { statesEnd: [{ "media.state.name": "mute" }, state] } }),
    status: 400,
    contains: [`"pointer":"${pointer}"`],
  })),
  {
    name: "NUL in a text is refused",
    path: SESSIONS,
    body: sessionStart({ "media.name": "a\0b" }),
    status: 400,
    rows: 0,
  },
  {
    name: "the schema in force is served",
    method: "GET",
    path: "/api/v1/schemas/ping",
    status: 200,
    contains: ['"additionalProperties":false'],
  },
];

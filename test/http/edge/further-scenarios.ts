/** Scenarios of Media Edge beside the recorded ones, each made from a sentence of the specification that it names. */

import {
  byMode,
  CONFIG,
  DETAILS,
  details,
  downloaded,
  event,
  eventXdm,
  FINDING,
  FRAMED,
  JSON_TYPE,
  LOST_SID,
  NAME,
  NO_SESSION,
  ORIGIN,
  part,
  REFUSING,
  refused,
  SID,
  scenario,
  start,
  startXdm,
  to,
  wrong,
} from "./making.ts";
import type { EdgeScenario } from "./play.ts";

const LOST = { events: [{ xdm: eventXdm("play", { sessionID: LOST_SID }) }] };

const ANSWERS = [
  scenario(
    "an answer is plain where no stream is asked for",
    "§0.2",
    start(startXdm(), { expectRaw: "^\\{[^\\n]*\\}$" }),
  ),
  scenario(
    "an answer is plain where a stream is switched off, or its marks are long",
    "§0.2, §11",
    ...[
      { enabled: false, recordSeparator: "\0", lineFeed: "\n" },
      { enabled: true, recordSeparator: "12345", lineFeed: "\n" },
    ].map((streaming) =>
      start(startXdm(), { expectRaw: "^\\{[^\\n]*\\}$" }, { meta: { konductorConfig: { streaming } } }),
    ),
  ),
  scenario("a refused start is framed as well", "§0.2", {
    ...refused(startXdm({ name: "" }), NAME),
    body: { meta: FRAMED, events: [{ xdm: startXdm({ name: "" }) }] },
    expectRaw: "^\\u0000\\{[^\\n]*\\}\\n$",
  }),
  scenario(
    "an error is never framed",
    "§0.2",
    to(
      "/ee/va/v1/ping",
      { meta: FRAMED, events: [{ xdm: eventXdm("ping", { sessionID: LOST_SID }) }] },
      { expect: [404], expectRaw: "^\\{", expectBody: { type: "va-edge-0404-404$" } },
    ),
  ),
  scenario(
    "an answer names the request's id, or one of its own",
    "§1",
    start(startXdm(), { query: { ...CONFIG, requestId: "req-1" }, expectBody: { requestId: "^req-1" } }),
    start(startXdm(), { expectBody: { requestId: "^[0-9a-f-]{36}" } }),
  ),
];

const PATHS = [
  scenario(
    "an event is found under any hint, and under the other base",
    "§0.11, §1",
    start(),
    ...["ee/or2", "ee/va6", "ee/t34", "ee-pre-prd", "ee-pre-prd/irl1"].map((base) => ({
      ...event("ping"),
      path: `/${base}/va/v1/ping`,
    })),
  ),
  scenario(
    "va, v1 and v2 are no hints, and v2 is not served",
    "§0.11, §1",
    ...["/ee/va/v1/interact", "/ee/v1/va/v1/play", "/ee/v2/interact", "/ee/v2/collect", "/ee/va/v1/mute"].map((path) =>
      to(path, LOST, { expect: [404] }),
    ),
  ),
  scenario(
    "only POST is served",
    "§1",
    ...["PUT", "DELETE", "PATCH"].map((method) => ({
      ...event("ping"),
      method,
      expect: [405],
      expectHeaders: { allow: "POST" },
    })),
  ),
  scenario(
    "a datastream may be named by its other word",
    "§1",
    start(startXdm(), { query: { datastreamId: CONFIG.configId } }),
  ),
  scenario("an event need not name its datastream", "§9.5", start(), event("ping", {}, { query: {} })),
  scenario(
    "further words of the query are not looked at",
    "§1",
    start(startXdm(), { query: { ...CONFIG, adobeAepValidationToken: "token", debugSessionID: "1" } }),
  ),
];

const ORIGINS = [
  scenario(
    "an error may be read by the page that sent it",
    "§2",
    event(
      "ping",
      { sessionID: LOST_SID },
      {
        headers: { ...JSON_TYPE, ...ORIGIN },
        expect: [404],
        expectHeaders: {
          "access-control-allow-origin": "^https://www\\.player\\.test$",
          "access-control-allow-credentials": "^true$",
          "access-control-expose-headers": "Retry-After",
          vary: "(?i)origin",
        },
      },
    ),
  ),
  scenario(
    "a page without an origin of its own is named null",
    "§2",
    start(startXdm(), {
      headers: { ...JSON_TYPE, origin: "null" },
      expectHeaders: { "access-control-allow-origin": "^null$" },
    }),
  ),
  scenario(
    "JSON is taken as whatever type it comes",
    "§2",
    ...["text/plain; charset=UTF-8", "text/javascript", "application/x-www-form-urlencoded"].map((type) =>
      start(startXdm(), { headers: { "content-type": type } }),
    ),
  ),
  scenario(
    "a body beyond 64 KiB is refused",
    "§2",
    start(startXdm({ friendlyName: "x".repeat(70_000) }), { expect: [413], expectBody: {}, expectNoBody: NO_SESSION }),
  ),
];

const STARTS = [
  scenario(
    "null is the same as absent",
    "§3.2",
    start(startXdm({ friendlyName: null, show: null }, { qoeDataDetails: null, customMetadata: null })),
  ),
  scenario("an empty name is a missing one", "§3.3", refused(startXdm({ name: "" }), NAME)),
  scenario(
    "each missing field is named at once",
    "§5.1",
    refused(
      startXdm({ name: null, length: undefined, channel: null }),
      NAME,
      "sessionDetails.length",
      "sessionDetails.channel",
    ),
  ),
  scenario("a text where a number belongs", "§5.1", refused(startXdm({ length: "60" }), "sessionDetails.length")),
  ...byMode(
    "no known length",
    "§5.1",
    [start(startXdm({ length: 0 }))],
    [refused(startXdm({ length: 0 }), "sessionDetails.length")],
  ),
  ...byMode(
    "fractions of seconds",
    "§3.4",
    [start(startXdm({ length: 60.75 }, { playhead: 1.5 }))],
    [refused(startXdm({ length: 60.75 }, { playhead: 1.5 }), "sessionDetails.length", "playhead")],
  ),
  ...byMode(
    "a field that is not documented",
    "§5.1",
    [start(startXdm({ ID: "1" }))],
    [refused(startXdm({ ID: "1" }), "sessionDetails.ID")],
  ),
  scenario(
    "what a page's defaults add beside the media is not looked at",
    "§3",
    start(startXdm({}, {}, { web: { webPageDetails: {} }, device: { screenHeight: 900 }, _tenant: { a: 1 } })),
  ),
  scenario(
    "custom metadata may stand beside the media, and a name may come twice",
    "§3.1, §3.2",
    start(startXdm({}, {}, { customMetadata: [{ name: "_tenant.key", value: "" }] })),
    start(startXdm({}, { customMetadata: ["one", "two"].map((value) => ({ name: "key", value })) })),
  ),
  scenario(
    "asked again, a start is the same session; at another datastream it is not",
    "§11",
    start(startXdm({}, {}, { _id: "id-1" })),
    start(startXdm({}, {}, { _id: "id-1" }), { expectBody: { [SID]: "^{{sid}}$" } }),
    start(startXdm({}, {}, { _id: "id-1" }), { query: { configId: "other" }, expectBody: { [SID]: "^(?!{{sid}})" } }),
  ),
];

const DETAILED = [
  scenario(
    "a break, an ad, a chapter, an error and a bit rate need their details",
    "§5.1",
    start(),
    wrong("adBreakStart", {}, "advertisingPodDetails"),
    wrong("adStart", {}, "advertisingDetails"),
    wrong("chapterStart", { chapterDetails: null }, "chapterDetails"),
    wrong("error", {}, "errorDetails"),
    wrong("bitrateChange", { qoeDataDetails: null }, "qoeDataDetails"),
  ),
  ...details(
    "a break without its offset",
    "§5.1",
    "adBreakStart",
    { advertisingPodDetails: { index: 1 } },
    "advertisingPodDetails\\.offset",
  ),
  ...details(
    "an ad without its player",
    "§5.1",
    "adStart",
    { advertisingDetails: { name: "ad", length: 10, podPosition: 1 } },
    "advertisingDetails\\.playerName",
  ),
  ...details("an error without its source", "§5.1", "error", { errorDetails: { name: "E1" } }, "errorDetails\\.source"),
  ...details(
    "an ad's end that describes the ad",
    "§3.2",
    "adComplete",
    { advertisingDetails: { name: "ad", length: 10, playerName: "p", podPosition: 1 } },
    "advertisingDetails",
  ),
  scenario(
    "states end and start in one event, whatever their names",
    "§3.2, §5.1",
    start(),
    event("statesUpdate", { statesStart: [{ name: "pictureInPicture" }], statesEnd: [{ name: "fullScreen" }] }),
    event("statesUpdate", { statesStart: [{ name: "closeCaption" }, { name: "my.state_1" }] }),
  ),
];

const EVENTS = [
  scenario(
    "a type is named with its prefix, and as the path has it",
    "§5.1",
    start(),
    wrong("play", {}, "eventType|play", { eventType: "play" }),
    wrong("play", {}, "eventType", { eventType: null }),
    wrong("play", {}, "play.*|.*ping", { eventType: "media.ping" }),
  ),
  scenario(
    "a path takes one event",
    "§3",
    start(),
    to(
      "/ee/va/v1/ping",
      { events: [{ xdm: eventXdm("ping") }, { xdm: eventXdm("ping") }] },
      { expect: [400], ...FINDING },
    ),
    to("/ee/va/v1/ping", { events: [] }, { expect: [400], ...FINDING }),
    to("/ee/va/v1/ping", { events: [{}] }, { expect: [400], ...FINDING }),
  ),
  scenario(
    "a session's id has 64 characters",
    "§5",
    start(),
    wrong("ping", { sessionID: "a".repeat(63) }, "InvalidApiSidLength=63"),
    wrong("ping", { sessionID: null }, "mediaCollection\\.sessionID"),
  ),
  scenario(
    "a playhead is a number",
    "§5.1",
    start(),
    wrong("ping", { playhead: "1" }, "mediaCollection\\.playhead"),
    wrong("ping", { playhead: null }, "mediaCollection\\.playhead"),
  ),
  scenario(
    "a timestamp has a zone, and need not have a fraction",
    "§3.5",
    start(),
    event("ping", {}, {}, { timestamp: "2026-03-04T15:38:10+02:00" }),
    wrong("ping", {}, "xdm\\.timestamp.*8601", { timestamp: "2026-03-04T13:38:10" }),
    wrong("ping", {}, "xdm\\.timestamp", { timestamp: 1_772_631_490_000 }),
  ),
  ...byMode(
    "an event without a timestamp",
    "§5.1",
    [start(), event("ping", {}, {}, { timestamp: null })],
    [start(), wrong("ping", {}, "xdm\\.timestamp", { timestamp: null })],
  ),
];

const SHARED_PATHS = [
  scenario(
    "an event of an unknown session is an error inside the answer, and nothing to a page that leaves",
    "§1",
    to("/ee/v1/interact", LOST, {
      expect: [207],
      expectBody: { "errors[0].type": "va-edge-0404-404$", handle: "^\\[\\]$" },
    }),
    to("/ee/v1/collect", LOST),
    to("/ee/v1/collect", "no json", { raw: true, expect: [400] }),
  ),
  scenario(
    "a client may ask for its identity alone, and has none where no organisation is configured",
    "§4.1, §5.1",
    to(
      "/ee/v1/interact",
      { events: [{ query: { identity: { fetch: ["ECID"] } } }] },
      {
        expect: [200],
        expectBody: { handle: "^\\[\\]$" },
      },
    ),
    to(
      "/ee/v1/identity/acquire",
      { query: { identity: { fetch: ["ECID"] } } },
      {
        expect: [200],
        expectBody: { handle: "^\\[\\]$" },
      },
    ),
  ),
  scenario(
    "each event of a batch is answered by its place",
    "§3",
    to(
      "/ee/v1/interact",
      { events: [{ xdm: { eventType: "web.webpagedetails.pageViews" } }, { xdm: startXdm() }] },
      {
        expect: [200],
        expectBody: { "handle[type=media-analytics:new-session].eventIndex": "^1$" },
      },
    ),
    to(
      "/ee/v1/interact",
      { events: [{ xdm: startXdm() }, { xdm: startXdm({ name: null }) }] },
      {
        expect: [207],
        expectBody: { "errors[0].report.eventIndex": "^1$", [SID]: "^[0-9a-f]{64}$" },
      },
    ),
  ),
  scenario(
    "a viewer who refused is answered like every other",
    "§4.1",
    start(startXdm(), {}, { meta: REFUSING }),
    to("/ee/va/v1/ping", { meta: REFUSING, events: [{ xdm: eventXdm("ping") }] }),
  ),
];

const BEGIN = part("sessionStart", { sessionDetails: DETAILS });

const DOWNLOADED = [
  scenario(
    "a downloaded session has no id to answer with",
    "§6",
    downloaded([BEGIN, part("play"), part("sessionComplete", {}, 9)]),
  ),
  scenario(
    "events of a downloaded session may come out of order",
    "§6",
    downloaded([BEGIN, part("sessionEnd", {}, 9), part("play", {}, 1)]),
  ),
  scenario("a refused download names the event, and the other session is kept", "§6", {
    ...downloaded([BEGIN, part("play", {}, 1, { mediaEventTimestamp: "yesterday" })], [BEGIN, part("play", {}, 2)]),
    expect: [207],
    expectBody: {
      "errors[0].report.eventIndex": "^0$",
      "errors[0].report.details": "\\$\\.xdm\\.mediaDownloadedEvents\\[1\\]\\.mediaEventTimestamp",
    },
    expectNoBody: [...NO_SESSION, "errors[1]"],
  }),
  scenario("a download without a datastream is refused", "§5.1", {
    ...downloaded([BEGIN, part("play")]),
    query: {},
    expect: [400],
    expectBody: { type: "EXEG-0002-400$" },
  }),
];

/** Forty-odd; what the modes tell apart is there once for each. */
export const FURTHER_SCENARIOS: readonly EdgeScenario[] = [
  ...ANSWERS,
  ...PATHS,
  ...ORIGINS,
  ...STARTS,
  ...DETAILED,
  ...EVENTS,
  ...SHARED_PATHS,
  ...DOWNLOADED,
];

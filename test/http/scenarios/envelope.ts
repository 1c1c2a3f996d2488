/** The envelope (protocol.md §2). */

import { sessionStart, TS } from "../../support/requests.ts";
import { EVENTS, ping, type Scenario, SESSIONS } from "./scenario.ts";

export const ENVELOPE: readonly Scenario[] = [
  {
    name: "form-encoded JSON is accepted, as curl -d sends it",
    path: SESSIONS,
    body: sessionStart(),
    status: 201,
    rows: 1,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  },
  {
    name: "text/plain is accepted, as sendBeacon sends it",
    path: EVENTS,
    body: ping,
    status: 204,
    headers: { "Content-Type": "text/plain;charset=UTF-8" },
  },
  {
    name: "a nonsense content type is accepted",
    path: EVENTS,
    body: ping,
    status: 204,
    headers: { "Content-Type": "???" },
  },
  {
    name: "empty objects are normal",
    path: EVENTS,
    body: { ...ping, params: {}, qoeData: {}, customMetadata: {} },
    status: 204,
  },
  {
    name: "null members count as absent",
    path: EVENTS,
    body: { ...ping, params: null, qoeData: null, customMetadata: null },
    status: 204,
  },
  {
    name: "null keys count as absent",
    path: SESSIONS,
    body: sessionStart({ "media.resume": null, "media.name": null }),
    status: 201,
    rows: 1,
  },
  { name: "a byte order mark is skipped", path: EVENTS, body: `\uFEFF${JSON.stringify(ping)}`, status: 204 },
  {
    name: "a float ts is rounded",
    path: EVENTS,
    body: { eventType: "ping", playerTime: { playhead: 1, ts: TS + 0.6 } },
    status: 204,
  },
  {
    name: "a negative playhead is kept",
    path: EVENTS,
    body: { eventType: "ping", playerTime: { playhead: -1, ts: TS } },
    status: 204,
  },
  {
    name: "an enormous playhead is kept",
    path: EVENTS,
    body: { eventType: "ping", playerTime: { playhead: 1e300, ts: TS } },
    status: 204,
  },
  {
    name: "a ts of 0 is accepted",
    path: EVENTS,
    body: { eventType: "ping", playerTime: { playhead: 0, ts: 0 } },
    status: 204,
  },
  {
    name: "a ts beyond 2^53 is refused",
    path: EVENTS,
    body: { eventType: "ping", playerTime: { playhead: 0, ts: 1e300 } },
    status: 400,
    contains: ["/playerTime/ts"],
  },
  {
    name: "an infinite playhead is refused",
    path: EVENTS,
    body: '{"eventType":"ping","playerTime":{"playhead":1e999,"ts":1}}',
    status: 400,
    contains: ["/playerTime/playhead"],
  },
];

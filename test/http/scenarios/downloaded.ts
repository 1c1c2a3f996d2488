/** Downloaded content (protocol.md §6). */

import { eventAt, sessionStart } from "../../support/server.ts";
import { DOWNLOADED_PATH, downloaded, ping, type Scenario, SESSIONS } from "./scenario.ts";

export const DOWNLOADED: readonly Scenario[] = [
  {
    name: "an array without media.downloaded is refused on sessions",
    path: SESSIONS,
    body: [sessionStart(), ping],
    status: 400,
    contains: ["/0/params/media.downloaded"],
    rows: 0,
  },
  {
    name: "a live start with media.downloaded is refused",
    path: SESSIONS,
    body: sessionStart({ "media.downloaded": true }),
    status: 400,
    contains: ["/params/media.downloaded"],
    rows: 0,
  },
  {
    name: "a live start with media.downloaded false is accepted",
    path: SESSIONS,
    body: sessionStart({ "media.downloaded": false }),
    status: 201,
    rows: 1,
  },
  { name: "an empty array is refused", path: SESSIONS, body: [], status: 400, rows: 0 },
  {
    name: "an array that doesn't begin with a start is refused",
    path: SESSIONS,
    body: [ping],
    status: 400,
    contains: ["/0/eventType"],
    rows: 0,
  },
  {
    name: "a second start is refused",
    path: SESSIONS,
    body: downloaded(sessionStart()),
    status: 400,
    contains: ["/1/eventType"],
    rows: 0,
  },
  {
    name: "one invalid element refuses the whole array",
    path: SESSIONS,
    body: downloaded(ping, ping, { ...ping, playerTime: { playhead: 1, ts: "x" } }),
    status: 400,
    contains: ['"pointer":"/3/playerTime/ts"'],
    rows: 0,
  },
  {
    name: "an element that is no object is named",
    path: DOWNLOADED_PATH,
    body: [sessionStart(), 5],
    status: 400,
    contains: ['"pointer":"/1"'],
    rows: 0,
  },
  {
    name: "an array without an end is accepted",
    path: DOWNLOADED_PATH,
    body: [sessionStart(), eventAt(1, "play")],
    status: 201,
    rows: 1,
  },
  {
    name: "an array of more events than the limit is refused",
    path: DOWNLOADED_PATH,
    body: [sessionStart(), ...Array(20_000).fill(ping)],
    status: 400,
    contains: ["at most 19999 other events"],
    rows: 0,
  },
  {
    name: "an element with too many keys is named",
    path: DOWNLOADED_PATH,
    body: [
      sessionStart(),
      ping,
      { ...ping, params: Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i])) },
    ],
    status: 400,
    contains: ['"pointer":"/2"'],
    rows: 0,
  },
];

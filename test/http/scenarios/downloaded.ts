/** Downloaded content (protocol.md §6). */

import { eventAt, sessionStart } from "../../support/requests.ts";
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
  {
    name: "a long array of events that are all as large as they may be is accepted",
    path: DOWNLOADED_PATH,
    body: [sessionStart({ "visitor.customerIDs": { a: { id: '[{,\\",' } } }), ...Array(50).fill(withKeys(507))],
    status: 201,
    rows: 1,
  },
  {
    name: "a key too many in the last of a long array is named",
    path: DOWNLOADED_PATH,
    body: [sessionStart(), ...Array(50).fill(withKeys(507)), withKeys(508)],
    status: 400,
    contains: ['"pointer":"/51"', "at most 512 keys"],
    rows: 0,
  },
  {
    name: "a nesting too deep in the last of a long array is named",
    path: DOWNLOADED_PATH,
    body: [sessionStart(), ...Array(500).fill(ping), { ...ping, params: { x: [[[[[1]]]]] } }],
    status: 400,
    contains: ['"pointer":"/501', '"code":"depth"'],
    rows: 0,
  },
];

/** A ping of five keys and so many more, with what gives JSON its form in a text among them. */
function withKeys(count: number): object {
  const keys = Array.from({ length: count }, (_, at) => [`k${at}`, at === 0 ? '}],"\\' : at]);
  return { ...ping, params: Object.fromEntries(keys) };
}

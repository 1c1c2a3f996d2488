/** Arbitraries of what a player, a broken one or a hostile one sends, as the texts that go over the wire. */

import fc from "fast-check";
import { KIB } from "../../../src/base/units.ts";
import { VALIDATION_MODES } from "../../../src/protocol/mode.ts";
import { downloaded, liveStart, running, sessionEnd } from "../../protocol/bodies.ts";
import { anyText, mutated, truncated } from "../../protocol/mutations.ts";
import { SESSIONS } from "./client.ts";

export type Text = string | Uint8Array<ArrayBuffer>;

/** Requests of one plan that are its own: its opening, its events, and those that go elsewhere. */
export const REQUESTS_PER_PLAN = 16;

const asText = (body: fc.Arbitrary<unknown>) => body.map((each) => JSON.stringify(each));
/** Over what is taken of an event, in the ways that are not JSON's. */
const oversized = fc.constantFrom(" ".repeat(65 * KIB), `{"a":"${"x".repeat(65 * KIB)}"}`, "[".repeat(65 * KIB));

const opening = fc.oneof(
  { weight: 4, arbitrary: asText(liveStart) },
  { weight: 6, arbitrary: mutated(liveStart) },
  { weight: 3, arbitrary: asText(downloaded) },
  { weight: 4, arbitrary: mutated(downloaded) },
  { weight: 1, arbitrary: truncated(liveStart) },
  { weight: 1, arbitrary: fc.oneof(anyText, oversized) },
);

/** Right but for its numbers, which a few changes among all members seldom meet. */
const oddlyTimed = fc
  .record({
    event: running,
    ts: fc.constantFrom("1700000000000.6", "-0.4", "-0", "-1", "9007199254740991", "1e400", "1e16", '"1"'),
    playhead: fc.constantFrom("-2", "-0", "0.0004", "12.3456789", "1e300", "1e400", "-1e400", "null"),
    quality: fc.constantFrom("1e308", "-1e400", "1e400", "0.1", "123456789012345678901234567890", "-0", "5e-324"),
  })
  .map(({ event: { eventType, params }, ts, playhead, quality }) => {
    const members = `"params":${JSON.stringify(params ?? {})},"qoeData":{"media.qoe.bitrate":${quality},"x":${quality}}`;
    return `{"eventType":"${eventType}","playerTime":{"ts":${ts},"playhead":${playhead}},${members}}`;
  });

const event = fc.oneof(
  { weight: 4, arbitrary: asText(running) },
  { weight: 12, arbitrary: mutated(running) },
  { weight: 2, arbitrary: oddlyTimed },
  { weight: 1, arbitrary: mutated(sessionEnd) },
  { weight: 1, arbitrary: truncated(running) },
  { weight: 2, arbitrary: fc.oneof({ weight: 5, arbitrary: anyText }, { weight: 1, arbitrary: oversized }) },
);

const header = fc
  .oneof(
    fc.constant({}),
    fc.record({
      "Content-Type": fc.constantFrom(
        "text/plain",
        "application/json; charset=utf-16",
        "multipart/form-data",
        "\u00ff/x",
      ),
    }),
    fc.record({ "Content-Encoding": fc.constantFrom("gzip", "br", "identity") }),
    fc.record({ Origin: fc.constantFrom("null", "file://", "http://[", "\u00e9"), "X-Forwarded-For": fc.string() }),
    fc.record({ "Idempotency-Key": fc.constantFrom("", "short", "x".repeat(200), "key with spaces, commas") }),
    fc.record({ Authorization: fc.constantFrom("Bearer ", "Basic AAAA", "Bearer \u00ff"), Expect: fc.constant("") }),
  )
  .map(printable);

/** Where there is nothing that takes a POST, or no session. */
const elsewhere = fc.constantFrom(
  `${SESSIONS}/${"0".repeat(64)}/events`,
  `${SESSIONS}/${"F".repeat(64)}/events`,
  `${SESSIONS}/..%2f..%2fetc%2fpasswd/events`,
  `${SESSIONS}/%00/events`,
  `${SESSIONS}/%zz/events`,
  `${SESSIONS}//events`,
  `${SESSIONS}/x`,
  "/api/v1/schemas/sessionStart",
  "/api/v2/sessions",
  "/healthz",
  "/%ff%fe",
);

/** What one client sends: an opening, events of the session that there then is, and some things to other paths. */
export interface PlayerPlan {
  readonly mode: (typeof VALIDATION_MODES)[number];
  readonly path: string;
  readonly opening: Text;
  readonly events: readonly Text[];
  readonly strays: readonly (readonly [path: string, body: Text])[];
  readonly headers: Record<string, string>;
}

const STRAYS = 1;

export const playerPlan: fc.Arbitrary<PlayerPlan> = fc.record({
  mode: fc.constantFrom(...VALIDATION_MODES),
  path: fc.constantFrom(SESSIONS, SESSIONS, `${SESSIONS}/`, "/api/v1/downloaded"),
  opening,
  events: fc.array(event, { minLength: REQUESTS_PER_PLAN - 1 - STRAYS, maxLength: REQUESTS_PER_PLAN - 1 - STRAYS }),
  strays: fc.array(fc.tuple(elsewhere, event), { minLength: STRAYS, maxLength: STRAYS }),
  headers: header,
});

/** Headers that fetch is willing to send; others go over a raw connection in `raw-requests.test.ts`. */
function printable(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, value.replace(/[^\x20-\x7e\xa0-\xff]/g, "")]);
  return Object.fromEntries(entries);
}

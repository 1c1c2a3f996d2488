/** Recorded sessions: wire events in order of arrival become what the fold takes, by the project's own parser. */

import { createParser, type Parsed } from "../../src/protocol/collection/parse.ts";
import type { PlayerEvent } from "../../src/protocol/event.ts";

const PARSER = createParser({ mode: "standard", eventsMax: 20_000, limits: { keysMax: 500, stringBytesMax: 16_384 } });
const encoder = new TextEncoder();

/** Parses wire events, the `sessionStart` first. @throws Error when the parser refuses one */
export function parseSession(wire: readonly unknown[]): PlayerEvent[] {
  return wire.map((body, index) => {
    const bytes = encoder.encode(JSON.stringify(body));
    if (index > 0) return unwrap(PARSER.parseEvent(bytes));
    const opening = unwrap(PARSER.parseOpening(bytes));
    if (opening.kind !== "live") throw new Error("Expected a live session");
    return opening.start;
  });
}

function unwrap<T>(parsed: Parsed<T>): T {
  if ("problems" in parsed) throw new Error(`The parser refuses the event: ${JSON.stringify(parsed.problems)}`);
  return parsed.value;
}

/** The session of the examples, as this server itself folds and shows it: an example that can't go stale. */

import { eventsView, foldedView, sessionView, xdmView } from "../../answers/session.ts";
import { assert } from "../../base/assert.ts";
import { SECOND_MS } from "../../base/units.ts";
import { DOWNLOADED_EXAMPLE } from "../../protocol/collection/examples.ts";
import { createParser } from "../../protocol/collection/parse.ts";
import { DEFINITIONS_VERSION } from "../../sessions/definitions.ts";
import { foldSession } from "../../sessions/fold.ts";
import type { ArrivedEvent, StoredSession } from "../../store/store.ts";
import { SID_EXAMPLE } from "./values.ts";

/** The same session in each form that the admin API has for it. */
export interface SessionExample {
  readonly page: object;
  readonly detail: object;
  readonly events: object;
  readonly xdm: object;
}

/** Folds the example of downloaded content; it arrives at once, a minute after its end. */
export function sessionExample(): SessionExample {
  const limits = { keysMax: 512, stringBytesMax: 8192 };
  const parser = createParser({ mode: "strict", limits, eventsMax: DOWNLOADED_EXAMPLE.length });
  const parsed = parser.parseDownloaded(Buffer.from(JSON.stringify(DOWNLOADED_EXAMPLE)));
  assert(!("problems" in parsed), "the example is accepted");
  const endTsMs = parsed.value.at(-1)?.tsMs ?? 0;
  const receivedAtMs = endTsMs + 60 * SECOND_MS;
  const events = parsed.value.map((event): ArrivedEvent => ({ ...event, receivedAtMs }));
  const [start] = events as [ArrivedEvent];
  const session: StoredSession = {
    id: 1,
    sid: SID_EXAMPLE,
    startedAtMs: start.tsMs,
    downloaded: true,
    start,
    close: { reason: "downloaded", closedAtMs: receivedAtMs, endTsMs },
  };
  const folded = { ...foldSession(events, { closed: true, isArray: true }), definitions: DEFINITIONS_VERSION };
  const entries = folded.timeline.map((entry, seq) => ({ ...entry, event: { ...entry.event, seq } }));
  const part = { entries, total: entries.length, isLast: true };
  return {
    page: { sessions: [{ ...sessionView(session), completed: false, metrics: folded.metrics }], nextCursor: null },
    detail: foldedView(session, folded, part),
    events: eventsView(session, part),
    xdm: xdmView(session, folded),
  };
}

/** A session as the admin API gives it, from its events. */

import { foldedView } from "../../src/answers/session.ts";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { DEFINITIONS_VERSION } from "../../src/sessions/definitions.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import type { StoredSession } from "../../src/store/store.ts";

/** Folds events into the answer; they arrive a millisecond after one another. */
export function detailOf(events: readonly PlayerEvent[], closed: boolean) {
  const arrived = events.map((event, at) => ({ ...event, receivedAtMs: event.tsMs + at }));
  const session = {
    sid: "0".repeat(64),
    startedAtMs: arrived[0]?.tsMs ?? 0,
    downloaded: false,
    start: arrived[0],
    close: closed ? { closedAtMs: 0, reason: "idle", endTsMs: 0 } : undefined,
    trimmed: false,
  };
  const folded = { ...foldSession(arrived, { closed }), definitions: DEFINITIONS_VERSION };
  const entries = folded.timeline.map((entry, seq) => ({ ...entry, event: { ...entry.event, seq } }));
  const part = { entries, total: entries.length, isLast: true };
  return foldedView(session as unknown as StoredSession, folded, part);
}

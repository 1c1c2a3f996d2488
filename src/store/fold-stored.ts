/** Folds a stored session, whether it is open, closed, or has lost its events to retention. */

import { DEFINITIONS_VERSION, type Folded, foldSession, type Verdicts } from "../sessions/fold.ts";
import { unionOf } from "../sessions/watched.ts";
import type { ArrivedEvent, StoredSession, StoreReader } from "./store.ts";

/** What a session's events say, or said, and the version of the definitions that folded them. */
export interface FoldedEvents extends Omit<Folded<ArrivedEvent>, "verdicts"> {
  readonly definitions: number;
  /** Absent where the events are gone. */
  readonly verdicts?: Verdicts;
}

/**
 * Folds a session's events under the current definitions. Without its events, the fold that was kept is all there is,
 * and its timeline is empty.
 *
 * @param seq the session's latest event; the session itself tells it only once it is closed
 */
export async function foldStored(
  store: Pick<StoreReader, "readEvents" | "readFolds">,
  session: StoredSession,
  seq: number,
): Promise<FoldedEvents> {
  const kept = session.trimmed && (await store.readFolds([session.id])).get(session.id);
  if (kept) return { ...kept, watched: unionOf(kept.spans), timeline: [] };
  const events = [session.start, ...(await store.readEvents({ id: session.id, seq }))];
  return { ...foldSession(events, { closed: session.close !== undefined }), definitions: DEFINITIONS_VERSION };
}

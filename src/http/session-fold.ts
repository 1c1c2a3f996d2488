/** What a session's events say, as of now. */

import type { Ingest } from "../ingest/ingest.ts";
import { DEFINITIONS_VERSION, foldSession } from "../sessions/fold.ts";
import { unionOf } from "../sessions/watched.ts";
import type { Store, StoredSession } from "../store/store.ts";
import type { ShownFold } from "./handlers/session-view.ts";

export interface FoldContext {
  readonly store: Store;
  readonly ingest: Ingest;
}

/** The fold of what is stored now, to the last event; the kept one where retention has taken the events. */
export async function foldNow({ store, ingest }: FoldContext, session: StoredSession): Promise<ShownFold> {
  const kept = session.trimmed && (await store.readFolds([session.id])).get(session.id);
  if (kept) return { ...kept, watched: unionOf(kept.spans), timeline: [] };
  const seq = session.seq ?? ingest.heads.find(session.sid)?.seq ?? 0;
  const events = [session.start, ...(await store.readEvents({ id: session.id, seq }))];
  return { ...foldSession(events, { closed: session.close !== undefined }), definitions: DEFINITIONS_VERSION };
}

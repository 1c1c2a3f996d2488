/** The order of session lists that no SQL makes. */

import type { SessionKey, SessionQuery } from "./queries.ts";

/** Sorts newest first, and by descending number within one instant. */
export function newestFirst(a: SessionKey, b: SessionKey): number {
  return b.startedAtMs - a.startedAtMs || b.id - a.id;
}

/** Makes the test for sessions in a query's list, on this page or a later one. */
export function listedBy(query: Pick<SessionQuery, "fromMs" | "toMs" | "after">): (session: SessionKey) => boolean {
  const { fromMs = -Infinity, toMs = Infinity, after } = query;
  return (session) =>
    session.startedAtMs >= fromMs && session.startedAtMs < toMs && (!after || newestFirst(after, session) < 0);
}

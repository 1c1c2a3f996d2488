/** The order of the list of sessions, for lists that no SQL makes. */

import type { SessionKey, SessionQuery } from "./queries.ts";

/** Sorts newest first; of two that started at the same instant the higher number comes first. */
export function newestFirst(a: SessionKey, b: SessionKey): number {
  return b.startedAtMs - a.startedAtMs || b.id - a.id;
}

/** Tells which sessions the list of a query has, on this page or on one behind it. */
export function listedBy(query: Pick<SessionQuery, "fromMs" | "toMs" | "after">): (session: SessionKey) => boolean {
  const { fromMs = -Infinity, toMs = Infinity, after } = query;
  return (session) =>
    session.startedAtMs >= fromMs && session.startedAtMs < toMs && (!after || newestFirst(after, session) < 0);
}

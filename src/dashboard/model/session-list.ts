/** A session list that grows at both ends: newer sessions come by themselves, older ones by scrolling. */

import type { SessionPage, SessionSummary } from "../api/answers.ts";

export interface SessionList {
  /** Newest first. */
  readonly sessions: readonly SessionSummary[];
  /** Where the next page begins; null at the end. */
  readonly nextCursor: string | null;
  /** How many sessions among them can't be read. */
  readonly damaged?: number;
}

/**
 * Takes in the newest page again. That page decides for the time that it covers: a session that it leaves out is gone,
 * such as a closed one from a list of open ones. Older rows stay, unless a gap of unseen rows would separate them.
 */
export function withNewest(list: SessionList | undefined, page: SessionPage): SessionList {
  const oldest = page.sessions.at(-1);
  if (!list || page.nextCursor === null || !oldest) return page;
  const fresh = new Set(page.sessions.map(({ sid }) => sid));
  const meets = list.sessions.some(({ sid }) => fresh.has(sid));
  if (!meets) return page;
  // Sids sort by time too, and decide between two starts in the same millisecond.
  const older = list.sessions.filter((each) => !fresh.has(each.sid) && isOlder(each, oldest));
  if (older.length === 0) return page;
  return { ...list, sessions: [...page.sessions, ...older] };
}

/** Takes in the page after the last row. */
export function withOlder(list: SessionList, page: SessionPage): SessionList {
  const known = new Set(list.sessions.map(({ sid }) => sid));
  const older = page.sessions.filter(({ sid }) => !known.has(sid));
  const damaged = (list.damaged ?? 0) + (page.damaged ?? 0);
  return { sessions: [...list.sessions, ...older], nextCursor: page.nextCursor, ...(damaged > 0 && { damaged }) };
}

function isOlder(a: SessionSummary, b: SessionSummary): boolean {
  return a.startedAt < b.startedAt || (a.startedAt === b.startedAt && a.sid < b.sid);
}

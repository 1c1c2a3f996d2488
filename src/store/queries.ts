/** Questions to a store, and answer pages of anything but sessions. */

/** The progress of long work, so that it can be resumed. */
export interface Bookmark {
  readonly name: string;
  /** The last finished session. */
  readonly session: number;
}

/** A place in the list of sessions by their start. */
export interface SessionKey {
  readonly startedAtMs: number;
  readonly id: number;
}

/** Closed sessions in order of their numbers. */
export interface ClosedQuery {
  /** Only sessions after this number. */
  readonly afterId: number;
  /** Only sessions without their events, removed by retention, or only those with them. */
  readonly trimmed?: boolean;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit: number;
}

/** Sessions in order of their start. */
export interface SessionQuery {
  /** Which come first; the newest by default. */
  readonly first?: "newest" | "oldest";
  /** Sessions that started at this instant or later. */
  readonly fromMs?: number | undefined;
  /** Sessions that started before this instant. */
  readonly toMs?: number | undefined;
  /** Only sessions up to this number, without those that arrive meanwhile. */
  readonly untilId?: number | undefined;
  /** Only sessions after this one in the list. */
  readonly after?: SessionKey | undefined;
  readonly closedOnly?: boolean;
  readonly limit: number;
}

/** A page of a search for a visitor, in order of the sessions' numbers. */
export interface VisitorQuery {
  /** One of the ids that players give for a person or a device. */
  readonly visitorId: string;
  /** Only sessions after this number. */
  readonly afterId: number;
  /** Sessions to search, the visitor's or not. */
  readonly limit: number;
}

export interface VisitorPage {
  /** The visitor's sessions among the searched ones. */
  readonly ids: readonly number[];
  /** The last number that the page searched; absent on the last page. */
  readonly lastId?: number;
}

/** Asks what retention would delete; an absent instant deletes nothing. */
export interface DueQuery {
  readonly startedBeforeMs: number | undefined;
  readonly closedBeforeMs: number | undefined;
  /** Counts no further than this. */
  readonly max: number;
}

export interface Due {
  /** Closed sessions that started before the instant. */
  readonly sessions: number;
  /** Others that closed before the instant and still have their events. */
  readonly trimmable: number;
}

/** A page of what was stored behind a revision. */
export interface ChangesQuery {
  readonly afterRevision: number;
  readonly limit: number;
}

/** Closed sessions from before an instant. */
export interface ExpiredQuery {
  readonly beforeMs: number;
  /** How many of the oldest to pass over. */
  readonly offset?: number;
  readonly limit: number;
}

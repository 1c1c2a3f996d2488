/** The log of a store: what there is of it, and pages of it in order of arrival. */

import type { ArrivedEvent, StoredSession } from "./store.ts";

/** A place in a store. Only the store that gave it out can read it. */
export type Cursor = string;

/** The part of the log that there is. */
export interface Extent {
  /** The place before the oldest session and event that are kept. */
  readonly first: Cursor;
  readonly last: Cursor;
  /** How many entries there are between the two at most, some of which may be gone. */
  readonly entries: number;
  /** The highest number of a session. */
  readonly sessions: number;
}

/** A part of the log, by its places and by when events arrived. */
export interface LogQuery {
  readonly after: Cursor;
  readonly until: Cursor;
  /** Events that arrived at this instant or later. */
  readonly fromMs?: number | undefined;
  /** Events that arrived before this instant. */
  readonly toMs?: number | undefined;
  readonly limit: number;
}

export interface LogPage {
  /** May be empty although more follow: a page ends, too, when it has looked at enough. */
  readonly events: readonly LoggedEvent[];
  /** Where the next page begins; equal to `until` at the end. */
  readonly reached: Cursor;
  /** How many of the extent's entries this page went over. */
  readonly done: number;
}

/** An event with its session and its place among all events. */
export interface LoggedEvent {
  readonly sid: string;
  /** 0 for a `sessionStart`, which comes before all other events. */
  readonly seq: number;
  readonly event: ArrivedEvent;
  /** Only a start has it: what dates its session, and how that closed. */
  readonly session?: Pick<StoredSession, "startedAtMs" | "downloaded" | "close" | "trimmed">;
}

/** The log of a store: its extent, and pages of it in order of arrival. */

import type { ArrivedEvent, StoredSession } from "./store.ts";

/** A place in a store. Only the store that gave it out can read it. */
export type Cursor = string;

/** The extent of the log. */
export interface Extent {
  /** The place before the oldest kept session and event. */
  readonly first: Cursor;
  readonly last: Cursor;
  /** The most entries that there can be between the two; some may be gone. */
  readonly entries: number;
  /** The highest session number. */
  readonly sessions: number;
}

/** A part of the log, by places and by arrival. */
export interface LogQuery {
  readonly after: Cursor;
  readonly until: Cursor;
  /** Only events that arrived at this instant or later. */
  readonly fromMs?: number | undefined;
  /** Only events that arrived before this instant. */
  readonly toMs?: number | undefined;
  readonly limit: number;
}

export interface LogPage {
  /** May be empty although more follow: a page also ends once it has read enough. */
  readonly events: readonly LoggedEvent[];
  /** Where the next page begins; equal to `until` at the end. */
  readonly reached: Cursor;
  /** How many of the extent's entries this page covers. */
  readonly done: number;
}

/** An event with its session and its place among all events. */
export interface LoggedEvent {
  readonly sid: string;
  /** 0 for a `sessionStart`, which comes before all other events. */
  readonly seq: number;
  readonly event: ArrivedEvent;
  /** What dates the session, and how it closed; only in a start. */
  readonly session?: Pick<StoredSession, "startedAtMs" | "downloaded" | "close" | "trimmed">;
}

/**
 * Durable state behind one interface. No dialect shows here: another database is another implementation.
 *
 * The store keeps what was said, in the order in which it was said, and gives it back. It knows no rule of sessions.
 */

import type { PlayerEvent } from "../protocol/event.ts";
import type { CloseReason, Activity as SignsOfLife } from "../sessions/deadline.ts";
import type { Numbers } from "../sessions/fold.ts";
import type { Metrics } from "../sessions/metrics.ts";

/** An event with the server's instant of its arrival. */
export interface ArrivedEvent extends PlayerEvent {
  /** Milliseconds since the epoch by the server's clock. */
  readonly receivedAtMs: number;
}

/** How and when a session ended. */
export interface Close {
  readonly reason: CloseReason;
  /** By the server's clock: what the grace period counts from. */
  readonly closedAtMs: number;
  /** By the player's clock: no later event belongs to the session. */
  readonly endTsMs: number;
}

/**
 * What the server must know of a session to answer its next event: its place in the log and its last signs of life.
 *
 * The object is the session's identity in this process: whoever appends for a session passes this very object. The
 * store moves `id`, `seq` and `close` on once what it wrote is durable.
 */
export interface Head extends SignsOfLife {
  readonly sid: string;
  readonly startedAtMs: number;
  /** The store's number of the session; 0 until it is stored. */
  id: number;
  /** The store's number of the session's latest event after its start; 0 before the first. */
  seq: number;
  /** Present once the close is stored. */
  close?: Close | undefined;
  /** Set once the session has been erased: nothing more is stored of it. */
  erased?: true;
}

/** One request's worth of state: stored whole or not at all. */
export interface Write {
  readonly head: Head;
  /** The `sessionStart`, when the session is new. */
  readonly start?: ArrivedEvent;
  readonly downloaded?: boolean;
  readonly events: readonly ArrivedEvent[];
  /** Present when this write closes the session. */
  readonly close?: Close;
}

/** A stored session: its start, and how it ended. */
export interface StoredSession {
  readonly id: number;
  readonly sid: string;
  /** The instant that dates the session: the server's for a live one, the player's for downloaded content. */
  readonly startedAtMs: number;
  readonly downloaded: boolean;
  readonly start: ArrivedEvent;
  readonly close?: Close;
  /** As in {@link Head}; known once the session is closed. */
  readonly seq?: number;
  /** Present once retention has taken the events: the stored numbers and rows are all that is left. */
  readonly trimmed?: true;
  /** The numbers that were stored last: for a moment after the close, or after a late event, none or older ones. */
  readonly result?: StoredResult;
}

export interface StoredResult {
  readonly definitions: number;
  readonly metrics: Metrics;
  readonly contentSegment: string | null;
}

/** What a fold gave, as it is kept: which event had which effect stands in the events. */
export type Fold = Omit<Numbers, "watched">;

/** A kept fold, with the version of the definitions that gave it. */
export interface StoredFold extends Fold {
  readonly definitions: number;
}

/** A change of numbers: a session was folded, folded anew, or erased. */
export interface Change {
  /** Its place among all changes; a session that changes again moves to the new place. */
  readonly revision: number;
  /** The number of the session. */
  readonly id: number;
  /** Absent when the session has been erased. */
  readonly result?: { readonly session: StoredSession; readonly fold: StoredFold };
}

/** How far the changes reach, and of which database: a copy that went on by itself has another lineage. */
export interface Watermark {
  readonly revision: number;
  readonly lineage: number;
  /** Erasures up to here are forgotten: whoever has come less far must begin anew. */
  readonly prunedRevision: number;
}

/** A closed session's numbers and rows. */
export interface SessionResult {
  readonly session: number;
  /** The last event that was folded: a result that a later event has overtaken is not stored. */
  readonly seq: number;
  readonly definitions: number;
  readonly folded: Fold;
}

/** How far a long piece of work has come, so that it can be taken up again. */
export interface Bookmark {
  readonly name: string;
  /** The last session that is done. */
  readonly session: number;
}

/** A place in the list of sessions, newest first. */
export interface SessionKey {
  readonly startedAtMs: number;
  readonly id: number;
}

/** Closed sessions in order of their numbers. */
export interface ClosedQuery {
  /** Only sessions behind this number. */
  readonly afterId: number;
  /** Only those with events that no stored result has seen. */
  readonly pendingOnly?: boolean;
  /** Only those whose events retention has taken, or only those that have them. */
  readonly trimmed?: boolean;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit: number;
}

/** Sessions in order of their start, the oldest first. */
export interface SessionPageQuery {
  /** Only sessions of this number and below: those that come meanwhile are left out. */
  readonly untilId: number;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Only sessions behind this one. */
  readonly after?: SessionKey | undefined;
  readonly limit: number;
}

export interface SessionQuery {
  /** Sessions that started at this instant or later. */
  readonly fromMs?: number;
  /** Sessions that started before this instant. */
  readonly toMs?: number;
  /** Only sessions behind this one in the list. */
  readonly after?: SessionKey;
  readonly closedOnly?: boolean;
  readonly limit: number;
}

/** A page of a search for a visitor, in order of the sessions' numbers. */
export interface VisitorQuery {
  /** One of the ids that players give for a person or a device. */
  readonly visitorId: string;
  /** Only sessions behind this number. */
  readonly afterId: number;
  /** Sessions to look at, whether they are the visitor's or not. */
  readonly limit: number;
}

export interface VisitorPage {
  /** The visitor's sessions among those that were looked at. */
  readonly ids: readonly number[];
  /** The number up to which the page looked; absent when it was the last. */
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
  /** Of the others, those that closed before the instant and still have their events. */
  readonly trimmable: number;
}

/** Closed sessions of before an instant. */
export interface ExpiredQuery {
  readonly beforeMs: number;
  readonly limit: number;
}

/**
 * Durable sessions and events.
 *
 * Every method may throw AppError `store-failed`: the medium failed, and nothing after it may be trusted.
 */
export interface Store {
  /**
   * Stores all writes or none, and resolves when they survive a power cut.
   * @throws AppError `store-full` when there is no room: nothing was stored, later writes may succeed
   */
  append(writes: readonly Write[]): Promise<void>;
  /** Resolves an append that is durable by now: a crowd can keep the loop from the turn in which that is heard. */
  noticeAppended?(): void;
  /** The session of this id, or undefined. */
  findSession(sid: string): Promise<StoredSession | undefined>;
  /** A page of sessions, newest first. */
  listSessions(query: SessionQuery): Promise<StoredSession[]>;
  /** The sessions of these numbers, newest first. */
  getSessions(ids: readonly number[]): Promise<StoredSession[]>;
  /** A session's events after its start, in order of arrival. */
  readEvents(session: Pick<Head, "id" | "seq">): Promise<ArrivedEvent[]>;
  /** Closed sessions in order of their numbers. */
  listClosed(query: ClosedQuery): Promise<StoredSession[]>;
  /** How many closed sessions started in a range. */
  countClosed(range: Omit<ClosedQuery, "afterId" | "pendingOnly" | "limit">): Promise<number>;
  /** A page of sessions, the oldest first. */
  pageSessions(query: SessionPageQuery): Promise<StoredSession[]>;
  /** How many sessions {@link pageSessions} has in all. */
  countSessions(query: Omit<SessionPageQuery, "after" | "limit">): Promise<number>;
  /** Where the log begins and ends now. */
  readExtent(): Promise<Extent>;
  /** A page of all that was said: every start by its session's number, then every event in order of arrival. */
  readLog(query: LogQuery): Promise<LogPage>;
  /** Stores numbers and rows in place of earlier ones, all or none, together with how far the work has come. */
  saveResults(results: readonly SessionResult[], bookmark?: Bookmark): Promise<void>;
  /** The numbers of sessions as they were stored, by the number of the session. */
  readFolds(ids: readonly number[]): Promise<ReadonlyMap<number, StoredFold>>;
  /** The changes of numbers behind a revision, the oldest first. */
  listChanges(query: { afterRevision: number; limit: number }): Promise<Change[]>;
  watermark(): Promise<Watermark>;
  /** Looks for a visitor's sessions, a page at a time: there is no index of visitors. */
  findVisitor(query: VisitorQuery): Promise<VisitorPage>;
  /**
   * Erases sessions: from then on nothing shows that they were there, though their events are removed later.
   *
   * @param sessions with the latest event, which the store knows only of closed ones
   * @returns how many of them there were
   */
  erase(sessions: readonly Pick<Head, "id" | "seq">[], atMs: number): Promise<number>;
  /** Counts what retention would delete. */
  countDue(query: DueQuery): Promise<Due>;
  /** The numbers of closed sessions that started before an instant, the oldest first. */
  listExpired(query: ExpiredQuery): Promise<number[]>;
  /**
   * Declares the events of sessions that closed before an instant gone; they are removed later.
   *
   * A session without numbers keeps its events until it has them. @returns how many sessions it was
   */
  trim(query: ExpiredQuery): Promise<number>;
  /**
   * Removes a part of what erased and trimmed sessions left behind, in one transaction.
   *
   * @param enough asked now and then: whether the part is large enough
   * @returns whether more is left
   */
  removeRemains(enough: () => boolean): Promise<boolean>;
  /**
   * Removes what the medium has kept of removed rows: their log, and copies that it made as it moved them.
   *
   * @param isStopped asked between slices
   * @returns whether nothing is left; false when somebody is reading, or it was stopped: try again later
   */
  sweep(isStopped: () => boolean): Promise<boolean>;
  /** Forgets old erasures, the oldest first. @returns how many */
  pruneErasures(query: ExpiredQuery): Promise<number>;
  findBookmark(name: string): Promise<Bookmark | undefined>;
  removeBookmark(name: string): Promise<void>;
  /** The head of every open session, from the last checkpoint and what was appended since. */
  restoreHeads(): Promise<RestoredHeads>;
  /** What was appended behind a place in the log. */
  readActivity(after: LogPosition): Promise<Activity>;
  /** Remembers heads that changed, as a part of a checkpoint. */
  saveHeads(heads: readonly Head[]): Promise<void>;
  /** Declares all heads saved that had changed by `position`: a restart need read only what comes after it. */
  finishCheckpoint(position: LogPosition): Promise<void>;
  /** How far the log reaches now. */
  position(): LogPosition;
  /** Proves that a write is possible now. @throws AppError as `append` */
  probe(): Promise<void>;
  /** Looks whether the files in use are the ones that are there; writes nothing. @throws AppError `store-failed` */
  checkFiles(): Promise<void>;
  /** Leaves everything in one file and lets go of it. */
  close(): Promise<void>;
}

export interface RestoredHeads {
  readonly heads: readonly Head[];
  /** The checkpoint that they were restored from: whatever changed after it is not in any checkpoint yet. */
  readonly checkpoint: LogPosition;
}

export interface LogPosition {
  readonly seq: number;
  readonly session: number;
}

/** The part of the log that there is. */
export interface Extent {
  /** The place before the oldest session and event that are kept. */
  readonly first: LogPosition;
  readonly last: LogPosition;
}

/** A part of the log, by its places and by when events arrived. */
export interface LogQuery {
  readonly after: LogPosition;
  readonly until: LogPosition;
  /** Events that arrived at this instant or later. */
  readonly fromMs?: number | undefined;
  /** Events that arrived before this instant. */
  readonly toMs?: number | undefined;
  readonly limit: number;
}

export interface LogPage {
  /** May be empty although more follow: a page also ends when it has looked at enough. */
  readonly events: readonly LoggedEvent[];
  /** Where the next page goes on; equal to `until` at the end. */
  readonly reached: LogPosition;
}

/** An event with its session and its place among all events. */
export interface LoggedEvent {
  readonly sid: string;
  /** 0 for a `sessionStart`, which stands before the log. */
  readonly seq: number;
  readonly event: ArrivedEvent;
}

/** What was appended between two places of the log. */
export interface Activity {
  readonly position: LogPosition;
  /** The latest event of each session that began or went on, by the session's number; 0 for one without any. */
  readonly latest: ReadonlyMap<number, number>;
}

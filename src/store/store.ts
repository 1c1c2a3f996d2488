/**
 * The interface of every store, in two roles: `StoreReader` reads, `Store` also keeps results and erases. How events
 * come in depends on the kind of store (`journal.ts` is one). No dialect shows here.
 *
 * A store keeps events in the order of their arrival, and gives them back. It knows no rule of sessions.
 */

import type { PlayerEvent } from "../protocol/event.ts";
import type { Close } from "../sessions/deadline.ts";
import type { DefinitionChoices, Definitions } from "../sessions/definitions.ts";
import type { Numbers } from "../sessions/fold.ts";
import type { FoldFailure } from "../sessions/fold-failures.ts";
import type { Metrics } from "../sessions/metrics.ts";
import type { Skip } from "./damage.ts";
import type { Cursor, Extent, LogPage, LogQuery } from "./log.ts";
import type { KnownOpening, OldOpeningsQuery } from "./opening.ts";
import type { Outline, ReadBound } from "./outline.ts";
import type {
  Bookmark,
  ChangesQuery,
  ClosedQuery,
  Due,
  DueQuery,
  ExpiredQuery,
  SessionQuery,
  VisitorPage,
  VisitorQuery,
} from "./queries.ts";
import type { TalliedLedger } from "./tallied-ledger.ts";
import type { NamedToken, TokenAddition } from "./token.ts";

/** An event with the server's instant of its arrival. */
export interface ArrivedEvent extends PlayerEvent {
  /** Milliseconds since the epoch by the server's clock. */
  readonly receivedAtMs: number;
}

/** How far a session has come. */
export interface SessionEnd {
  /** The store's number of the session. */
  readonly id: number;
  /** The store's number of its latest event after the start; 0 before the first. */
  readonly seq: number;
}

/** The size of a session, its start included. */
export interface SessionSize {
  readonly events: number;
  /** The bytes of the events' stored text. */
  readonly bytes: number;
}

/** A session to erase, without its events. */
export type Erasable = Pick<StoredSession, "id" | "sid" | "seq">;

/** A stored session: its start, and how it ended. */
export interface StoredSession {
  readonly id: number;
  readonly sid: string;
  /** The instant that dates the session: the server's for a live one, the player's for downloaded content. */
  readonly startedAtMs: number;
  readonly downloaded: boolean;
  readonly start: ArrivedEvent;
  readonly close?: Close;
  /** The store's number of its latest event after the start, 0 for none; known once the session is closed. */
  readonly seq?: number;
  /** Known once the session is closed. */
  readonly size?: SessionSize;
  /** Present once retention has removed the events: only the stored numbers and rows are left. */
  readonly trimmed?: true;
  /** Present if the last fold failed; it is retried only after another event. */
  readonly foldFailure?: FoldFailure;
  /** The latest stored numbers; shortly after the close or a late event they are absent or outdated. */
  readonly result?: StoredResult;
}

/** The numbers of a session, without its rows. */
export interface SessionNumbers {
  readonly definitions: number;
  readonly metrics: Metrics;
  readonly contentSegment: string | null;
  /** The metrics without mending; absent where no rule mended anything. */
  readonly unmended?: Metrics;
  /** Absent where the fold that gave the numbers counted none. */
  readonly ledger?: TalliedLedger;
  /** What the server chose of the definitions; absent where it chose nothing. */
  readonly choices?: DefinitionChoices;
}

export interface StoredResult extends SessionNumbers {
  /** How many results the session has had, this one included. */
  readonly edition: number;
  /** When it was stored, on the server's steady clock; the time of the close, for results from before this was kept. */
  readonly changedAtMs: number;
}

/** A stored fold. It leaves out the effect of each event, which the events give again. */
export interface Fold extends Omit<Numbers, "watched"> {
  /** Absent if an older version folded it, and its events are gone or not folded again. */
  readonly ledger?: TalliedLedger;
  /** What the server chose of the definitions; absent where it chose nothing. */
  readonly choices?: DefinitionChoices;
}

/** A stored fold, with the version of its definitions. */
export interface StoredFold extends Fold {
  readonly definitions: number;
}

/** A change of numbers: a session was folded for the first time, folded again, or erased. */
export interface Change {
  /** Its place among all changes; a session that changes again moves to the new place. */
  readonly revision: number;
  /** The number of the session. */
  readonly id: number;
  /** Absent when the session has been erased, or is damaged. */
  readonly result?: { readonly session: StoredSession; readonly fold: StoredFold };
  readonly damaged?: true;
}

/** Where a session's numbers are among the changes. */
export interface Settled {
  readonly revision: number;
  /** The number of the session. */
  readonly id: number;
  /** The revision of the first numbers that saw its latest event: after it only numbers changed. */
  readonly eventsRevision: number;
}

/** How far the changes reach, and in which database: a copy with writes of its own has another lineage. */
export interface Watermark {
  readonly revision: number;
  readonly lineage: number;
  /** Erasures up to here are forgotten: a follower that hasn't come this far must start over. */
  readonly prunedRevision: number;
  /** The same of erased sids, which are kept for longer. */
  readonly prunedErasedRevision: number;
}

/** How a person had a session erased: through its visitor, or by its sid. */
export type ErasedReason = "visitor" | "session";

/** A sid that a person had erased. */
export interface ErasedSid {
  /** The place of the erasure among all changes. */
  readonly revision: number;
  /** The sid's hash by `base/keyed-hash.ts`. */
  readonly hash: string;
  readonly reason: ErasedReason;
  readonly erasedAtMs: number;
}

/** A closed session's numbers and rows. */
export interface SessionResult {
  readonly session: number;
  /** The last folded event: a session with a later event stays pending. */
  readonly seq: number;
  readonly definitions: number;
  readonly folded: Fold;
}

/** Sessions that may be open. */
export interface OpenPage {
  readonly ends: readonly SessionEnd[];
  /** Pass it on to get only later changes. */
  readonly cursor: Cursor;
}

/**
 * What a reader sees of sessions and events, in the writing process or beside it.
 *
 * Every method may throw AppError `store-failed`: the medium failed, and can't be trusted from then on. Methods that
 * read sessions may throw DamageError: a session's stored rows differ from what was written. Methods with a `skip` call
 * it for each damaged session and leave that out as if it were gone; without it they throw. Counts are estimates if
 * they meet damage.
 *
 * Sessions are found in four ways: by their id, by their numbers, by their start, and the closed ones in order of their
 * numbers.
 *
 * **Pages.** Every list of sessions, changes, numbers or events is a page: it ends at its `limit`, or once its text
 * weighs more than some megabytes, and has at least one entry while any is left. So only an empty page is the end, and
 * no reader need know what a session weighs.
 */
export interface StoreReader {
  /** Where another thread can read this store, its file or its URL; absent if no other thread can. */
  readonly place?: string | undefined;
  /** The definitions that its sessions fold by, here and in any Worker. */
  readonly definitions: Definitions;
  /** The clock that dates arrivals: by it open sessions count as silent. Without it none does. */
  readonly nowMs?: (() => number) | undefined;
  /** The session of this id, or undefined. */
  findSession(sid: string): Promise<StoredSession | undefined>;
  /** A page of the sessions of these numbers, in this order; those that are gone are left out. */
  getSessions(ids: readonly number[], skip?: Skip): Promise<StoredSession[]>;
  /** A page of sessions by their start. */
  listSessions(query: SessionQuery, skip?: Skip): Promise<StoredSession[]>;
  /** How many sessions {@link listSessions} has in all. */
  countSessions(query: Pick<SessionQuery, "fromMs" | "toMs" | "untilId">): Promise<number>;
  /** A page of closed sessions by their numbers. */
  listClosed(query: ClosedQuery, skip?: Skip): Promise<StoredSession[]>;
  /** How many sessions {@link listClosed} has in all. */
  countClosed(query: Omit<ClosedQuery, "afterId" | "limit">): Promise<number>;
  /**
   * The open sessions, each with its latest event; after a cursor only those that have begun or gone on since.
   *
   * A change during the call may appear twice, but is never left out. A session that has just closed may be included.
   */
  listOpen(since?: Cursor): Promise<OpenPage>;
  /** Whether this number was ever given to a session. */
  knows(id: number): Promise<boolean>;
  /** A session's events after its start, in order of arrival; with a bound, undefined if the session exceeds it. */
  readEvents(session: SessionEnd): Promise<ArrivedEvent[]>;
  readEvents(session: SessionEnd, most: ReadBound): Promise<ArrivedEvent[] | undefined>;
  /** The numbers of a session's events, undefined if it exceeds the bound; yields to the event loop. */
  readOutline(session: SessionEnd, most: ReadBound): Promise<Outline | undefined>;
  /** Events of a session by their numbers, in that order. */
  readSome(session: number, seqs: readonly number[]): Promise<ArrivedEvent[]>;
  /** Where the log begins and ends now. */
  readExtent(): Promise<Extent>;
  /** A page of the whole log: every start by its session's number, then every event in order of arrival. */
  readLog(query: LogQuery, skip?: Skip): Promise<LogPage>;
  /** A page of the stored numbers of these sessions, in this order, without sessions that have none. */
  readFolds(ids: readonly number[], skip?: Skip): Promise<ReadonlyMap<number, StoredFold>>;
  /** A page of the changes of numbers after a revision, the oldest first; those of damaged sessions say so. */
  listChanges(query: ChangesQuery): Promise<Change[]>;
  /** The sessions whose numbers were stored after a revision, in order, without the numbers. */
  listSettled(query: ChangesQuery): Promise<Settled[]>;
  watermark(): Promise<Watermark>;
  /** A page of the erased sids after a revision, the oldest first. */
  listErased(query: ChangesQuery): Promise<ErasedSid[]>;
  /** The ones among some sids that a person had erased, for as long as the store keeps that. */
  findErased(sids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Searches for a visitor's sessions, a page at a time, without an index of visitors. */
  findVisitor(query: VisitorQuery): Promise<VisitorPage>;
  /** Counts what retention would delete. */
  countDue(query: DueQuery): Promise<Due>;
  /**
   * The random key for `base/keyed-hash.ts`, of 32 bytes: made with the store, and the same for every process, after a
   * restart and in a backup.
   */
  hashKey(): Promise<Uint8Array>;
  /** Every named token, by name. */
  listTokens(): Promise<NamedToken[]>;
  /** The named token of this hash. */
  findToken(hash: string): Promise<NamedToken | undefined>;
  /** Lets go of the medium. */
  close(): Promise<void>;
}

/**
 * Keeps results and removes sessions. A second process may open one beside the server.
 *
 * Methods that write throw AppError `store-full` when there is no room, and DamageError where a page that they must
 * change is damaged: nothing has changed, and a later call may succeed.
 */
export interface Store extends StoreReader {
  /**
   * The numbers of closed sessions with events that no stored result has seen, in turn: one that stays pending comes up
   * again after all others, which is when a list is shorter than `limit`.
   */
  claimPending(limit: number): Promise<number[]>;
  /** How many closed sessions have events that no stored result has seen. */
  countPending(): Promise<number>;
  /**
   * Replaces numbers and rows, all or none, together with the progress of the work. The same transaction gives out
   * their revisions: a reader that has seen one has seen all below it.
   */
  saveResults(results: readonly SessionResult[], atMs: number, bookmark?: Bookmark): Promise<void>;
  /**
   * Declares the closed sessions of a range pending that have no numbers, since their import is complete.
   *
   * @param afterId the range begins after this number, and is `limit` numbers long
   */
  settleImported(query: { readonly afterId: number; readonly limit: number }): Promise<void>;
  /**
   * Records that a session could not be folded: it is no longer pending, unless an event has arrived since.
   *
   * @param session without its `seq` if damage hides that
   */
  saveFailure(session: Pick<SessionEnd, "id"> & Partial<SessionEnd>, failure: FoldFailure): Promise<void>;
  /** Counts a fold as begun. @returns how many have begun since one last ended */
  countAttempt(session: number): Promise<number>;
  /** Forgets the folds that have begun, since this process has outlived them. */
  forgetAttempts(session: number): Promise<void>;
  /**
   * Counts closed sessions whose last fold failed, within a range of numbers.
   *
   * @returns also the last number of the range; absent at the end
   */
  countFailed(query: Pick<VisitorQuery, "afterId" | "limit">): Promise<{ failed: number; lastId?: number }>;
  findBookmark(name: string): Promise<Bookmark | undefined>;
  removeBookmark(name: string): Promise<void>;
  /**
   * Erases sessions: they are invisible from then on, though their events are removed later.
   *
   * @param sessions with their latest events, which the store knows for closed ones alone
   * @param reason a person's, which keeps the hash of each sid; absent for retention
   * @returns how many of them existed
   */
  erase(sessions: readonly SessionEnd[], atMs: number, reason?: ErasedReason): Promise<number>;
  /** The number of the session with this id, even if it is damaged. */
  findNumber(sid: string): Promise<number | undefined>;
  /** What an erasure must know about sessions by their numbers: a damaged row still has it, a damaged page may not. */
  findErasable(ids: readonly number[]): Promise<Erasable[]>;
  /** The numbers of closed sessions that started before an instant, the oldest first. */
  listExpired(query: ExpiredQuery): Promise<number[]>;
  /**
   * Declares the events of sessions that closed before an instant removed; their rows go later.
   *
   * A session without numbers keeps its events until it has some. @returns how many sessions
   */
  trim(query: ExpiredQuery): Promise<number>;
  /**
   * Removes some of the rows that erased and trimmed sessions left behind, in one transaction.
   *
   * @param enough asked now and then: whether this transaction has done enough
   * @returns whether more is left
   * @throws DamageError once for each session of which damage keeps some rows; the next call passes over it
   */
  removeRemains(enough: () => boolean): Promise<boolean>;
  /** Forgets old erasures, the oldest first. @returns how many */
  pruneErasures(query: ExpiredQuery): Promise<number>;
  /** Forgets old erased sids, the oldest first. @returns how many */
  pruneErased(query: ExpiredQuery): Promise<number>;
  /** Adds a named token, unless its name is taken or there are `TOKENS_MAX`. */
  addToken(token: NamedToken): Promise<TokenAddition>;
  /** Removes a named token, for every process. @returns whether there was one */
  removeToken(name: string): Promise<boolean>;
  /** Records the last use of the token of this hash. */
  noteTokenUse(hash: string, usedAtMs: number): Promise<void>;
  /** The newest opening under a key, unless its rule is `body`: the intake knows those. */
  findOpening(key: string): Promise<KnownOpening | undefined>;
  /** Forgets the openings by a rule that are old, the oldest first. @returns how many */
  forgetOpenings(query: OldOpeningsQuery): Promise<number>;
  /** Proves that a write is possible now. */
  probe(): Promise<void>;
}

/** A medium that keeps copies of removed rows until it is swept. */
export interface Sweepable {
  /**
   * Removes the medium's copies of removed rows: those in its log, and those left as it moved rows.
   *
   * @param isStopped asked between slices
   * @returns whether all are gone; false if a reader was in the way, or it was stopped: try again later
   */
  sweep(isStopped: () => boolean): Promise<boolean>;
}

/** A process that uses the store. */
export interface StoreNode {
  readonly id: string;
  /** The name of its machine. */
  readonly host: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly seenAtMs: number;
}

/**
 * What every store has, in two roles: `StoreReader` reads, `Store` also keeps results and erases. How events come in
 * depends on the kind of store (`journal.ts` is one). No dialect shows here.
 *
 * A store keeps what was said, in the order in which it was said, and gives it back. It knows no rule of sessions.
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

/** How much a session has said, its start included. */
export interface SessionSize {
  readonly events: number;
  /** Counts the text that is stored of them. */
  readonly bytes: number;
}

/** A session that may be erased, without what it said. */
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
  /** Present once retention has taken the events: the stored numbers and rows are all that is left. */
  readonly trimmed?: true;
  /** Present where the last fold failed; nothing tries again by itself before another event comes. */
  readonly foldFailure?: FoldFailure;
  /** The numbers that were stored last: for a moment after the close, or after a late event, none or older ones. */
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
  /** When it was stored, on the server's steady clock; when the session closed, where that was not kept yet. */
  readonly changedAtMs: number;
}

/** A fold as it is kept. The effect of each event is left out, since the events give it again. */
export interface Fold extends Omit<Numbers, "watched"> {
  /** Absent where it was folded before there was one, and its events are gone or not folded again. */
  readonly ledger?: TalliedLedger;
  /** What the server chose of the definitions; absent where it chose nothing. */
  readonly choices?: DefinitionChoices;
}

/** A kept fold, with the version of the definitions that gave it. */
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
  /** The revision of the first numbers that saw its latest event: behind it only numbers changed. */
  readonly eventsRevision: number;
}

/** How far the changes reach, and in which database: a copy that is written to by itself has another lineage. */
export interface Watermark {
  readonly revision: number;
  readonly lineage: number;
  /** Erasures up to here are forgotten: a follower that is not as far must start over. */
  readonly prunedRevision: number;
  /** The same of erased sids, which are kept for longer. */
  readonly prunedErasedRevision: number;
}

/** Why a person had a session erased: it was of a visitor, or was named itself. */
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
  /** The last event that was folded: a session that a later event has overtaken stays pending. */
  readonly seq: number;
  readonly definitions: number;
  readonly folded: Fold;
}

/** Sessions that may be open. */
export interface OpenPage {
  readonly ends: readonly SessionEnd[];
  /** Hand it in to hear only of what comes after. */
  readonly cursor: Cursor;
}

/**
 * What a reader sees of sessions and events, in the writing process or beside it.
 *
 * Every method may throw AppError `store-failed`: the medium failed, and what it gives from then on is not to be
 * trusted. Methods that read sessions may throw DamageError: what is stored of one isn't what was written. Those that
 * take a `skip` leave damaged sessions out if it is given, as if they were gone, and call it for each; without it they
 * throw. Counts are estimates where they meet damage.
 *
 * Sessions are found in four ways: by their id, by their numbers, by their start, and the closed ones in order of their
 * numbers.
 *
 * **Pages.** Whatever gives a list of sessions, changes, numbers or events gives a page: it ends at its `limit`, or
 * where its text weighs more than some megabytes, and has one entry at least while there is any. So only an empty page
 * says that nothing is left, and no reader need know what a session weighs.
 */
export interface StoreReader {
  /** The file in which another thread can read what this store has; absent where no other can. */
  readonly file?: string | undefined;
  /** What its sessions are folded by, here and in any Worker. */
  readonly definitions: Definitions;
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
   * The sessions that are open, each with its latest event; behind a cursor only those that began or went on since.
   *
   * What happens during the call may come twice, but is never left out. A session that has just closed may be included.
   */
  listOpen(since?: Cursor): Promise<OpenPage>;
  /** Whether this number was ever given to a session. */
  knows(id: number): Promise<boolean>;
  /** A session's events after its start, in order of arrival; with a bound, undefined where the session exceeds it. */
  readEvents(session: SessionEnd): Promise<ArrivedEvent[]>;
  readEvents(session: SessionEnd, most: ReadBound): Promise<ArrivedEvent[] | undefined>;
  /** The numbers of a session's events, undefined where it exceeds the bound; gives the loop its turns. */
  readOutline(session: SessionEnd, most: ReadBound): Promise<Outline | undefined>;
  /** Events of a session by their numbers, in the order of these. */
  readSome(session: number, seqs: readonly number[]): Promise<ArrivedEvent[]>;
  /** Where the log begins and ends now. */
  readExtent(): Promise<Extent>;
  /** A page of all that was said: every start by its session's number, then every event in order of arrival. */
  readLog(query: LogQuery, skip?: Skip): Promise<LogPage>;
  /** A page of the stored numbers of these sessions, in this order; those that have none are left out. */
  readFolds(ids: readonly number[], skip?: Skip): Promise<ReadonlyMap<number, StoredFold>>;
  /** A page of the changes of numbers behind a revision, the oldest first; those of damaged sessions say so. */
  listChanges(query: { afterRevision: number; limit: number }): Promise<Change[]>;
  /** The sessions whose numbers were stored behind a revision, in its order, without what they say. */
  listSettled(query: { afterRevision: number; limit: number }): Promise<Settled[]>;
  watermark(): Promise<Watermark>;
  /** A page of the erased sids behind a revision, the oldest first. */
  listErased(query: { afterRevision: number; limit: number }): Promise<ErasedSid[]>;
  /** Those of some sids that a person had erased, for as long as that is kept. */
  findErased(sids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Looks for a visitor's sessions, a page at a time: there is no index of visitors. */
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
 * Keeps results and takes sessions away. A second process may open one beside the server.
 *
 * Methods that write throw AppError `store-full` when there is no room, and DamageError where a page that they must
 * change is damaged: nothing has changed, and a later call may succeed.
 */
export interface Store extends StoreReader {
  /**
   * The numbers of closed sessions with events that no stored result has seen, in turn: one that is still pending comes
   * up again once all others were given out, which is when fewer come than `limit`.
   */
  claimPending(limit: number): Promise<number[]>;
  /** How many closed sessions have events that no stored result has seen. */
  countPending(): Promise<number>;
  /**
   * Stores numbers and rows in place of earlier ones, all or none, together with how far the work has come. Revisions
   * are given out in the transaction that stores: a reader that has seen one has seen all below it.
   */
  saveResults(results: readonly SessionResult[], atMs: number, bookmark?: Bookmark): Promise<void>;
  /**
   * Declares those of a range of sessions pending that are closed and have no numbers: nothing more of them follows.
   *
   * @param afterId sessions behind this number, and as many numbers as `limit`
   */
  settleImported(query: { readonly afterId: number; readonly limit: number }): Promise<void>;
  /**
   * Keeps that a session could not be folded: it is pending no more, unless an event came since.
   *
   * @param session its `seq` is left out where damage hides it
   */
  saveFailure(session: Pick<SessionEnd, "id"> & Partial<SessionEnd>, failure: FoldFailure): Promise<void>;
  /** Counts a fold that begins. @returns how many have begun since the last one that ended */
  countAttempt(session: number): Promise<number>;
  /** Forgets the folds that were begun: this process has outlived them. */
  forgetAttempts(session: number): Promise<void>;
  /**
   * Counts closed sessions whose last fold failed, among so many of them by their numbers.
   *
   * @returns also the number up to which it looked; absent at the end
   */
  countFailed(query: Pick<VisitorQuery, "afterId" | "limit">): Promise<{ failed: number; lastId?: number }>;
  findBookmark(name: string): Promise<Bookmark | undefined>;
  removeBookmark(name: string): Promise<void>;
  /**
   * Erases sessions: they are invisible from then on, though their events are removed later.
   *
   * @param sessions with their latest events, which the store knows for closed ones alone
   * @param reason of a person, for which the hash of each sid is kept; absent for retention
   * @returns how many of them there were
   */
  erase(sessions: readonly SessionEnd[], atMs: number, reason?: ErasedReason): Promise<number>;
  /** The number of the session of this id, which even a damaged one has. */
  findNumber(sid: string): Promise<number | undefined>;
  /** What an erasure needs of sessions by their numbers: a damaged row has it, a damaged page may not. */
  findErasable(ids: readonly number[]): Promise<Erasable[]>;
  /** The numbers of closed sessions that started before an instant, the oldest first. */
  listExpired(query: ExpiredQuery): Promise<number[]>;
  /**
   * Declares the events of sessions that closed before an instant gone; they are removed later.
   *
   * A session without numbers keeps its events until it has them. @returns how many sessions it was
   */
  trim(query: ExpiredQuery): Promise<number>;
  /**
   * Removes some of what erased and trimmed sessions left behind, in one transaction.
   *
   * @param enough asked now and then: whether this transaction has done enough
   * @returns whether more is left
   */
  removeRemains(enough: () => boolean): Promise<boolean>;
  /** Forgets old erasures, the oldest first. @returns how many */
  pruneErasures(query: ExpiredQuery): Promise<number>;
  /** Forgets old erased sids, the oldest first. @returns how many */
  pruneErased(query: ExpiredQuery): Promise<number>;
  /** Adds a named token, unless its name is taken or there are `TOKENS_MAX`. */
  addToken(token: NamedToken): Promise<TokenAddition>;
  /** Removes a named token; another process finds it no more either. @returns whether there was one */
  removeToken(name: string): Promise<boolean>;
  /** Keeps when the token of this hash was used last. */
  noteTokenUse(hash: string, usedAtMs: number): Promise<void>;
  /** The newest opening under a key, unless its rule is `body`: those are known to the intake. */
  findOpening(key: string): Promise<KnownOpening | undefined>;
  /** Forgets the oldest openings by a rule, as far as they are old. @returns how many */
  forgetOpenings(query: OldOpeningsQuery): Promise<number>;
  /** Proves that a write is possible now. */
  probe(): Promise<void>;
}

/** A medium that keeps copies of removed rows until it is swept. */
export interface Sweepable {
  /**
   * Removes what the medium has kept of removed rows: their log, and copies that it made as it moved them.
   *
   * @param isStopped asked between slices
   * @returns whether nothing is left; false when a reader is in the way, or it was stopped: try again later
   */
  sweep(isStopped: () => boolean): Promise<boolean>;
}

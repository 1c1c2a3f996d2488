/**
 * A store that several nodes write to: it decides under its rows' locks what the only writer of a `JournalStore` knows
 * from its memory.
 *
 * A method that stores a batch takes one batch at a time, and stores each batch once, whatever happens on its way. It
 * throws AppError `store-unreachable` where the outcome is unknown, and `store-full`.
 */

import type { Close, SignsOfLife, Timeouts } from "../sessions/deadline.ts";
import type { Skip } from "./damage.ts";
import type { OpeningKey } from "./opening.ts";
import type { SessionQuery } from "./queries.ts";
import type { ArrivedEvent, SessionSize, Store, StoredSession, StoreNode, Sweepable } from "./store.ts";
import type { WrittenEvent } from "./written.ts";

/** What decides whether a session takes an event. */
export interface SharedRules {
  readonly timeouts: Timeouts;
  readonly sizeLimits: { readonly eventsMax: number; readonly bytesMax: number };
  /** How long after its close a session still takes earlier events. */
  readonly lateGraceMs: number;
}

/** A session to open: live, or whole and closed. */
export interface SharedOpening {
  readonly sid: string;
  readonly startedAtMs: number;
  readonly start: WrittenEvent;
  readonly downloaded: boolean;
  readonly signs: SignsOfLife;
  /** When to look whether it is due. */
  readonly lookAtMs: number;
  readonly events: readonly WrittenEvent[];
  readonly close?: Close;
  readonly opening?: OpeningKey | undefined;
  /** The session that its key has opened before, and that this one replaces; a body's is released first. */
  readonly replaces?: number | undefined;
}

/** An event of a session. */
export interface SharedEvent {
  readonly sid: string;
  readonly event: WrittenEvent;
}

/** An event of a closed session. */
export interface LateEvent extends SharedEvent {
  /** The number of the session. */
  readonly session: number;
}

/** What a node must know of a session to answer an event that was not simply added. */
export interface SessionState extends SessionSize {
  readonly id: number;
  /** The flags of its start. */
  readonly flags: readonly string[];
  readonly trimmed: boolean;
  /** Present while it is open. */
  readonly signs?: SignsOfLife;
  /** Present once it is closed. */
  readonly close?: Close;
}

/** What a key has opened. */
export interface OpenedByKey {
  readonly session: number;
  readonly sid: string;
  readonly request: string | undefined;
  readonly atMs: number;
  /** When an equal start last came. */
  readonly askedAtMs: number;
  readonly isOpen: boolean;
  /** Whether it is open and has its start alone. */
  readonly isUntouched: boolean;
}

export interface SharedStore extends Store, Sweepable {
  /**
   * Opens sessions.
   *
   * @param openings in the order of their keys, in which every node takes the locks
   * @returns the places of those whose key has opened another session than the one to replace
   */
  openSessions(openings: readonly SharedOpening[]): Promise<ReadonlySet<number>>;
  /** Adds an event to each session, at most one to each. @returns the places of those not taken */
  addEvents(events: readonly SharedEvent[], rules: SharedRules): Promise<ReadonlySet<number>>;
  /** Ends each session with its `sessionEnd`. @returns as {@link addEvents} */
  endSessions(ends: readonly SharedEvent[], rules: SharedRules): Promise<ReadonlySet<number>>;
  /** Adds an event to each closed session. @returns as {@link addEvents} */
  addLate(events: readonly LateEvent[], rules: SharedRules): Promise<ReadonlySet<number>>;
  /** What is known of these sessions, by sid. */
  findStates(sids: readonly string[]): Promise<ReadonlyMap<string, SessionState>>;
  findOpenedBy(key: Pick<OpeningKey, "rule" | "key">): Promise<OpenedByKey | undefined>;
  /** Notes that a start known by its body came again. */
  noteAsked(key: string, atMs: number): Promise<void>;
  /** Lets a start open a session although its body has opened another one. */
  releaseBody(key: string, session: number): Promise<void>;
  /** Closes some of the sessions that are due at an instant. @returns how each closed; fewer than asked for are all */
  closeDue(atMs: number, timeouts: Timeouts, limit: number): Promise<readonly ClosedSession[]>;
  /** Closes one session if it is due at an instant. */
  closeIfDue(sid: string, atMs: number, timeouts: Timeouts): Promise<readonly ClosedSession[]>;
  /** Closes one session if it has no room for so many bytes more. */
  closeIfFull(sid: string, bytes: number, rules: SharedRules): Promise<readonly ClosedSession[]>;
  countOpen(): Promise<number>;
  /** The events of some sessions between two of their numbers, by session. */
  readSince(
    ends: readonly { readonly id: number; readonly after: number; readonly until: number }[],
  ): Promise<ReadonlyMap<number, ArrivedEvent[]>>;
  /** The newest open sessions of a range, newest first. */
  listNewestOpen(
    query: Pick<SessionQuery, "fromMs" | "toMs" | "after" | "limit">,
    skip?: Skip,
  ): Promise<StoredSession[]>;
  /** Takes, or keeps, a lease. @returns whether the holder has it */
  takeLease(lease: { readonly name: string; readonly holder: string; readonly ms: number }): Promise<boolean>;
  dropLease(lease: { readonly name: string; readonly holder: string }): Promise<void>;
  /** Says that a node is there. */
  noteNode(node: StoreNode): Promise<void>;
  /** Takes a node off the list. */
  removeNode(id: string): Promise<void>;
  listNodes(): Promise<StoreNode[]>;
}

export interface ClosedSession {
  readonly session: number;
  readonly reason: Close["reason"];
}

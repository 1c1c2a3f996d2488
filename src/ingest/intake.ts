/** The door for what players send, whichever way it is stored: the server's other parts know an intake alone. */

import type { PlayerEvent } from "../protocol/event.ts";
import type { CloseReason } from "../sessions/deadline.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";
import type { Erasable, ErasedReason, SessionQuery, StoredSession } from "../store/store.ts";

export interface IntakeStats {
  readonly queuedEvents: number;
  readonly committedBatches: number;
  readonly committedEvents: number;
  /** Sessions that closed since the start, by their reason. */
  readonly closes: ReadonlyMap<CloseReason, number>;
}

/** Sessions that are open, by their start. */
export type OpenQuery = Pick<SessionQuery, "fromMs" | "toMs" | "after" | "limit">;

/**
 * Takes what players send. Each promise resolves once its work is durable.
 *
 * Methods that store throw AppError `overloaded` when too much waits, and as `Store`.
 */
export interface Intake extends AsyncDisposable {
  /** Opens a live session. @returns its sid @throws AppError `body-too-large` as {@link openDownloaded} */
  open(start: PlayerEvent): Promise<string>;
  /**
   * Stores downloaded content, which is closed as it arrives.
   *
   * @param events at least the `sessionStart`, which is first
   * @returns its sid
   * @throws AppError `body-too-large` when it is more than a session may hold
   */
  openDownloaded(events: readonly PlayerEvent[]): Promise<string>;
  /**
   * Stores an event of a session, or of its grace period.
   *
   * @param parse reads the event; what it throws is thrown only for a session that may take events
   * @throws AppError `session-not-found`, even if the session is erased while the event waits
   * @throws AppError `session-closed` when its grace period is over, it ended before the event's `ts`, or it has no
   *   room for the event, which closes it
   */
  add(sid: string, parse: () => PlayerEvent): Promise<void>;
  /** Closes what is due, and does the intake's own work, such as checkpoints. */
  closeDue(): Promise<void>;
  /**
   * Makes sessions invisible, in order with what is being stored.
   *
   * @param reason as `Store.erase` takes it
   * @returns how many there were
   */
  eraseNow(ids: readonly number[], reason?: ErasedReason): Promise<number>;
  /** Milliseconds since the epoch, unmoved by changes of the system's clock. */
  steadyMs(): number;
  /** How many sessions are open. */
  countOpen(): number;
  /** The newest open sessions of a range, newest first. */
  listOpen(query: OpenQuery): Promise<StoredSession[]>;
  /** A session's latest event: the store knows it once the session is closed, the intake while it is open. */
  seqOf(session: Erasable): number;
  /**
   * Tells the live hub what the fold of an open session says, unless it is behind: the session has a later event.
   *
   * @param seq the latest event that was folded
   */
  noteFold(session: StoredSession, seq: number, last: Pick<TimelineEntry, "stateAfter" | "breakStateAfter">): void;
  stats(): IntakeStats;
}

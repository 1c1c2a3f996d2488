/** The door for what players send, whichever way it is stored: the server's other parts know an intake alone. */

import type { PlayerEvent } from "../protocol/event.ts";
import type { TsUnit } from "../protocol/ts-unit.ts";
import type { CloseReason } from "../sessions/deadline.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";
import type { Skip } from "../store/damage.ts";
import type { OpeningKey, OpeningRule } from "../store/opening.ts";
import type { SessionQuery } from "../store/queries.ts";
import type { Erasable, ErasedReason, StoredSession } from "../store/store.ts";
import type { ExportedEvent } from "./exported.ts";

/** What became of a line of an import; `refused` says why. */
export type ImportOutcome = "stored" | "present" | "erased" | "trimmed" | { readonly refused: string };

export interface OpenImportOptions {
  /** Checks and counts, and stores nothing. */
  readonly isDryRun: boolean;
  /** As many as may be open here, with those of the import. */
  readonly openSessionsMax: number;
}

/** What another server had is being taken in, dated as it was there. */
export interface Import {
  /**
   * Stores what is new among lines, which come in the order of an export; all of it is durable then.
   *
   * @returns what became of each
   */
  take(lines: readonly ExportedEvent[]): Promise<readonly ImportOutcome[]>;
  /** Ends the import. @param isWhole whether all lines have come; else another import may bring the rest */
  end(isWhole: boolean): Promise<void>;
}

export interface IntakeStats {
  readonly queuedEvents: number;
  readonly committedBatches: number;
  readonly committedEvents: number;
  /** Sessions that closed since the start, by their reason. */
  readonly closes: ReadonlyMap<CloseReason, number>;
  /** Starts since the start that were known, and opened no second session, by the rule that knew them. */
  readonly repeatedStarts: ReadonlyMap<OpeningRule, number>;
}

/** How an opening is asked for. */
export interface Asked {
  /** By what it is known when it is asked for again; without, each is a new one. */
  readonly known?: OpeningKey | undefined;
  /** Called before a session is opened: what it throws is thrown, and none is. */
  readonly admit?: () => void;
}

/** Sessions that are open, by their start. */
export type OpenQuery = Pick<SessionQuery, "fromMs" | "toMs" | "after" | "limit">;

/**
 * Takes what players send. Each promise resolves once its work is durable.
 *
 * Methods that store throw AppError `overloaded` when too much waits, and as `Store`.
 */
export interface Intake extends AsyncDisposable {
  /**
   * Opens a live session, unless its start is known.
   *
   * @returns its sid
   * @throws AppError `key-reused` when its client has given another opening the same key
   * @throws AppError `body-too-large` as {@link openDownloaded}
   */
  open(start: PlayerEvent, asked?: Asked): Promise<string>;
  /** The sid of the session that was opened under the key of a client, which may still be on its way to the store. */
  findOpened(key: string): Promise<string | undefined>;
  /**
   * Stores downloaded content, which is closed as it arrives, unless it is known.
   *
   * @param events at least the `sessionStart`, which is first
   * @returns its sid
   * @throws AppError `key-reused` as {@link open}
   * @throws AppError `body-too-large` when it is more than a session may hold
   */
  openDownloaded(events: readonly PlayerEvent[], asked?: Asked): Promise<string>;
  /**
   * Stores an event of a session, or of its grace period.
   *
   * @param parse reads the event, whose `ts` has the unit of its session's start; what it throws is thrown only for a
   *   session that may take events
   * @throws AppError `session-not-found`, even if the session is erased while the event waits
   * @throws AppError `session-closed` when its grace period is over, it ended before the event's `ts`, or it has no
   *   room for the event, which closes it
   */
  add(sid: string, parse: (unit: TsUnit) => PlayerEvent): Promise<void>;
  /**
   * Begins an import; there is one at a time. Sessions that it leaves open go on to their deadlines, all others have
   * their numbers once it is over.
   *
   * @throws AppError `overloaded` while another is under way
   */
  openImport(options: OpenImportOptions): Import;
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
  /** The newest open sessions of a range, newest first; damaged ones as {@link StoreReader} says. */
  listOpen(query: OpenQuery, skip?: Skip): Promise<StoredSession[]>;
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

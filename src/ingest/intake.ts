/** Takes what players send. The server's other parts know only this interface, whatever stores the events. */

import type { PlayerEvent } from "../protocol/event.ts";
import type { TsUnit } from "../protocol/ts-unit.ts";
import type { CloseReason } from "../sessions/deadline.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";
import type { Skip } from "../store/damage.ts";
import type { OpeningKey, OpeningRule } from "../store/opening.ts";
import type { SessionQuery } from "../store/queries.ts";
import type { Erasable, ErasedReason, StoredSession } from "../store/store.ts";
import type { ExportedEvent } from "./exported.ts";

/** The outcome of an imported line; `refused` says why. */
export type ImportOutcome = "stored" | "present" | "erased" | "trimmed" | { readonly refused: string };

export interface OpenImportOptions {
  /** Only checks and counts. */
  readonly isDryRun: boolean;
  /** How many sessions may be open here, including the import's. */
  readonly openSessionsMax: number;
}

/** Imports another server's sessions with their own dates. */
export interface Import {
  /**
   * Stores the new ones among lines in the order of an export; resolves once they are durable.
   *
   * @returns the outcome of each
   */
  take(lines: readonly ExportedEvent[]): Promise<readonly ImportOutcome[]>;
  /** Ends the import. @param isWhole whether all lines have come; otherwise another import may bring the rest */
  end(isWhole: boolean): Promise<void>;
}

export interface IntakeStats {
  readonly queuedEvents: number;
  readonly committedBatches: number;
  readonly committedEvents: number;
  /** Sessions that closed since the start, by their reason. */
  readonly closes: ReadonlyMap<CloseReason, number>;
  /** Repeated starts that opened no second session, since the server started, by the rule that recognised them. */
  readonly repeatedStarts: ReadonlyMap<OpeningRule, number>;
}

/** Options of an opening; without what it is known by, each opens a session. */
export interface OpenOptions<Known = OpeningKey> {
  /** Recognises a repeated start; `body` does by what the start says. */
  readonly known?: Known | undefined;
  /** What to write into the id of a live session, as `newSid` says. */
  readonly mark?: string;
  /** Called before a session is opened; may throw to prevent it. */
  readonly admit?: () => void;
}

/** Open sessions by their start. */
export type OpenQuery = Pick<SessionQuery, "fromMs" | "toMs" | "after" | "limit">;

/**
 * Takes what players send. Each promise resolves once its work is durable.
 *
 * Methods that store throw AppError `overloaded` when too many writes wait, and the errors of `Store`.
 */
export interface Intake extends AsyncDisposable {
  /**
   * Opens a live session, or finds the one that an equal start has opened.
   *
   * @returns its sid
   * @throws AppError `key-reused` when its client has used the key for another opening
   * @throws AppError `body-too-large` as {@link openDownloaded}
   */
  open(start: PlayerEvent, options?: OpenOptions<OpeningKey | "body">): Promise<string>;
  /** The sid of the session that a client's key has opened, even before it is stored. */
  findOpened(key: string): Promise<string | undefined>;
  /**
   * Stores downloaded content as a closed session, unless it is known.
   *
   * @param events the `sessionStart` first
   * @returns its sid
   * @throws AppError `key-reused` as {@link open}
   * @throws AppError `body-too-large` when it exceeds what a session may hold
   */
  openDownloaded(events: readonly PlayerEvent[], options?: OpenOptions): Promise<string>;
  /**
   * Stores an event of an open session, or of one in its grace period.
   *
   * @param parse reads the event, whose `ts` has the unit of its session's start; it runs only if the session takes
   *   events
   * @throws AppError `session-not-found`, even if the session is erased while the event waits
   * @throws AppError `session-closed` after its grace period, for an event dated after its end, or without room for the
   *   event, which closes it
   */
  add(sid: string, parse: (unit: TsUnit) => PlayerEvent): Promise<void>;
  /**
   * Begins an import, one at a time. When it ends, sessions that it leaves open wait for their deadlines, and all
   * others have their numbers.
   *
   * @throws AppError `overloaded` while another is under way
   */
  openImport(options: OpenImportOptions): Import;
  /** Closes due sessions, and does the intake's own work, such as checkpoints. */
  closeDue(): Promise<void>;
  /**
   * Makes sessions invisible, in order with pending writes.
   *
   * @param reason as for `Store.erase`
   * @returns how many there were
   */
  eraseNow(ids: readonly number[], reason?: ErasedReason): Promise<number>;
  /** Milliseconds since the epoch, unmoved by changes of the system's clock. */
  steadyMs(): number;
  /** How many sessions are open. */
  countOpen(): number;
  /** The newest open sessions of a range, newest first; damaged ones as {@link StoreReader} says. */
  listOpen(query: OpenQuery, skip?: Skip): Promise<StoredSession[]>;
  /** A session's latest event, which the intake knows while the session is open, and the store afterwards. */
  seqOf(session: Erasable): number;
  /**
   * Tells the live hub what the fold of an open session says, unless the session has a later event.
   *
   * @param seq the latest folded event
   */
  noteFold(session: StoredSession, seq: number, last: Pick<TimelineEntry, "stateAfter" | "breakStateAfter">): void;
  stats(): IntakeStats;
}

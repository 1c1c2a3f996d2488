/** When a silent session closes, and how a session may close at all. */

export const CLOSE_REASONS = {
  "session-end": "The player sent `sessionEnd`.",
  "idle-timeout": "No event arrived for the idle timeout.",
  "playhead-timeout": "The playhead did not move for the playhead timeout.",
  downloaded: "Downloaded content closes as it arrives.",
} as const;

export type CloseReason = keyof typeof CLOSE_REASONS;

export interface Timeouts {
  readonly idleMs: number;
  readonly stallMs: number;
}

/** A session's last signs of life. Its two instants are on the server's clock, whichever the caller uses for both. */
export interface SignsOfLife {
  /** When the last event arrived. */
  arrivedAtMs: number;
  /** When an event last arrived with another playhead than the one before. */
  movedAtMs: number;
  playheadMs: number;
  /** The latest `ts` of all events, by the player's clock. */
  tsMaxMs: number;
}

/** Takes an event's arrival into account. */
export function advance(signs: SignsOfLife, event: { tsMs: number; playheadMs: number }, arrivedAtMs: number): void {
  signs.arrivedAtMs = arrivedAtMs;
  if (event.playheadMs !== signs.playheadMs) signs.movedAtMs = arrivedAtMs;
  signs.playheadMs = event.playheadMs;
  if (event.tsMs > signs.tsMaxMs) signs.tsMaxMs = event.tsMs;
}

export interface Deadline {
  readonly atMs: number;
  readonly reason: CloseReason;
}

/**
 * Tells when a session closes if nothing more arrives. Later events only ever move it later.
 *
 * @returns the earlier of the two deadlines, on the clock of `signs`
 * @see docs/protocol.md, "Session life cycle"
 */
export function deadlineOf(signs: Pick<SignsOfLife, "arrivedAtMs" | "movedAtMs">, timeouts: Timeouts): Deadline {
  const idleAtMs = signs.arrivedAtMs + timeouts.idleMs;
  const stalledAtMs = signs.movedAtMs + timeouts.stallMs;
  return stalledAtMs < idleAtMs
    ? { atMs: stalledAtMs, reason: "playhead-timeout" }
    : { atMs: idleAtMs, reason: "idle-timeout" };
}

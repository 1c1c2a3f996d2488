/** When a silent session closes, and how a session may close at all. */

import type { PlayerEvent } from "../protocol/event.ts";
import { contentOf } from "./content.ts";

export const CLOSE_REASONS = {
  "session-end": "The player sent `sessionEnd`.",
  "idle-timeout": "No event arrived for the idle timeout.",
  "playhead-timeout": "The playhead did not move for the stall timeout.",
  limit: "An event came for which the session had no room. It takes no more, not even late ones.",
  downloaded: "Downloaded content closes as it arrives.",
} as const;

export type CloseReason = keyof typeof CLOSE_REASONS;

/** How and when a session ended. */
export interface Close {
  readonly reason: CloseReason;
  /** By the server's clock: what the grace period counts from. */
  readonly closedAtMs: number;
  /** By the player's clock: no later event belongs to the session. */
  readonly endTsMs: number;
}

export interface Timeouts {
  readonly idleMs: number;
  readonly stallMs: number;
}

/** A session's last signs of life. Both instants are on one clock of the server's, of the caller's choice. */
export interface SignsOfLife {
  /** When the last event arrived. */
  arrivedAtMs: number;
  /** When an event last arrived with another playhead than the one before, or {@link NEVER_MOVED_MS}. */
  movedAtMs: number;
  playheadMs: number;
  /** The latest `ts` of all events, by the player's clock. */
  tsMaxMs: number;
}

/** Marks live content whose playhead has never moved, which proves no stall and closes no session. */
export const NEVER_MOVED_MS = Number.MAX_SAFE_INTEGER;

/** The signs of life of a session whose start has just arrived. */
export function begin(start: Pick<PlayerEvent, "tsMs" | "playheadMs" | "params">, arrivedAtMs: number): SignsOfLife {
  const { tsMs, playheadMs } = start;
  const movedAtMs = contentOf(start).isLive ? NEVER_MOVED_MS : arrivedAtMs;
  return { arrivedAtMs, movedAtMs, playheadMs, tsMaxMs: tsMs };
}

/** Takes an event's arrival into account. */
export function advance(signs: SignsOfLife, event: { tsMs: number; playheadMs: number }, arrivedAtMs: number): void {
  signs.arrivedAtMs = arrivedAtMs;
  if (event.playheadMs !== signs.playheadMs) signs.movedAtMs = arrivedAtMs;
  signs.playheadMs = event.playheadMs;
  if (event.tsMs > signs.tsMaxMs) signs.tsMaxMs = event.tsMs;
}

interface Deadline {
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

/** How a session that stays silent closes: dated at its deadline, whenever that is noticed. */
export function closeAtDeadline(activity: SignsOfLife, timeouts: Timeouts): Close {
  const { atMs, reason } = deadlineOf(activity, timeouts);
  return { reason, closedAtMs: atMs, endTsMs: activity.tsMaxMs };
}

/** How a session without room for an event closes: dated by the latest event that it took. */
export function closeAtLimit({ arrivedAtMs, tsMaxMs }: Pick<SignsOfLife, "arrivedAtMs" | "tsMaxMs">): Close {
  return { reason: "limit", closedAtMs: arrivedAtMs, endTsMs: tsMaxMs };
}

/** How a session closes with its `sessionEnd`. */
export function closeAtEnd({ tsMs }: { tsMs: number }, arrivedAtMs: number): Close {
  return { reason: "session-end", closedAtMs: arrivedAtMs, endTsMs: tsMs };
}

/** Leaving in the middle: when the simulation ends, the remaining viewers leave. */

import { SECOND_MS } from "../base/units.ts";
import type { WireEvent } from "./wire.ts";

/**
 * Makes the `sessionEnd` of a viewer who leaves before the session is over.
 *
 * The playhead is where it would be on the way from the last event to the next.
 *
 * @param sent how many of the bodies have been sent, at least the start
 * @param tsMs when they leave, by the player's clock; held between the last that was sent and the next
 */
export function leavingEvent(bodies: readonly WireEvent[], sent: number, tsMs: number): WireEvent {
  const last = bodies[sent - 1]?.playerTime ?? { playhead: 0, ts: tsMs };
  const next = bodies[sent]?.playerTime ?? { playhead: last.playhead, ts: Math.max(last.ts, tsMs) };
  const ts = Math.max(last.ts, Math.min(tsMs, next.ts));
  const playhead = playheadBetween(last, next, ts);
  return { eventType: "sessionEnd", playerTime: { playhead, ts } };
}

type PlayerTime = WireEvent["playerTime"];

/** Holds the playhead before a jump: there is no halfway along it. */
function playheadBetween(last: PlayerTime, next: PlayerTime, ts: number): number {
  const stepMs = next.ts - last.ts;
  const step = next.playhead - last.playhead;
  if (stepMs <= 0 || step <= 0 || step * SECOND_MS > stepMs + 1) return last.playhead;
  return Math.round((last.playhead + (step * (ts - last.ts)) / stepMs) * SECOND_MS) / SECOND_MS;
}

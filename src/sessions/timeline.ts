/** The timeline: each event in folded order, its verdict, the state after it, and what the time after it counted as. */

import type { PlayerEvent } from "../protocol/event.ts";
import type { Rule, Verdict } from "./ledger.ts";
import type { PlaybackState } from "./state.ts";

/** What the time between an event and the next one belongs to. */
export const INTERVALS = {
  content: "Main content played: contentTimeSpent, and the open chapter's.",
  stall: "The playhead stood still while main content was to play: totalStallingDuration.",
  ad: "An ad played: adTimeSpent.",
  pause: "Paused, in content or in an ad: totalPauseDuration.",
  buffer: "Waiting for data, in content or in an ad: totalBufferDuration.",
  nothing: "Before the start, after the end, or in a break between ads.",
} as const;

export type IntervalKind = keyof typeof INTERVALS;

export interface TimelineEntry<E extends PlayerEvent = PlayerEvent> {
  readonly event: E;
  verdict: Verdict;
  rule: Rule;
  /** Main content's. */
  stateAfter: PlaybackState;
  /** The state inside the ad break that is open after the event, if one is. */
  breakStateAfter: PlaybackState | null;
  /** The time up to the next event that took part. */
  intervalMs: number;
  intervalKind: IntervalKind;
}

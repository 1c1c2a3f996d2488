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
  gap: "A long time without an event, of which the playhead bears out only a part: counts as nothing.",
  nothing: "Before the start, after the end, or in a break between ads.",
} as const;

export type IntervalKind = keyof typeof INTERVALS;

/** A part of the time between two events. */
export interface IntervalPart {
  readonly ms: number;
  kind: IntervalKind;
}

export interface TimelineEntry<E extends PlayerEvent = PlayerEvent> {
  readonly event: E;
  /** The instant by which it counts: the `ts`, unless something was mended. */
  readonly atMs: number;
  verdict: Verdict;
  rule: Rule;
  /** What the fold noticed about it, beside the flags of validation; absent for most. */
  flags: string[] | undefined;
  /** Main content's. */
  stateAfter: PlaybackState;
  /** The state inside the ad break that is open after the event, if one is. */
  breakStateAfter: PlaybackState | null;
  /** The time up to the next event that took part, or its first part where it falls into several. */
  intervalMs: number;
  intervalKind: IntervalKind;
  /** The other parts of that time; absent for most. */
  otherParts: IntervalPart[] | undefined;
  /** How much of that time counts as another kind than what the player says alone would make it. */
  mendedMs: number;
  /** Whether the playhead went on faster than time. Without the next two, the whole session decides what it was. */
  isFast: boolean;
  /** How much of the content was watched in that time. */
  watchedMs: number;
  /** How far the playhead was moved in that time, each seek by itself; absent for most. */
  seeksMs: number[] | undefined;
}

/** The playback state of one level: main content, or what plays inside an ad break. */

import type { EventType } from "../protocol/event.ts";

export const PLAYBACK_STATES = ["starting", "playing", "paused", "buffering", "ended"] as const;
export type PlaybackState = (typeof PLAYBACK_STATES)[number];

/** The events that change a level's state, with the state that they ask for. */
const ASKED: Readonly<Partial<Record<EventType, PlaybackState>>> = {
  play: "playing",
  pauseStart: "paused",
  bufferStart: "buffering",
};

/**
 * The state after an event. One at a time: the next of these events ends the former, and only `play` leaves `ended`.
 *
 * @returns the same state where the event changes nothing
 * @see docs/metrics.md, "The playback state"
 */
export function nextState(state: PlaybackState, type: EventType): PlaybackState {
  const asked = ASKED[type];
  if (asked === undefined) return state;
  return state === "ended" && asked !== "playing" ? state : asked;
}

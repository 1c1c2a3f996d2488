/**
 * What a session is doing right now, from the types of its events as they arrive.
 *
 * A sketch of `sessions/state.ts` for counting: it goes by arrival, not by `ts`, and keeps one small number a session.
 * A session's own numbers come from the fold alone.
 */

import type { EventType } from "../protocol/event.ts";

export const LIVE_STATES = ["unknown", "starting", "playing", "paused", "buffering", "ended"] as const;
export type LiveState = (typeof LIVE_STATES)[number];

/** Main content's activity and, in an ad break, the ad's. */
export interface Playback {
  main: LiveState;
  /** Undefined outside a break. */
  inBreak: LiveState | undefined;
}

/** What the viewer sees: in a break its ad, else main content. */
export function activityOf({ main, inBreak }: Playback): LiveState {
  return inBreak ?? main;
}

/** Takes an event into account. @param moved whether the playhead has moved */
export function follow(playback: Playback, type: EventType, moved: boolean): void {
  switch (type) {
    case "play":
      become(playback, "playing");
      return;
    case "pauseStart":
      become(playback, "paused");
      return;
    case "bufferStart":
      become(playback, "buffering");
      return;
    case "adBreakStart":
      playback.inBreak = "starting";
      return;
    case "adStart":
      if (playback.inBreak) playback.inBreak = "playing";
      return;
    case "adComplete":
    case "adSkip":
      if (playback.inBreak) playback.inBreak = "starting";
      return;
    case "adBreakComplete":
      playback.inBreak = undefined;
      return;
    case "sessionComplete":
    case "sessionEnd":
      playback.main = "ended";
      return;
    default:
      // After a restart a session is only known to go on; a playhead that moves means that it plays.
      if (playback.main === "unknown" && moved) playback.main = "playing";
  }
}

function become(playback: Playback, activity: LiveState): void {
  if (playback.inBreak) playback.inBreak = activity;
  else if (playback.main !== "ended" || activity === "playing") playback.main = activity;
}

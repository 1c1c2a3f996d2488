/**
 * What a session is doing right now, from the types of its events as they arrive.
 *
 * A sketch of `sessions/state.ts` for counting: it looks at arrival, not at `ts`, and keeps one small number a session.
 * The numbers of a session come from the fold alone.
 */

import type { EventType } from "../protocol/event.ts";

const LIVE_STATES = ["unknown", "starting", "playing", "paused", "buffering", "ended"] as const;
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

/** Takes an event into account. @param moved whether the playhead is another than before */
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
      // After a restart nothing is known of a session but that it goes on; a playhead that moves is played.
      if (playback.main === "unknown" && moved) playback.main = "playing";
  }
}

function become(playback: Playback, activity: LiveState): void {
  if (playback.inBreak) playback.inBreak = activity;
  else if (playback.main !== "ended" || activity === "playing") playback.main = activity;
}

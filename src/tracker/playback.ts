/**
 * What the element does, as the four states of the API.
 *
 * The element reports every wait, even the few milliseconds of each seek. It counts from 100 ms on, and is
 * then dated back to its beginning.
 */

import { nowMs } from "./clock.ts";

/** Each state under the name of the event that begins it; what it is before the first frame has none. */
export type Playback = "" | "play" | "pauseStart" | "bufferStart" | "sessionComplete";

export interface PlaybackWatch {
  /** What the element is known to do. */
  state: Playback;
  /** Takes what the element does now as what is known of it. */
  look(): void;
}

/** Tells each change of the element's state, with the instant at which it began. */
export function createPlayback(
  media: HTMLMediaElement,
  change: (state: Playback, sinceMs: number) => void,
): PlaybackWatch {
  let waiting: ReturnType<typeof setTimeout> | undefined;

  function stateOf(): Playback {
    // A source that is being loaded says nothing: it is the same one again, or else a session ends.
    if (media.readyState === 0) return watch.state;
    if (media.ended) return "sessionComplete";
    if (media.paused) return "pauseStart";
    return media.seeking || media.readyState < 3 ? "bufferStart" : "play";
  }

  function settle(state: Playback, sinceMs: number): void {
    // What comes before the first frame is the time to start, and the end is left by playing alone.
    if (state !== "play" && (!watch.state || watch.state === "sessionComplete")) return;
    watch.state = state;
    change(state, sinceMs);
  }

  const watch: PlaybackWatch = {
    state: "",
    look() {
      // A wait that viewers don't notice is none.
      const WAIT_MS = 100;
      const state = stateOf();
      const isWait = state === "bufferStart";
      if (isWait && waiting) return;
      clearTimeout(waiting);
      waiting = undefined;
      const sinceMs = nowMs();
      if (state === watch.state) return;
      if (isWait) waiting = setTimeout(() => settle(state, sinceMs), WAIT_MS);
      else settle(state, sinceMs);
    },
  };
  return watch;
}

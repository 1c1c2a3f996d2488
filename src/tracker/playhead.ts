/** Where in the content the element is; in a live stream, the second of the day (UTC) at which its frame was sent. */

import { nowMs } from "./clock.ts";
import { finite } from "./wire.ts";

const DAY_S = 86_400;

export interface Playhead {
  /** Takes in where the element is: to be called as often as it tells of itself. */
  look(): void;
  /** Seconds, now. While the element seeks, it is where it left: the target is told at once, even before `seeking`. */
  now(): number;
}

export function createPlayhead(media: HTMLMediaElement, isLive: () => boolean): Playhead {
  /** The instant at which the stream's second 0 was sent. */
  let sentAtS: number | undefined;
  let known = 0;
  let knownAtMs = 0;
  /** Seconds of content in a second, as of the last look. */
  let speed = 0;
  let seeks = false;

  function look(): void {
    // An element whose source is gone says 0: it is where it was last seen.
    if (media.readyState === 0) return;
    const atMs = nowMs();
    if (!media.seeking) known = finite(media.currentTime);
    // Elements tell where they are four times a second: the rest of the way is known by its speed.
    else if (!seeks) known += ((atMs - knownAtMs) / 1000) * speed;
    seeks = media.seeking;
    knownAtMs = atMs;
    speed = media.paused || media.readyState < 3 ? 0 : media.playbackRate;
  }

  return {
    look,
    now() {
      look();
      if (isLive()) sentAtS ??= nowMs() / 1000 - known;
      return Math.round((sentAtS ? (sentAtS + known) % DAY_S : known) * 1000) / 1000;
    },
  };
}

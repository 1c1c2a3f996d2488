/** Where in the content the element is; in a live stream, the second of the day (UTC) at which its frame was sent. */

import { nowMs } from "./clock.ts";
import { finite } from "./wire.ts";

export interface Playhead {
  /** Takes in where the element is, with each of its events, by its type. @returns whether it seeks */
  look(type?: string): boolean;
  /** Seconds, now. While the element seeks, it is where it left; the element shows the target at once. */
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

  function look(type?: string): boolean {
    const atMs = nowMs();
    const sought = seeks;
    // An element around another may not say so by itself.
    seeks = media.seeking ?? (type === "seeking" || (seeks && type !== "seeked"));
    // Elements tell where they are four times a second: the rest of the way is known by its speed.
    if (seeks) known += sought ? 0 : ((atMs - knownAtMs) / 1000) * speed;
    // One whose source is gone says 0: it is where it was last seen.
    else if (media.readyState !== 0) known = finite(media.currentTime);
    knownAtMs = atMs;
    speed = media.paused || media.readyState < 3 ? 0 : media.playbackRate;
    return seeks;
  }

  return {
    look,
    now() {
      const DAY_S = 86_400;
      look();
      if (isLive()) sentAtS ??= nowMs() / 1000 - known;
      return Math.round((sentAtS ? (sentAtS + known) % DAY_S : known) * 1000) / 1000;
    },
  };
}

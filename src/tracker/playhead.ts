/** Where in the content the element is; in a live stream, the second of the day (UTC) at which its frame was sent. */

import { nowMs } from "./clock.ts";
import type { Listen } from "./guard.ts";
import { MEDIA_EVENTS } from "./playback.ts";

const DAY_S = 86_400;

export interface Playhead {
  /** Seconds, now. */
  now(): number;
  /** Where a seek left, since the element tells only where it goes. */
  left(): number;
}

export function watchPlayhead(media: HTMLMediaElement, listen: Listen, isLive: () => boolean): Playhead {
  /** The instant at which the stream's second 0 was sent. */
  let sentAtS: number | undefined;
  let known = media.currentTime;
  let knownAtMs = nowMs();

  listen(media, MEDIA_EVENTS, () => {
    if (!media.readyState || media.seeking) return;
    known = media.currentTime;
    knownAtMs = nowMs();
  });

  function read(position: number): number {
    if (isLive()) sentAtS ??= nowMs() / 1000 - media.currentTime;
    return Math.round((sentAtS ? (sentAtS + position) % DAY_S : position) * 1000) / 1000;
  }

  return {
    // An element whose source is gone says 0: it was where it was last seen.
    now: () => read(media.readyState ? media.currentTime : known),
    left: () => read(known + ((nowMs() - knownAtMs) / 1000) * media.playbackRate),
  };
}

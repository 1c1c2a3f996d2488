/** Quality of experience, as every event carries it: time to start, bitrate, dropped frames. */

import { nowMs } from "./clock.ts";

export type QoeData = Readonly<Record<string, string | number | undefined>>;

export interface Quality {
  /** What is known now, for `qoeData`. */
  read(): QoeData;
  /** The viewer wants to play, from now on if not since earlier. */
  wish(): void;
  /** The first frame of content or ad is shown: the wait, if its beginning was seen, is over. */
  show(): void;
}

/** @param wishedAtMs when the viewer wanted to play, where that is known already */
export function createQuality(
  media: HTMLMediaElement,
  bitrate: () => number | undefined,
  wishedAtMs: number | undefined,
): Quality {
  let timeToStart: number | undefined;
  let isShown = false;
  return {
    // A member that is undefined is left out by JSON.
    read: () => ({
      "media.qoe.bitrate": Math.round(bitrate() || 0) || undefined,
      "media.qoe.droppedFrames": (media as HTMLVideoElement).getVideoPlaybackQuality?.().droppedVideoFrames,
      "media.qoe.timeToStart": timeToStart,
    }),
    wish() {
      wishedAtMs ??= nowMs();
    },
    show() {
      if (!isShown && wishedAtMs) timeToStart = nowMs() - wishedAtMs;
      isShown = true;
    },
  };
}

/** `tracker/chapters.mjs`: the cues of a text track as chapters. */

import type { Tracker } from "./api.ts";

/** A cue that was left this close to its end was watched to it; elements look at their cues four times a second. */
const END_S = 0.5;

export function attach(tracker: Tracker, media: HTMLMediaElement, given?: TextTrack): void {
  const track = given ?? [...media.textTracks].find(({ kind }) => kind === "chapters");
  if (!track) return;
  // A track that is disabled has no cues; a hidden one has, and shows nothing.
  if (track.mode === "disabled") track.mode = "hidden";
  let open: TextTrackCue | undefined;

  function close(): void {
    if (!open) return;
    const leftS = open.endTime - media.currentTime;
    if (media.ended || (!media.seeking && Math.abs(leftS) <= END_S)) tracker.chapterComplete();
    else tracker.chapterSkip();
    open = undefined;
  }

  function look(): void {
    const cue = media.ended ? undefined : track?.activeCues?.[0];
    if (cue === open) return;
    close();
    // Nobody is in a chapter before the content plays.
    if (!cue || media.paused) return;
    open = cue;
    tracker.chapterStart({
      friendlyName: (cue as VTTCue).text.trim(),
      index: [...(track?.cues ?? [])].indexOf(cue) + 1,
      offset: cue.startTime,
      length: cue.endTime - cue.startTime,
    });
  }

  track.addEventListener("cuechange", look);
  for (const type of ["playing", "seeked", "ended"]) media.addEventListener(type, look);
  // Another source, another session.
  media.addEventListener("emptied", () => {
    open = undefined;
  });
}

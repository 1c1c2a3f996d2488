/** `tracker/chapters.mjs`: the cues of a text track as chapters. */

import type { Tracker } from "./api.ts";

/** This close to its end a cue was watched to it: elements tell where they are four times a second. */
const END_S = 0.5;

export function attach(tracker: Tracker, media: HTMLMediaElement, given?: TextTrack): void {
  const track = given ?? [...media.textTracks].find(({ kind }) => kind === "chapters");
  if (!track) return;
  // A track that is disabled has no cues; a hidden one has, and shows nothing.
  if (track.mode === "disabled") track.mode = "hidden";
  let open: TextTrackCue | undefined;
  let watchedTo = 0;

  function close(): void {
    if (!open) return;
    if (media.ended || watchedTo >= open.endTime - END_S) tracker.chapterComplete();
    else tracker.chapterSkip();
    open = undefined;
  }

  function look(): void {
    const { currentTime, ended, paused, seeking } = media;
    if (seeking) return;
    const cues = [...(track?.cues ?? [])];
    const cue = ended
      ? undefined
      : cues.find(({ startTime, endTime }) => startTime <= currentTime && currentTime < endTime);
    // What was watched last is known before the element is in another cue, which may be far from it.
    if (cue === open) watchedTo = currentTime;
    else close();
    // A chapter begins when the content plays in it.
    if (!cue || cue === open || paused) return;
    open = cue;
    watchedTo = currentTime;
    // An element plays before it says so.
    tracker.start();
    tracker.chapterStart({
      friendlyName: (cue as VTTCue).text.trim(),
      index: cues.indexOf(cue) + 1,
      offset: cue.startTime,
      length: cue.endTime - cue.startTime,
    });
  }

  track.addEventListener("cuechange", look);
  for (const type of ["playing", "timeupdate", "seeked", "ended"]) media.addEventListener(type, look);
  // Another source, another session.
  media.addEventListener("emptied", () => {
    open = undefined;
  });
}

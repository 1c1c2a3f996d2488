/** The one function that a page calls, made for the place that the script came from. */

import type { Tracker, TrackSettings } from "./api.ts";
import { guarded, shielded } from "./guard.ts";
import { type ContentOf, createTracker } from "./tracker.ts";

/** @param script the script's own address */
export function createTrack(
  script: string,
): (media: HTMLMediaElement, content: ContentOf, settings?: TrackSettings) => Tracker {
  const trackers = new WeakMap<HTMLMediaElement, Tracker>();
  const make = guarded((media: HTMLMediaElement, content: ContentOf, settings: TrackSettings) => {
    const home = new URL(".", script).href;
    const tracker = trackers.get(media) ?? createTracker(media, content, settings, home);
    trackers.set(media, tracker);
    return tracker;
  });
  return (media, content, settings = {}) => make(media, content, settings) ?? shielded<Tracker>({}, () => undefined);
}

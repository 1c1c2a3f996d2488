/** The one function that a page calls, made for the place that the script came from. */

import type { Tracker, track } from "./api.ts";
import { guarded, shielded } from "./guard.ts";
import type { ImportPart } from "./part.ts";
import { createTracker, TRACKER, type Tracked } from "./tracker.ts";

/** @param script the script's own address, where it has one */
export function createTrack(script: string | undefined, importPart: ImportPart): typeof track {
  const make = guarded((media: Tracked, ...rest: [never, never]) => {
    const home = new URL(".", script ?? location.origin).href;
    media[TRACKER] ??= createTracker(media, home, importPart, ...rest);
    return media[TRACKER];
  });
  return (media, content, settings) =>
    make(media, content as never, settings as never) ?? shielded<Tracker>({}, () => ({}));
}

/** `tracker.js`: a classic script, which adds `window.Playhead` and nothing else. */

import { fromServer } from "./part.ts";
import { createTrack } from "./track.ts";

// Known only while the script runs for the first time; a script that is evaluated has none.
window.Playhead = { track: createTrack((document.currentScript as HTMLScriptElement | null)?.src, fromServer) };

/** `tracker.js`: a classic script, which adds `window.Playhead` and nothing else. */

import { createTrack } from "./track.ts";

// Known only while the script runs for the first time.
const { src } = document.currentScript as HTMLScriptElement;

window.Playhead = { track: createTrack(src) };

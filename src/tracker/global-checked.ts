/** `tracker.js` where a developer looks: the same, and what the page says is checked. */

import { checked } from "./advice.ts";
import { fromServer } from "./part.ts";
import { createTrack } from "./track.ts";

const src = (document.currentScript as HTMLScriptElement | null)?.src;
window.Playhead = { track: checked(createTrack(src, fromServer), src) };

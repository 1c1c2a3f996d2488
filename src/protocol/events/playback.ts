/** Events of the playback itself. `play` ends a pause or a buffer: there is no event of its own for either. */

import type { EventDefinition } from "./definition.ts";

export const PLAYBACK_EVENTS: readonly EventDefinition[] = [
  { type: "play", code: 4, summary: "Playback began, or went on after a pause or a buffer." },
  { type: "ping", code: 5, summary: "Sign of life: every 10 s in content, every 1 s in ads." },
  { type: "pauseStart", code: 6, summary: "The viewer paused." },
  { type: "bufferStart", code: 7, summary: "Playback waits for data." },
  { type: "bitrateChange", code: 8, summary: "The player changed to another bitrate, given in qoeData." },
  { type: "error", code: 9, summary: "An error occurred, given in qoeData." },
];

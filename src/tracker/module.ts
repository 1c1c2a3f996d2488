/** `tracker.mjs`: the same as a module. */

import { createTrack } from "./track.ts";

export const track = createTrack(import.meta.url);

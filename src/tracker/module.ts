/** `tracker.mjs`: the same as a module. */

import { fromServer } from "./part.ts";
import { createTrack } from "./track.ts";

export const track = createTrack(import.meta.url, fromServer);

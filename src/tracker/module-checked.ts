/** `tracker.mjs` where a developer looks: the same, and what the page says is checked. */

import { checked } from "./advice.ts";
import { fromServer } from "./part.ts";
import { createTrack } from "./track.ts";

export const track = checked(createTrack(import.meta.url, fromServer), import.meta.url);

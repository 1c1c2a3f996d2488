/** Operations of pages with a player: the tracker, which sends what the player does. */

import Type from "typebox";
import { SCRIPT_TYPE, TRACKER_PARTS, TYPES_TYPE } from "../../handlers/tracker.ts";
import type { Operation } from "../operation.ts";

const TEXT = Type.String();
const PART = Type.Enum([...TRACKER_PARTS], { description: "What the part is for.", examples: ["offline.mjs"] });

/** `GET /tracker.js`, `/tracker.mjs`, `/tracker.d.ts` and `/tracker/{part}` */
export function trackerOperations(): readonly Operation[] {
  const file = (id: string, path: string, summary: string, contentType: string): Operation => ({
    id,
    method: "GET",
    path,
    tag: "Tracker",
    summary,
    answers: { 200: { description: "Kept by browsers for ten minutes.", schema: TEXT, contentType } },
  });
  return [
    file("getTracker", "/tracker.js", "The tracker as a script, which adds `window.Playhead`", SCRIPT_TYPE),
    file("getTrackerModule", "/tracker.mjs", "The tracker as a module", SCRIPT_TYPE),
    file("getTrackerTypes", "/tracker.d.ts", "Its types, for TypeScript", TYPES_TYPE),
    {
      ...file("getTrackerPart", "/tracker/:part", "What it loads only when it is asked for", SCRIPT_TYPE),
      parameters: { part: PART },
      errors: ["not-found"],
    },
  ];
}

/** Events that open and end a session. */

import type { EventDefinition } from "./definition.ts";

export const SESSION_EVENTS: readonly EventDefinition[] = [
  { type: "sessionStart", code: 1, customMetadata: true, summary: "Opens a session; the answer's Location names it." },
  {
    type: "sessionComplete",
    code: 2,
    aliases: ["contentComplete"],
    summary: "The end of the main content was reached. The session stays open.",
  },
  { type: "sessionEnd", code: 3, summary: "The viewer left: the session closes at once." },
];

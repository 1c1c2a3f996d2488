/** Events of player states: full screen, mute, captions and the like. */

import type { EventDefinition } from "./definition.ts";

export const STATE_EVENTS: readonly EventDefinition[] = [
  { type: "stateStart", code: 18, summary: "A player state became active." },
  { type: "stateEnd", code: 19, summary: "A player state ended." },
];

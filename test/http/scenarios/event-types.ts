/** The event types (protocol.md §3). */

import { eventAt } from "../../support/requests.ts";
import { EVENTS, type Scenario } from "./scenario.ts";

export const EVENT_TYPES: readonly Scenario[] = [
  ...[
    "sessionComplete",
    "play",
    "ping",
    "pauseStart",
    "bufferStart",
    "bitrateChange",
    "error",
    "adBreakStart",
    "adBreakComplete",
    "adStart",
    "adComplete",
    "adSkip",
    "chapterStart",
    "chapterComplete",
    "chapterSkip",
    "stateStart",
    "stateEnd",
    "statesUpdate",
    "contentComplete",
  ].map((type) => ({ name: `${type} is an event`, path: EVENTS, body: eventAt(1, type), status: 204 })),
];

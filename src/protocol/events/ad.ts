/** Events of ad breaks and the ads in them. */

import type { EventDefinition } from "./definition.ts";

export const AD_EVENTS: readonly EventDefinition[] = [
  { type: "adBreakStart", code: 10, summary: "An ad break opened." },
  { type: "adBreakComplete", code: 11, summary: "The ad break ended; main content is where it was." },
  { type: "adStart", code: 12, customMetadata: true, summary: "An ad of the open break began to play." },
  { type: "adComplete", code: 13, summary: "The ad was watched to its end." },
  { type: "adSkip", code: 14, summary: "The ad was skipped." },
];

/** Events of chapters. */

import type { EventDefinition } from "./definition.ts";

export const CHAPTER_EVENTS: readonly EventDefinition[] = [
  { type: "chapterStart", code: 15, customMetadata: true, summary: "A chapter began." },
  { type: "chapterComplete", code: 16, summary: "The chapter was watched to its end." },
  { type: "chapterSkip", code: 17, summary: "The chapter was left before its end." },
];

/** The 20 event types by what they are about: one row each, in the order in which `docs/protocol.md` lists them. */

import type { EventType } from "./event.ts";
import type { Parameter } from "./parameters.ts";

interface EventDefinition {
  readonly type: EventType;
  /** The number that stands for the type in storage. Never reused, never changed. */
  readonly code: number;
  /** Older names that clients still send. */
  readonly aliases?: readonly string[];
  /** Whether the reference documents `customMetadata` on it. */
  readonly customMetadata?: true;
  readonly summary: string;
}

/** A definition with the rows of the key catalogue that its events carry. */
export interface CatalogueEntry extends EventDefinition {
  readonly params: readonly Parameter[];
  readonly paramsByKey: ReadonlyMap<string, Parameter>;
  /** Required parameters whose absence is a flag; any other has a value that says the same. */
  readonly flaggedWhenMissing: readonly Parameter[];
}

export const EVENTS: readonly EventDefinition[] = [
  // The session.
  { type: "sessionStart", code: 1, customMetadata: true, summary: "Opens a session; the answer's Location names it." },
  {
    type: "sessionComplete",
    code: 2,
    aliases: ["contentComplete"],
    summary: "The end of the main content was reached. The session stays open.",
  },
  { type: "sessionEnd", code: 3, summary: "The viewer left: the session closes at once." },
  // Playback. `play` also ends a pause or a buffer: neither has an event of its own for that.
  { type: "play", code: 4, summary: "Playback began, or went on after a pause or a buffer." },
  { type: "ping", code: 5, summary: "Sign of life: every 10 s in content, every 1 s in ads." },
  { type: "pauseStart", code: 6, summary: "The viewer paused." },
  { type: "bufferStart", code: 7, summary: "Playback waits for data." },
  { type: "bitrateChange", code: 8, summary: "The player changed to another bitrate, given in qoeData." },
  { type: "error", code: 9, summary: "An error occurred, given in qoeData." },
  // Ad breaks and the ads in them.
  { type: "adBreakStart", code: 10, summary: "An ad break opened." },
  { type: "adBreakComplete", code: 11, summary: "The ad break ended; main content is where it was." },
  { type: "adStart", code: 12, customMetadata: true, summary: "An ad of the open break began to play." },
  { type: "adComplete", code: 13, summary: "The ad was watched to its end." },
  { type: "adSkip", code: 14, summary: "The ad was skipped." },
  // Chapters.
  { type: "chapterStart", code: 15, customMetadata: true, summary: "A chapter began." },
  { type: "chapterComplete", code: 16, summary: "The chapter was watched to its end." },
  { type: "chapterSkip", code: 17, summary: "The chapter was left before its end." },
  // Player states: full screen, mute, captions and the like.
  { type: "stateStart", code: 18, summary: "A player state became active." },
  { type: "stateEnd", code: 19, summary: "A player state ended." },
  { type: "statesUpdate", code: 20, summary: "Several player states ended or became active; ends count first." },
];

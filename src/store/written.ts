/** An event on its way to a store. */

import type { PlayerEvent } from "../protocol/event.ts";
import { type EventText, textOf } from "./event-text.ts";
import type { ArrivedEvent } from "./store.ts";

export { type EventText, textOf };

/** An event for the store, with the text to store. */
export interface WrittenEvent extends ArrivedEvent {
  /** Made before the event is queued: its size decides whether the session takes it. */
  readonly text: EventText;
}

export function written(event: PlayerEvent, receivedAtMs: number, text = textOf(event)): WrittenEvent {
  return { ...event, receivedAtMs, text };
}

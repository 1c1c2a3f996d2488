/** Whether a session has room for more, since its size is limited: docs/protocol.md, "Session life cycle". */

import { AppError } from "../base/errors.ts";
import type { SessionSize } from "../store/store.ts";
import type { WrittenEvent } from "../store/written.ts";

export interface SizeLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

export function hasRoom({ events, bytes }: SessionSize, { text }: WrittenEvent, limits: SizeLimits): boolean {
  return events < limits.eventsMax && bytes + text.bytes <= limits.bytesMax;
}

/** @throws AppError `body-too-large` when events in one body exceed what a session may hold */
export function refuseTooLarge(events: readonly WrittenEvent[], { eventsMax, bytesMax }: SizeLimits): void {
  const bytes = events.reduce((sum, { text }) => sum + text.bytes, 0);
  if (events.length <= eventsMax && bytes <= bytesMax) return;
  throw new AppError(
    "body-too-large",
    `Cannot store the session: it may have ${eventsMax} events in ${bytesMax} bytes; send several, or raise the limit`,
  );
}

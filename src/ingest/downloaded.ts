/** Downloaded content: a session that is whole when it arrives, dated by its player. */

import { AppError } from "../base/errors.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { advance, begin, type Close, type SignsOfLife } from "../sessions/deadline.ts";
import { type WrittenEvent, written } from "../store/written.ts";
import { flagged, isDownloadPlausible } from "./arrived.ts";
import { refuseTooLarge, type SizeLimits } from "./room.ts";

interface DownloadedOptions {
  /** By the calendar, which dates sessions. */
  readonly nowMs: number;
  /** On the steady line. */
  readonly arrivedAtMs: number;
  readonly sizeLimits: SizeLimits;
}

/** A session to store, closed. */
interface Downloaded {
  readonly startedAtMs: number;
  readonly start: WrittenEvent;
  readonly events: readonly WrittenEvent[];
  readonly signs: SignsOfLife;
  readonly close: Close;
}

/** @throws AppError `body-too-large` */
export function downloadedOf(
  events: readonly PlayerEvent[],
  { nowMs, arrivedAtMs, sizeLimits }: DownloadedOptions,
): Downloaded {
  const [start, ...rest] = events;
  if (!start) throw new AppError("invalid-body", "Downloaded content is at least a sessionStart");
  // An older start, or one ahead of the clock, dates no session: it began as it arrived.
  const isPlausible = isDownloadPlausible(start, nowMs);
  const first = written(isPlausible ? start : flagged(start), arrivedAtMs);
  const later = rest.map((event) => written(event, arrivedAtMs));
  refuseTooLarge([first, ...later], sizeLimits);
  const signs = begin(start, arrivedAtMs);
  for (const event of rest) advance(signs, event, arrivedAtMs);
  const endTsMs = rest.find(({ type }) => type === "sessionEnd")?.tsMs ?? signs.tsMaxMs;
  return {
    startedAtMs: isPlausible ? start.tsMs : nowMs,
    start: first,
    events: later,
    signs,
    close: { reason: "downloaded", closedAtMs: arrivedAtMs, endTsMs },
  };
}

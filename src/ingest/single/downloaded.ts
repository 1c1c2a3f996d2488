/** Downloaded content: a session that is whole when it arrives, dated by its player. */

import { AppError } from "../../base/errors.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { advance, type Close } from "../../sessions/deadline.ts";
import { type Write, written } from "../../store/journal.ts";
import { flagged, isDownloadPlausible } from "./arrived.ts";
import type { LiveHead } from "./heads.ts";
import { refuseTooLarge, type SizeLimits } from "./room.ts";

interface DownloadedWrite extends Write {
  readonly head: LiveHead;
  readonly close: Close;
}

interface DownloadedOptions {
  /** By the calendar, which dates sessions. */
  readonly nowMs: number;
  /** On the steady line. */
  readonly arrivedAtMs: number;
  readonly sizeLimits: SizeLimits;
  readonly newHead: (start: PlayerEvent, startedAtMs: number) => LiveHead;
}

/** What stores the session, closed. @throws AppError `body-too-large` */
export function downloadedWrite(
  events: readonly PlayerEvent[],
  { nowMs, arrivedAtMs, sizeLimits, newHead }: DownloadedOptions,
): DownloadedWrite {
  const [start, ...rest] = events;
  if (!start) throw new AppError("invalid-body", "Downloaded content is at least a sessionStart");
  // An older start, or one ahead of the clock, dates no session: it began as it arrived.
  const isPlausible = isDownloadPlausible(start, nowMs);
  const first = written(isPlausible ? start : flagged(start), arrivedAtMs);
  const later = rest.map((event) => written(event, arrivedAtMs));
  refuseTooLarge([first, ...later], sizeLimits);
  const head = newHead(start, isPlausible ? start.tsMs : nowMs);
  for (const event of rest) advance(head, event, head.arrivedAtMs);
  const endTsMs = rest.find(({ type }) => type === "sessionEnd")?.tsMs ?? head.tsMaxMs;
  return {
    head,
    start: first,
    downloaded: true,
    events: later,
    close: { reason: "downloaded", closedAtMs: arrivedAtMs, endTsMs },
  };
}

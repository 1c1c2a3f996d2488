/** Downloaded content: a session that is whole when it arrives, dated by its player. */

import { AppError } from "../../base/errors.ts";
import { DAY_MS } from "../../base/units.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { flag } from "../../protocol/flags.ts";
import { advance, type Close } from "../../sessions/deadline.ts";
import { type Write, written } from "../../store/journal.ts";
import type { LiveHead } from "./heads.ts";
import { refuseTooLarge, type SizeLimits } from "./room.ts";

interface DownloadedWrite extends Write {
  readonly head: LiveHead;
  readonly close: Close;
}

interface DownloadedOptions {
  readonly nowMs: number;
  readonly sizeLimits: SizeLimits;
  readonly newHead: (start: PlayerEvent, startedAtMs: number) => LiveHead;
}

/** An older start, or one ahead of the clock, dates no session: it began as it arrived. */
const AGE_MS_MAX = 365 * DAY_MS;

/** What stores the session, closed. @throws AppError `body-too-large` */
export function downloadedWrite(
  events: readonly PlayerEvent[],
  { nowMs, sizeLimits, newHead }: DownloadedOptions,
): DownloadedWrite {
  const [start, ...rest] = events;
  if (!start) throw new AppError("invalid-body", "Downloaded content is at least a sessionStart");
  const plausible = start.tsMs <= nowMs && start.tsMs >= nowMs - AGE_MS_MAX;
  const dated = plausible ? start : { ...start, flags: [...start.flags, flag("ts-implausible")] };
  const first = written(dated, nowMs);
  const later = rest.map((event) => written(event, nowMs));
  refuseTooLarge([first, ...later], sizeLimits);
  const head = newHead(start, plausible ? start.tsMs : nowMs);
  for (const event of rest) advance(head, event, head.arrivedAtMs);
  const endTsMs = rest.find(({ type }) => type === "sessionEnd")?.tsMs ?? head.tsMaxMs;
  return {
    head,
    start: first,
    downloaded: true,
    events: later,
    close: { reason: "downloaded", closedAtMs: nowMs, endTsMs },
  };
}

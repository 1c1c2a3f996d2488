/** How an event arrives, and whether its `ts` may be true by that: what it says is taken all the same, with a flag. */

import { DAY_MS } from "../base/units.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { flag } from "../protocol/flags.ts";
import { type EventText, type WrittenEvent, written } from "../store/written.ts";

/** How old downloaded content may be. */
const DOWNLOADED_AGE_MS_MAX = 365 * DAY_MS;

/**
 * A live event that has just arrived, flagged where its player's clock is days off.
 *
 * @param text its own, if that is there already
 */
export function arrivedOf(
  event: PlayerEvent,
  { aheadMs = 0 }: { readonly aheadMs?: number | undefined },
  arrivedAtMs: number,
  text?: EventText,
): WrittenEvent {
  const isImplausible = Math.abs(event.tsMs - arrivedAtMs) > DAY_MS;
  return isImplausible ? written(flagged(event), arrivedAtMs + aheadMs) : written(event, arrivedAtMs + aheadMs, text);
}

/** Whether the `ts` of downloaded content may date its session. */
export function isDownloadPlausible({ tsMs }: PlayerEvent, nowMs: number): boolean {
  return tsMs <= nowMs && tsMs >= nowMs - DOWNLOADED_AGE_MS_MAX;
}

export function flagged(event: PlayerEvent): PlayerEvent {
  return { ...event, flags: [...event.flags, flag("ts-implausible")] };
}

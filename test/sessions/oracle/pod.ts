/** Ads and their breaks, and when an ad is overdue (§8). */

import { following } from "./stride.ts";
import type { Placed } from "./told.ts";

export type ContentState = "starting" | "playing" | "paused" | "buffering" | "ended";

/** An ad break. */
export interface Pod {
  readonly by: Placed;
  readonly index: number;
  /** The state that a break has of its own. */
  state: ContentState;
  isCompleted: boolean;
  ads: number;
}

export interface Ad {
  readonly by: Placed;
  readonly index: number;
  readonly pod: Pod;
  /** None where unknown or 0. */
  readonly lengthMs: number | undefined;
  playedMs: number;
  /** The instant at which it has played its length. */
  lengthAt: number | undefined;
  isCompleted: boolean;
  isSkipped: boolean;
}

const SURE_MS = 5000;
const GRACE_MS = 5000;
const LONG_MS = 90_000;
const PATIENCE_MS = 30 * 60_000;

export function adOf(index: number, by: Placed, pod: Pod): Ad {
  const length = by.told.params?.["media.ad.length"];
  const lengthMs = typeof length === "number" && length > 0 ? length * 1000 : undefined;
  return { by, index, pod, lengthMs, playedMs: 0, lengthAt: undefined, isCompleted: false, isSkipped: false };
}

/** Lets an ad play. */
export function play(ad: Ad, from: number, to: number): void {
  const { lengthMs, playedMs } = ad;
  if (lengthMs !== undefined && playedMs + to - from >= lengthMs) ad.lengthAt ??= from + lengthMs - playedMs;
  ad.playedMs += to - from;
}

/** Whether an ad should have been over before the event at `to`, and nothing tells its end. */
export function isOverdue(events: readonly Placed[], { by, index, lengthMs, playedMs }: Ad, to: number): boolean {
  if (lengthMs === undefined || lengthMs < SURE_MS) return false;
  const hasMoved = events.slice(index, to + 1).some(({ playheadMs }) => playheadMs !== by.playheadMs);
  const isLate = (playedMs >= lengthMs + GRACE_MS && hasMoved) || playedMs >= Math.max(2 * lengthMs, LONG_MS);
  const until = ["adStart", "adBreakComplete", "adBreakStart"];
  const ends = { from: index, types: ["adComplete", "adSkip"], until, to: by.at + PATIENCE_MS, isLong: true };
  return isLate && following(events, ends) === undefined;
}

/**
 * What plays by what a player says alone, beside a fold that mends: the time that counts as another kind was mended.
 *
 * @see docs/metrics.md, "The playback state"
 */

import type { EventType } from "../protocol/event.ts";
import { nextState, type PlaybackState } from "./state.ts";
import type { Tally } from "./tally.ts";
import type { IntervalKind } from "./timeline.ts";

export interface Plain {
  main: PlaybackState;
  inBreak: PlaybackState;
  isBreakOpen: boolean;
  isAdOpen: boolean;
  /** Whether the next ad ends where it starts: the player told its predecessor's completion behind its start. */
  isNextAdOver?: boolean;
}

export function plainOf({ main, inBreak, adBreak, ad }: Tally): Plain {
  return { main, inBreak, isBreakOpen: adBreak !== undefined, isAdOpen: ad !== undefined };
}

/** An event was moved within its tick: by the order that the player told, no ad is open behind it and its opener. */
export function partByTick(tally: Tally, type: EventType): void {
  if (type !== "adStart" && type !== "adComplete") return;
  tally.plain ??= plainOf(tally);
  if (type === "adComplete") tally.plain.isNextAdOver = true;
  else endAd(tally.plain);
}

function endAd(plain: Plain): void {
  if (plain.isAdOpen) plain.inBreak = "starting";
  plain.isAdOpen = false;
  plain.isNextAdOver = false;
}

/** Takes an event's effect into account. */
export function advancePlain(plain: Plain, type: EventType): void {
  switch (type) {
    case "adBreakStart":
      plain.isBreakOpen = true;
      plain.isAdOpen = false;
      plain.inBreak = "starting";
      return;
    case "adBreakComplete":
      plain.isBreakOpen = false;
      plain.isAdOpen = false;
      return;
    case "adStart":
      if (!plain.isBreakOpen) return;
      plain.isAdOpen = true;
      plain.inBreak = "playing";
      if (plain.isNextAdOver) endAd(plain);
      return;
    case "adComplete":
    case "adSkip":
      endAd(plain);
      return;
    case "sessionComplete":
      plain.main = "ended";
      return;
    default:
      if (plain.isBreakOpen) plain.inBreak = nextState(plain.inBreak, type);
      else plain.main = nextState(plain.main, type);
  }
}

/** What the time in such a state belongs to. */
export function kindOf({ main, inBreak, isBreakOpen, isAdOpen }: Plain): IntervalKind {
  const state = isBreakOpen ? inBreak : main;
  if (state === "paused") return "pause";
  if (state === "buffering") return "buffer";
  if (state !== "playing") return "nothing";
  if (!isBreakOpen) return "content";
  return isAdOpen ? "ad" : "nothing";
}

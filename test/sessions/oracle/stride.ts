/** §8, words: strides, and what follows an event. Each look goes on for a bounded time. */

import type { Placed } from "./told.ts";

export const HORIZON_MS = 60_000;
const HORIZON_EVENTS = 2000;
const STRIDE_MS = 1000;
/** Where one of these lies between, there is no stride. */
export const TURNS: ReadonlySet<string> = new Set([
  "play",
  "pauseStart",
  "bufferStart",
  "sessionComplete",
  "sessionEnd",
  "adBreakStart",
  "adBreakComplete",
  "adStart",
  "adComplete",
  "adSkip",
]);

export interface Stride {
  /** The index of the event at which it ends. */
  readonly end: number;
  readonly isInStep: boolean;
}

/** The stride that begins at an event, if there is one. Reading: it may be longer than the horizon. */
export function strideFrom(events: readonly Placed[], from: number): Stride | undefined {
  const first = events[from];
  if (!first) return undefined;
  for (let end = from + 1; end < events.length && end - from <= HORIZON_EVENTS; end += 1) {
    const event = events[end] as Placed;
    const ms = event.at - first.at;
    if (ms >= STRIDE_MS) {
      const advance = event.playheadMs - first.playheadMs;
      return { end, isInStep: advance >= ms / 2 && advance <= 4 * ms };
    }
    if (TURNS.has(event.type)) return undefined;
  }
  return undefined;
}

export function isInStep(events: readonly Placed[], from: number): boolean {
  return strideFrom(events, from)?.isInStep === true;
}

/** Two strides, both in step. */
export function areTwoInStep(events: readonly Placed[], from: number): boolean {
  const first = strideFrom(events, from);
  if (!first?.isInStep || TURNS.has(events[first.end]?.type ?? "")) return false;
  return strideFrom(events, first.end)?.isInStep === true;
}

/** Whether fewer than a tenth of a session's strides are in step. Its start, which plays nothing, begins none. */
export function isStill(events: readonly Placed[]): boolean {
  const strides = events
    .map((_, from) => (from > 0 ? strideFrom(events, from) : undefined))
    .filter((each) => each !== undefined);
  return strides.filter((each) => each.isInStep).length < strides.length / 10;
}

interface Look {
  readonly from: number;
  readonly types: readonly string[];
  /** The look ends at one of these. */
  readonly until: readonly string[];
  /** The instant up to which it goes; within the horizon's events, unless it is one of the long looks. */
  readonly to: number;
  readonly isLong?: boolean;
}

/** The index of the first event of some types that follows, before another one ends the look. */
export function following(events: readonly Placed[], { from, types, until, to, isLong = false }: Look) {
  for (let index = from + 1; index < events.length; index += 1) {
    const event = events[index] as Placed;
    if (event.at > to || (!isLong && index - from > HORIZON_EVENTS)) return undefined;
    if (types.includes(event.type)) return index;
    if (until.includes(event.type)) return undefined;
  }
  return undefined;
}

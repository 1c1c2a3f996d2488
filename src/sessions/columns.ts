/**
 * A session's events as columns of numbers: what decides their order and their mending.
 *
 * Columns of millions of events fit into memory where the events themselves would not, so a long session has all of its
 * columns at hand while its events come in pages.
 */

import type { PlayerEvent } from "../protocol/event.ts";
import { canonicalBody, compareBodies, RANKS } from "./order.ts";
import { type StateTurn, stateTurnsOf } from "./reported.ts";

/** In order of arrival, the start first. */
export interface ArrivalColumns {
  readonly length: number;
  /** Ranks of `order.ts`. */
  readonly ranks: Uint8Array;
  /** As the player said it, in milliseconds. */
  readonly tsMs: Float64Array;
  readonly playheadMs: Float64Array;
  /** By the server's clock. Absent for an array, whose events arrived at once. */
  readonly receivedAtMs: Float64Array | undefined;
}

/** Asks for what an event carries beside its numbers; only about events that are close to one another. */
export interface EventBodies {
  /** Compares the bodies of two events that are equal in all numbers. */
  compare(a: number, b: number): number;
  /** What an event names: an ad's or chapter's id and its place; undefined where that was not sent or not read. */
  nameOf(index: number): string | undefined;
  /** The player states that an event ends and starts; none where they were not read. */
  statesOf(index: number): readonly StateTurn[];
}

/** An event that may know when it arrived. */
export interface MaybeArrived extends PlayerEvent {
  readonly receivedAtMs?: number;
}

/** The columns of events that are all at hand. */
export function columnsOf(events: readonly MaybeArrived[], isArray: boolean): ArrivalColumns {
  const { length } = events;
  const ranks = new Uint8Array(length);
  const tsMs = new Float64Array(length);
  const playheadMs = new Float64Array(length);
  for (let i = 0; i < length; i += 1) {
    const event = events[i] as MaybeArrived;
    ranks[i] = RANKS[event.type];
    tsMs[i] = event.tsMs;
    playheadMs[i] = event.playheadMs;
  }
  return { length, ranks, tsMs, playheadMs, receivedAtMs: isArray ? undefined : arrivalsOf(events) };
}

function arrivalsOf(events: readonly MaybeArrived[]): Float64Array {
  const receivedAtMs = new Float64Array(events.length);
  for (let i = 0; i < events.length; i += 1) {
    const event = events[i] as MaybeArrived;
    receivedAtMs[i] = event.receivedAtMs ?? event.tsMs;
  }
  return receivedAtMs;
}

/** Puts events in order of arrival; the start is first, and those that arrived at once stay as they are stored. */
export function inArrivalOrder<E extends MaybeArrived>(stored: readonly E[]): readonly E[] {
  for (let i = 2; i < stored.length; i += 1) {
    if (((stored[i] as E).receivedAtMs as number) < ((stored[i - 1] as E).receivedAtMs as number)) {
      const [start, ...rest] = stored as readonly [E, ...E[]];
      return [start, ...rest.sort((a, b) => Number(a.receivedAtMs) - Number(b.receivedAtMs))];
    }
  }
  return stored;
}

/** The bodies of events that are all at hand. */
export function bodiesOf(events: readonly PlayerEvent[]): EventBodies {
  const textOf = (index: number) => canonicalBody(events[index] as PlayerEvent);
  return {
    compare: (a, b) => compareBodies(textOf(a), textOf(b)),
    nameOf: (index) => nameOf(events[index] as PlayerEvent),
    statesOf: (index) => stateTurnsOf(events[index] as PlayerEvent),
  };
}

/** What an ad's or a chapter's event names. */
export function nameOf({ type, params = {} }: PlayerEvent): string | undefined {
  const keys = type.startsWith("ad")
    ? (["media.ad.id", "media.ad.podPosition"] as const)
    : (["media.chapter.index", "media.chapter.offset"] as const);
  const said = keys.map((key) => params[key]);
  return said.every((each) => each === undefined) ? undefined : JSON.stringify(said);
}

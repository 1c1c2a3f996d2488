/**
 * The order in which a session's events count. Arrival decides nothing but which of two duplicates is the first.
 *
 * What closes something goes before what opens, but only if it has something to close: that is known while folding, so
 * the last word on a tie is said in `fold.ts`.
 *
 * @see docs/metrics.md, "Order"
 */

import type { EventType, PlayerEvent } from "../protocol/event.ts";

/** Ranks within one `ts`: the closers, the openers, then the rest. */
const ORDER_WITHIN_TS: readonly EventType[] = [
  "sessionStart",
  "adComplete",
  "adSkip",
  "adBreakComplete",
  "chapterComplete",
  "chapterSkip",
  "chapterStart",
  "adBreakStart",
  "adStart",
  "pauseStart",
  "play",
  "bufferStart",
  "bitrateChange",
  "error",
  "ping",
  "stateEnd",
  "stateStart",
  "statesUpdate",
  "sessionComplete",
  "sessionEnd",
];

const RANKS = Object.fromEntries(ORDER_WITHIN_TS.map((type, rank) => [type, rank])) as Record<EventType, number>;

/** Whether an event closes an ad, a break or a chapter. */
export function isCloser(type: EventType): boolean {
  return RANKS[type] >= RANKS.adComplete && RANKS[type] <= RANKS.chapterSkip;
}

/** Whether an event opens a chapter, a break or an ad. */
export function isOpener(type: EventType): boolean {
  return RANKS[type] >= RANKS.chapterStart && RANKS[type] <= RANKS.adStart;
}

/**
 * Sorts a session's events by `ts`, and by the rule for ties within it; the session's own start stays first.
 *
 * @param events in order of arrival, the `sessionStart` first
 */
export function orderEvents<E extends PlayerEvent>(events: readonly E[]): E[] {
  // The sort is stable: of equal events the one that arrived first stays in front.
  return [...events.slice(0, 1), ...events.slice(1).sort(compare)];
}

/** Whether an event equals an earlier one, which stands before it in the order. */
export function isDuplicate(event: PlayerEvent, earlier: PlayerEvent): boolean {
  return event.tsMs === earlier.tsMs && compare(event, earlier) === 0;
}

/** The place of a type among those of one `ts`. */
export function rankOf(type: EventType): number {
  return RANKS[type];
}

/** Compares what an event carries, for those that are equal in all else. */
export function compareBodies(textA: string, textB: string): number {
  if (textA === textB) return 0;
  return textA < textB ? -1 : 1;
}

function compare(a: PlayerEvent, b: PlayerEvent): number {
  return (
    a.tsMs - b.tsMs ||
    RANKS[a.type] - RANKS[b.type] ||
    a.playheadMs - b.playheadMs ||
    compareBodies(canonicalBody(a), canonicalBody(b))
  );
}

/** The body as JSON with every object's keys sorted: equal texts are equal bodies. */
export function canonicalBody({ params, qoeData, customMetadata, unknownMembers }: PlayerEvent): string {
  if (!params && !qoeData && !customMetadata && !unknownMembers) return "{}";
  return JSON.stringify(sorted({ ...unknownMembers, params, qoeData, customMetadata }));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

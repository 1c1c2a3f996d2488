/**
 * How the events of one instant follow each other, and how two events are compared.
 *
 * @see docs/metrics.md, "Order"
 */

import type { EventType, PlayerEvent } from "../protocol/event.ts";

/** Ranks within one instant: the closers, the openers, then the rest. A rank also stands for its type in columns. */
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

export const RANKS = Object.fromEntries(ORDER_WITHIN_TS.map((type, rank) => [type, rank])) as Record<EventType, number>;

/** Whether an event closes an ad, a break or a chapter. */
export function isCloser(rank: number): boolean {
  return rank >= RANKS.adComplete && rank <= RANKS.chapterSkip;
}

/** Whether an event opens a chapter, a break or an ad. */
export function isOpener(rank: number): boolean {
  return rank >= RANKS.chapterStart && rank <= RANKS.adStart;
}

/** Whether an event asks for another playback state. */
export function isStateChange(rank: number): boolean {
  return rank >= RANKS.pauseStart && rank <= RANKS.bufferStart;
}

/** Whether what plays may be another thing behind this event: a playback state, an ad, or the end. */
export function isTurn(rank: number): boolean {
  return TURNS[rank] === 1;
}

const PLAYBACK_TURNS: readonly EventType[] = ["play", "pauseStart", "bufferStart", "sessionComplete", "sessionEnd"];
const AD_TURNS: readonly EventType[] = ["adBreakStart", "adStart", "adComplete", "adSkip", "adBreakComplete"];
const TURNS = new Uint8Array(ORDER_WITHIN_TS.length);
for (const type of [...PLAYBACK_TURNS, ...AD_TURNS]) TURNS[RANKS[type]] = 1;

/** Compares what an event carries, for those that are equal in all else. */
export function compareBodies(textA: string, textB: string): number {
  if (textA === textB) return 0;
  return textA < textB ? -1 : 1;
}

/**
 * The body as JSON with every object's keys sorted, and the request's id where there is one: equal texts are equal
 * bodies, and what was asked for under two ids is never the same.
 */
export function canonicalBody(event: PlayerEvent): string {
  const { params, qoeData, customMetadata, unknownMembers, requestId } = event;
  const id = requestId === undefined ? "" : `\n${requestId}`;
  if (!params && !qoeData && !customMetadata && !unknownMembers) return `{}${id}`;
  return JSON.stringify(sorted({ ...unknownMembers, params, qoeData, customMetadata })) + id;
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** The order of arrivals of which some lie before the one that they stand behind; undefined where none does. */
export function arrivalOrder(receivedAtMs: Float64Array): Uint32Array | undefined {
  const { length } = receivedAtMs;
  let at = 1;
  while (at < length && (receivedAtMs[at] as number) >= (receivedAtMs[at - 1] as number)) at += 1;
  if (at >= length) return undefined;
  const order = Uint32Array.from(receivedAtMs, (_, index) => index);
  return order.sort((a, b) => (receivedAtMs[a] as number) - (receivedAtMs[b] as number) || a - b);
}

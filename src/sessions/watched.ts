/** Which parts of the content were watched, from the playheads of consecutive events. */

import { MINUTE_MS, SECOND_MS } from "../base/units.ts";

/** A part of the content, in milliseconds of it. */
export type Span = readonly [fromMs: number, toMs: number];

/** When something played: content, or an ad, which is marked. */
export type Playing = readonly [fromMs: number, toMs: number, ad?: 1];

/** Spans of a kind that are kept of a session; its numbers see all. */
export const SPANS_MAX = 10_000;
const SPEED_MAX = 1.25;
/** What a step of the playhead may be off by: it is sampled, and rounded. */
export const SLACK_MS = SECOND_MS;
const SEGMENT_MINUTES = 5;
const SEGMENT_MS = SEGMENT_MINUTES * MINUTE_MS;

/** Whether the step between two playheads was surely played: forwards, and hardly faster than time. */
export function isWatched(fromMs: number, toMs: number, dtMs: number): boolean {
  return toMs > fromMs && toMs - fromMs <= SPEED_MAX * dtMs + SLACK_MS;
}

/** Adds a span, or extends the last one that ends where it begins. What was watched twice is listed twice. */
export function addSpan(spans: Span[], fromMs: number, toMs: number): void {
  // Each span belongs to its list, so that the last one may grow in place: most intervals extend it.
  const last = spans[spans.length - 1] as [number, number] | undefined;
  if (last !== undefined && last[1] === fromMs) last[1] = toMs;
  else spans.push([fromMs, toMs]);
}

/** The union of spans: sorted, and none touches the next. */
export function unionOf(spans: readonly Span[]): Span[] {
  const union: Span[] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = union.at(-1);
    if (last && from <= last[1]) union[union.length - 1] = [last[0], Math.max(last[1], to)];
    else union.push([from, to]);
  }
  return union;
}

/** Milliseconds in all. */
export function lengthOf(union: readonly Span[]): number {
  return union.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** How many five-minute segments hold something watched. */
export function segmentsIn(union: readonly Span[]): number {
  let count = 0;
  let counted = -1;
  for (const [from, to] of union) {
    const first = Math.max(Math.floor(from / SEGMENT_MS), counted + 1);
    const last = Math.ceil(to / SEGMENT_MS) - 1;
    count += Math.max(0, last - first + 1);
    counted = Math.max(counted, last);
  }
  return count;
}

/** The range in minutes from the lowest to the highest watched second, such as `[0-15]`; null when nothing was. */
export function segmentRangeOf(union: readonly Span[]): string | null {
  const first = union[0];
  const last = union.at(-1);
  if (!first || !last) return null;
  const from = Math.floor(first[0] / SEGMENT_MS) * SEGMENT_MINUTES;
  return `[${from}-${Math.ceil(last[1] / SEGMENT_MS) * SEGMENT_MINUTES}]`;
}

/**
 * The fold: a session's stored events in, its numbers, rows and ledger out.
 *
 * Pure: same events, same numbers, in whatever order they arrived, live or replayed. Nothing is counted after the last
 * event.
 */

import type { PlayerEvent } from "../protocol/event.ts";
import { EFFECTS, endState, hasSomethingToClose } from "./effects.ts";
import { RULES, type Rule } from "./ledger.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import { isCloser, isOpener, orderEvents } from "./order.ts";
import { reportedNumber } from "./reported.ts";
import type { AdBreakRow, AdRow, ChapterRow, ErrorRow, StateRow } from "./rows.ts";
import { newTally, type Tally } from "./tally.ts";
import { endStillRun, spendUntil } from "./time.ts";
import type { TimelineEntry } from "./timeline.ts";
import { type Span, segmentRangeOf, unionOf } from "./watched.ts";

/** The version of the definitions: it changes with every change that can change a number. */
export const DEFINITIONS_VERSION = 1;

/** All that the events of a session say. */
export interface Folded<E extends PlayerEvent = PlayerEvent> {
  readonly metrics: Metrics;
  readonly adBreaks: readonly AdBreakRow[];
  readonly ads: readonly AdRow[];
  readonly chapters: readonly ChapterRow[];
  readonly states: readonly StateRow[];
  readonly errors: readonly ErrorRow[];
  /** The watched parts in the order of watching; what was watched twice is there twice. */
  readonly spans: readonly Span[];
  /** When content or an ad played, by the player's clock: sorted, and none touches the next. */
  readonly playing: readonly Span[];
  /** The union of the watched parts, sorted. */
  readonly watched: readonly Span[];
  readonly contentSegment: string | null;
  /** Every event once, in folded order. */
  readonly timeline: readonly TimelineEntry<E>[];
}

export interface FoldOptions {
  /** Whether the session is over: a session that may go on has dropped nothing yet. */
  readonly closed: boolean;
}

/**
 * Folds a session.
 *
 * @param events in order of arrival, the `sessionStart` first
 * @throws Error when there is no event at all
 */
export function foldSession<E extends PlayerEvent>(events: readonly E[], { closed }: FoldOptions): Folded<E> {
  const { events: ordered, duplicates } = orderEvents(events);
  const late = lateArrivals(events);
  const fold = beginFold(ordered[0] as E);
  continueFold(fold, ordered.slice(1), duplicates);
  for (const entry of fold.timeline)
    if (entry.verdict === "counted" && late.has(entry.event)) entry.verdict = "reordered";
  return finishFold(fold, { closed });
}

/** A fold under way: it can be carried on with events of a later `ts`, with the same result as at once. */
export interface Fold<E extends PlayerEvent> {
  readonly tally: Tally;
  readonly timeline: TimelineEntry<E>[];
}

/** Begins a fold with the session's start. */
export function beginFold<E extends PlayerEvent>(start: E): Fold<E> {
  const entry = entryOf(start, "in-place");
  const tally = newTally(entry);
  noteQuality(tally, start);
  return { tally, timeline: [entry] };
}

/** Takes events in, in the order of {@link orderEvents}. */
export function continueFold<E extends PlayerEvent>(
  fold: Fold<E>,
  ordered: readonly E[],
  duplicates: ReadonlySet<E> = new Set(),
): void {
  let deferred: E[] = [];
  const place = (event: E) => {
    if (duplicates.has(event)) fold.timeline.push(entryOf(event, "exact-duplicate", fold.tally));
    else take(fold, event);
  };
  for (const event of ordered) {
    if (deferred[0] && !mayStillOpen(event, deferred[0])) {
      deferred.forEach(place);
      deferred = [];
    }
    if (isCloser(event.type) && !hasSomethingToClose(fold.tally, event.type)) deferred.push(event);
    else place(event);
  }
  deferred.forEach(place);
}

/** A closer with nothing to close waits for what its own `ts` opens. */
function mayStillOpen(event: PlayerEvent, waiting: PlayerEvent): boolean {
  return event.tsMs === waiting.tsMs && (isCloser(event.type) || isOpener(event.type));
}

/** Ends the fold: whatever is still open ends with the last event. */
export function finishFold<E extends PlayerEvent>({ tally, timeline }: Fold<E>, { closed }: FoldOptions): Folded<E> {
  endStillRun(tally);
  for (const name of [...tally.activeStates.keys()]) endState(tally, name, tally.last.event.tsMs);
  const watched = unionOf(tally.spans);
  const { adBreaks, ads, chapters, errors, spans } = tally;
  return {
    metrics: metricsOf(tally, watched, closed || tally.sessionEnded),
    adBreaks,
    ads,
    chapters,
    states: [...tally.states.values()],
    errors,
    spans,
    playing: unionOf(playingIn(timeline)),
    watched,
    contentSegment: segmentRangeOf(watched),
    timeline,
  };
}

function playingIn(timeline: readonly TimelineEntry[]): Span[] {
  return timeline
    .filter(({ intervalKind, intervalMs }) => intervalMs > 0 && (intervalKind === "content" || intervalKind === "ad"))
    .map(({ event, intervalMs }) => [event.tsMs, event.tsMs + intervalMs]);
}

function take<E extends PlayerEvent>({ tally, timeline }: Fold<E>, event: E): void {
  const { last } = tally;
  if (tally.sessionEnded && event.tsMs > last.event.tsMs) {
    timeline.push(entryOf(event, "after-session-end", tally));
    return;
  }
  spendUntil(tally, event);
  // A run at one playhead lasts while main content plays without a break; whatever else time was spent as ends it.
  if (last.intervalKind !== "content") endStillRun(tally);
  const rule = EFFECTS[event.type](tally, event);
  noteQuality(tally, event);
  if (tally.contentStarted && event.playheadMs > tally.playheadMsMax) tally.playheadMsMax = event.playheadMs;
  const entry = entryOf(event, rule, tally);
  timeline.push(entry);
  tally.last = entry;
}

/** The latest value reported is the one that counts, whatever event reported it. */
function noteQuality(tally: Tally, { qoeData }: PlayerEvent): void {
  if (!qoeData) return;
  tally.bitrate = reportedNumber(qoeData["media.qoe.bitrate"]) ?? tally.bitrate;
  tally.droppedFrames = reportedNumber(qoeData["media.qoe.droppedFrames"]) ?? tally.droppedFrames;
  tally.timeToStartMs = reportedNumber(qoeData["media.qoe.timeToStart"]) ?? tally.timeToStartMs;
}

function entryOf<E extends PlayerEvent>(event: E, rule: Rule, tally?: Tally): TimelineEntry<E> {
  return {
    event,
    verdict: RULES[rule].verdict,
    rule,
    stateAfter: tally?.main ?? "starting",
    breakStateAfter: tally?.adBreak ? tally.inBreak : null,
    intervalMs: 0,
    intervalKind: "nothing",
  };
}

/** The events that arrived after one with a later `ts`. */
function lateArrivals<E extends PlayerEvent>(events: readonly E[]): ReadonlySet<E> {
  const late = new Set<E>();
  let tsMsMax = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (event.tsMs < tsMsMax) late.add(event);
    else tsMsMax = event.tsMs;
  }
  return late;
}

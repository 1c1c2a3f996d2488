/**
 * The fold: a session's stored events in, its numbers, rows and ledger out.
 *
 * Pure: same events, same numbers, in whatever order they arrived, live or replayed. Nothing is counted after the last
 * event. A session too long to hold at once folds in pages of its order, cut anywhere, with the same result.
 */

import type { PlayerEvent } from "../protocol/event.ts";
import { EFFECTS, endState, hasSomethingToClose } from "./effects.ts";
import { RULES, type Rule, type Verdict } from "./ledger.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import { isCloser, isDuplicate, isOpener, orderEvents } from "./order.ts";
import { reportedNumber } from "./reported.ts";
import type { AdBreakRow, AdRow, ChapterRow, ErrorRow, StateRow } from "./rows.ts";
import { newTally, type Tally } from "./tally.ts";
import { endStillRun, spendUntil } from "./time.ts";
import type { TimelineEntry } from "./timeline.ts";
import { SPANS_MAX, type Span, segmentRangeOf, unionOf } from "./watched.ts";

/** The version of the definitions: it changes with every change that can change a number. */
export const DEFINITIONS_VERSION = 1;

/** What the events of a session add up to. */
export interface Numbers {
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
}

/** All that the events of a session say. */
export interface Folded<E extends PlayerEvent = PlayerEvent> extends Numbers {
  /** Every event once, in folded order. */
  readonly timeline: readonly TimelineEntry<E>[];
  /** How many events have each verdict. */
  readonly verdicts: Verdicts;
}

export type Verdicts = Readonly<Record<Verdict, number>>;

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
export function foldSession<E extends PlayerEvent>(events: readonly E[], options: FoldOptions): Folded<E> {
  const [start, ...ordered] = orderEvents(events);
  const timeline: TimelineEntry<E>[] = [];
  const fold = beginFold(start as E, timeline);
  continueFold(fold, ordered, lateArrivals(events));
  return { ...finishFold(fold, options), timeline, verdicts: fold.verdicts };
}

/** A fold under way. */
export interface Fold<E extends PlayerEvent> {
  readonly tally: Tally;
  readonly verdicts: Record<Verdict, number>;
  /** Takes an entry for each event. Without it no event outlives the next one; it may be set and unset on the way. */
  timeline: TimelineEntry<E>[] | undefined;
  /** The event that the next ones may be duplicates of. */
  original: E;
  /** Closers with nothing to close, which wait for what their own `ts` may still open. */
  deferred: { readonly event: E; readonly duplicate: boolean; readonly late: boolean }[];
}

/**
 * Begins a fold with the session's start.
 *
 * @param timeline takes an entry for each event; without one the fold holds no event that is done with
 */
export function beginFold<E extends PlayerEvent>(start: E, timeline?: TimelineEntry<E>[]): Fold<E> {
  const entry = entryOf(start, "in-place");
  const tally = newTally(entry, timeline !== undefined);
  noteQuality(tally, start);
  timeline?.push(entry);
  const verdicts = { counted: 1, reordered: 0, duplicate: 0, ignored: 0 };
  return { tally, verdicts, timeline, original: start, deferred: [] };
}

/**
 * Takes a page of events in.
 *
 * @param page goes on where the page before ended, in the order of {@link orderEvents}
 * @param late those of the page that arrived after an event with a later `ts`
 */
export function continueFold<E extends PlayerEvent>(
  fold: Fold<E>,
  page: readonly E[],
  late: ReadonlySet<E> = new Set(),
): void {
  fold.tally.keepsTimeline = fold.timeline !== undefined;
  for (const event of page) {
    const duplicate = isDuplicate(event, fold.original);
    if (!duplicate) fold.original = event;
    const waiting = fold.deferred[0]?.event;
    if (waiting && !mayStillOpen(event, waiting)) placeDeferred(fold);
    const waits = isCloser(event.type) && !hasSomethingToClose(fold.tally, event.type);
    if (waits) fold.deferred.push({ event, duplicate, late: late.has(event) });
    else place(fold, event, duplicate, late.has(event));
  }
}

function placeDeferred<E extends PlayerEvent>(fold: Fold<E>): void {
  const { deferred } = fold;
  fold.deferred = [];
  for (const { event, duplicate, late } of deferred) place(fold, event, duplicate, late);
}

/** A closer with nothing to close waits for what its own `ts` opens. */
function mayStillOpen(event: PlayerEvent, waiting: PlayerEvent): boolean {
  return event.tsMs === waiting.tsMs && (isCloser(event.type) || isOpener(event.type));
}

/** Ends the fold: whatever is still open ends with the last event. */
export function finishFold<E extends PlayerEvent>(fold: Fold<E>, { closed }: FoldOptions): Numbers {
  placeDeferred(fold);
  const { tally } = fold;
  endStillRun(tally);
  for (const name of [...tally.activeStates.keys()]) endState(tally, name, tally.last.event.tsMs);
  const watched = unionOf(tally.spans);
  const { adBreaks, ads, chapters, errors, playing, spans } = tally;
  return {
    metrics: metricsOf(tally, watched, closed || tally.sessionEnded),
    adBreaks,
    ads,
    chapters,
    states: [...tally.states.values()],
    errors,
    spans: spans.slice(0, SPANS_MAX),
    playing,
    watched: watched.slice(0, SPANS_MAX),
    contentSegment: segmentRangeOf(watched),
  };
}

function place<E extends PlayerEvent>(fold: Fold<E>, event: E, duplicate: boolean, late: boolean): void {
  const { tally, verdicts, timeline } = fold;
  const entry = duplicate ? entryOf(event, "exact-duplicate", tally) : take(tally, event);
  if (late && entry.verdict === "counted") entry.verdict = "reordered";
  verdicts[entry.verdict] += 1;
  timeline?.push(entry);
}

function take<E extends PlayerEvent>(tally: Tally, event: E): TimelineEntry<E> {
  if (tally.sessionEnded && event.tsMs > tally.last.event.tsMs) return entryOf(event, "after-session-end", tally);
  spendUntil(tally, event);
  const rule = EFFECTS[event.type](tally, event);
  noteQuality(tally, event);
  if (tally.contentStarted && event.playheadMs > tally.playheadMsMax) tally.playheadMsMax = event.playheadMs;
  const entry = entryOf(event, rule, tally);
  tally.last = entry;
  return entry;
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

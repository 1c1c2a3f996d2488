/**
 * The fold: a session's stored events in, its numbers, rows and ledger out.
 *
 * Pure: same events with the same arrivals, same numbers, live or replayed. Counting ends with the last event. If a
 * session is too long to hold at once, it folds in pages of its course, cut anywhere, with the same result.
 */

import { assert } from "../base/assert.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { flag } from "../protocol/flags.ts";
import { instantOf, type TsUnit, tsUnitOf } from "../protocol/ts-unit.ts";
import { beginBuffer, endBuffers, settleWaiting } from "./buffers.ts";
import { type ArrivalColumns, bodiesOf, columnsOf, inArrivalOrder, type MaybeArrived } from "./columns.ts";
import { contentOf, lengthFlagsOf } from "./content.ts";
import { type Course, layCourse } from "./course.ts";
import { DEFAULT_DEFINITIONS, type Definitions } from "./definitions.ts";
import { EFFECTS, endState } from "./effects.ts";
import { type MendingRule, RULES, type Rule, type Verdict } from "./ledger.ts";
import { addFlag, addFlagOnce, type Mending, mendAt, noteMending } from "./mend.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import { advancePlain, partByTick } from "./plain.ts";
import { noteQuality } from "./quality.ts";
import type { AdBreakRow, AdRow, ChapterRow, ErrorRow, StateRow } from "./rows.ts";
import { isContentPlaying, noteTurn } from "./seeking.ts";
import { newTally, type Tally } from "./tally.ts";
import { endStillRun, spendUntil } from "./time.ts";
import type { TimelineEntry } from "./timeline.ts";
import { type Playing, SPANS_MAX, type Span, segmentRangeOf, unionOf } from "./watched.ts";
import { settleLone, spansOf } from "./watching.ts";
import { Witness } from "./witness.ts";

/** What the events of a session add up to. */
export interface Numbers {
  readonly metrics: Metrics;
  /** The metrics without any mending; present where a rule mended something. */
  readonly unmended?: Metrics;
  /** How often each rule mended something; present where one did. */
  readonly mended?: Readonly<Partial<Record<MendingRule, number>>>;
  readonly adBreaks: readonly AdBreakRow[];
  readonly ads: readonly AdRow[];
  readonly chapters: readonly ChapterRow[];
  readonly states: readonly StateRow[];
  readonly errors: readonly ErrorRow[];
  /** The watched parts in the order of watching; a part watched twice appears twice. */
  readonly spans: readonly Span[];
  /** When content or an ad played, by the player's clock: sorted, with a gap between any two of a kind. */
  readonly playing: readonly Playing[];
  /** The union of the watched parts, sorted. */
  readonly watched: readonly Span[];
  readonly contentSegment: string | null;
}

/** Everything that a session's events add up to. */
export interface Folded<E extends PlayerEvent = PlayerEvent> extends Numbers {
  /** Every event once, in folded order. */
  readonly timeline: readonly TimelineEntry<E>[];
  /** How many events have each verdict. */
  readonly verdicts: Verdicts;
}

export type Verdicts = Readonly<Record<Verdict, number>>;

export interface FoldOptions {
  /** Whether the session is over: one that may go on has no drops yet. */
  readonly closed: boolean;
  /** Whether an open session has been silent for a minute: an event that would follow then counts as missing. */
  readonly isSilent?: boolean;
  /** Whether the events arrived at once, so that arrivals say nothing about the player's clock. */
  readonly isArray?: boolean;
  readonly definitions?: Definitions;
  /** False for the numbers without any mending. */
  readonly mends?: boolean;
}

/**
 * Folds a session.
 *
 * @param stored in the store's order, the `sessionStart` first
 */
export function foldSession<E extends PlayerEvent>(stored: readonly E[], options: FoldOptions): Folded<E> {
  const [start] = stored as readonly [E & MaybeArrived];
  assert(start, "a session has at least its start");
  const { isArray = start.receivedAtMs === undefined } = options;
  const events = isArray ? stored : inArrivalOrder(stored);
  const unit = unitOf(start);
  const columns = inMilliseconds(columnsOf(events, isArray), unit);
  const course = courseOf(start, columns, bodiesOf(events), options);
  const timeline: TimelineEntry<E>[] = [];
  const fold = beginFold(start, course, { ...options, isArray, timeline });
  const { order } = course;
  for (let at = 1; at < events.length; at += 1) foldNext(fold, events[order ? (order[at] as number) : at] as E);
  const numbers = finishFold(fold);
  const { verdicts } = fold;
  if (fold.tally.mendings === 0) return { ...numbers, timeline, verdicts };
  const unmended = foldSession(events, { ...options, mends: false }).metrics;
  return { ...numbers, unmended, timeline, verdicts };
}

/** The unit of a session's `ts`, for sessions stored before ingest recorded it. */
export function unitOf({ tsMs, receivedAtMs }: MaybeArrived): TsUnit {
  return receivedAtMs === undefined ? "milliseconds" : tsUnitOf(tsMs, receivedAtMs);
}

/** Converts the columns so that every `ts` is in milliseconds. */
export function inMilliseconds(columns: ArrivalColumns, unit: TsUnit): ArrivalColumns {
  if (unit === "milliseconds") return columns;
  return { ...columns, tsMs: columns.tsMs.map((ts) => instantOf(ts, unit)) };
}

/** Lays a session's course by the definitions that it folds by. */
export function courseOf(
  start: PlayerEvent,
  columns: ArrivalColumns,
  bodies: Parameters<typeof layCourse>[1],
  { definitions = DEFAULT_DEFINITIONS, mends = true }: Pick<FoldOptions, "definitions" | "mends">,
): Course {
  const { isLive } = contentOf(start);
  return layCourse(columns, bodies, { mends, isLive, isOff: (rule) => definitions.mendingOff.has(rule) });
}

/** The instants that a session's clock gives its events, before ticks are put in order; by arrival. */
export function clockOf(
  start: PlayerEvent,
  columns: ArrivalColumns,
  bodies: Parameters<typeof layCourse>[1],
  { definitions = DEFAULT_DEFINITIONS, ...options }: Pick<FoldOptions, "definitions" | "mends">,
): Float64Array {
  const mendingOff = new Set(definitions.mendingOff).add("same-tick");
  return courseOf(start, columns, bodies, { ...options, definitions: { ...definitions, mendingOff } }).atMs;
}

/** Players complete content once; a session of nothing else must not be held as a whole. */
export const EARLY_MAX = 1000;

/** A fold under way. */
export interface RunningFold<E extends PlayerEvent> {
  readonly tally: Tally;
  readonly verdicts: Record<Verdict, number>;
  /** Collects an entry for each event. Without it no event outlives the next; it may be set and unset on the way. */
  timeline: TimelineEntry<E>[] | undefined;
  readonly course: Course;
  readonly mending: Mending;
  readonly definitions: Definitions;
  readonly isClosed: boolean;
  /** The index of the next event in the course, and of the last one among the moments. */
  next: number;
  place: number;
  /** Completions ahead of the content start, at most {@link EARLY_MAX}. */
  readonly early: TimelineEntry<E>[];
  /** The last ids that clients gave events, each with the type and the `ts` under which it came. */
  readonly known: Map<string, Pick<PlayerEvent, "type" | "tsMs">>;
}

interface BeginOptions<E extends PlayerEvent> extends FoldOptions {
  /** Collects an entry for each event; without it the fold holds no finished event. */
  readonly timeline?: TimelineEntry<E>[] | undefined;
}

/** Begins a fold with the session's start. */
export function beginFold<E extends PlayerEvent>(start: E, course: Course, options: BeginOptions<E>): RunningFold<E> {
  const { closed, isSilent = false, definitions = DEFAULT_DEFINITIONS, mends = true, timeline } = options;
  const entry = entryOf(start, course.atMs[0] as number, "in-place");
  const tally = newTally(entry, contentOf(start), timeline !== undefined);
  const witness = new Witness(course.moments, { isClosed: closed, isOver: closed || isSilent });
  const isOff = (rule: MendingRule) => definitions.mendingOff.has(rule);
  const unit = unitOf(start);
  const fold: RunningFold<E> = {
    tally,
    verdicts: { counted: 1, reordered: 0, duplicate: 0, ignored: 0 },
    timeline,
    course,
    mending: { tally, witness, mends, isOff, isArray: options.isArray ?? false },
    definitions,
    isClosed: closed,
    next: 1,
    place: 0,
    early: [],
    known: new Map(),
  };
  if (unit !== "milliseconds") addFlag(entry, flag(unit === "seconds" ? "ts-in-seconds" : "ts-in-microseconds"));
  flagLength(entry);
  noteQuality(tally, entry, definitions.bitrateUnit);
  timeline?.push(entry);
  return fold;
}

/**
 * Takes a page of events in.
 *
 * @param page begins where the previous page ended, in the order of the course
 */
export function continueFold<E extends PlayerEvent>(fold: RunningFold<E>, page: readonly E[]): void {
  fold.tally.keepsTimeline = fold.timeline !== undefined;
  for (const event of page) foldNext(fold, event);
}

function foldNext<E extends PlayerEvent>(fold: RunningFold<E>, event: E): void {
  const { course, tally } = fold;
  const index = course.order ? (course.order[fold.next] as number) : fold.next;
  fold.next += 1;
  if (course.duplicate?.[index] === 1) {
    put(fold, entryOf(event, course.atMs[index] as number, "exact-duplicate", tally), index);
  } else place(fold, event, index);
}

/** Ends the fold: whatever is still open ends with the last event. */
export function finishFold<E extends PlayerEvent>(fold: RunningFold<E>): Numbers {
  const { tally } = fold;
  const closed = fold.isClosed || tally.sessionEnded;
  if (closed && tally.ad) tally.ad.abandoned = true;
  endStillRun(tally);
  for (const name of [...tally.activeStates.keys()]) endState(tally, name, tally.last.atMs);
  const spans = tally.loneFast ? spansOf(tally) : tally.spans;
  const watched = unionOf(spans);
  const bufferedBy = endBuffers(tally.buffers, settleLone(tally));
  const { adBreaks, ads, chapters, errors, playing, mended } = tally;
  decideEarly(fold);
  return {
    metrics: metricsOf(tally, { watched, closed, bufferedBy }),
    ...(mended.size > 0 && { mended: Object.fromEntries(mended) }),
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

function place<E extends PlayerEvent>(fold: RunningFold<E>, event: E, index: number): void {
  const atMs = fold.course.atMs[index] as number;
  const { tally } = fold;
  const isBehind = tally.sessionEnded && atMs > tally.last.atMs;
  const id = noteId(fold.known, event);
  if (id === "repeated") {
    // The course, which knows no ids, has a moment for it.
    if (!isBehind) fold.place += 1;
    put(fold, entryOf(event, atMs, "exact-duplicate", tally), index);
    return;
  }
  const entry = isBehind ? entryOf(event, atMs, "after-session-end", tally) : take(fold, event, atMs);
  const { mendings } = fold.course;
  if (id === "reused") addFlag(entry, flag("id-reused"));
  for (const { rule } of (!isBehind && mendings.get(index)) || []) {
    if (noteMending(fold.mending, entry, rule) && rule === "same-tick") partByTick(tally, event.type);
  }
  put(fold, entry, index);
}

/** A client repeats an event soon, if ever. */
const IDS_MAX = 10_000;

/**
 * Notes the id that its client gave an event. Under one id a client repeats one event, of which the time may be another
 * one only where the event itself doesn't say it.
 */
function noteId(known: RunningFold<PlayerEvent>["known"], { requestId, type, tsMs, flags }: PlayerEvent) {
  if (requestId === undefined) return "new";
  const before = known.get(requestId);
  if (before?.type === type && (before.tsMs === tsMs || flags.includes("timestamp-missing"))) return "repeated";
  if (before) return "reused";
  if (known.size >= IDS_MAX) known.delete(known.keys().next().value as string);
  known.set(requestId, { type, tsMs });
  return "new";
}

function put<E extends PlayerEvent>(
  { course, verdicts, timeline }: RunningFold<E>,
  entry: TimelineEntry<E>,
  index: number,
) {
  if (entry.verdict === "counted" && course.late?.[index] === 1) entry.verdict = "reordered";
  verdicts[entry.verdict] += 1;
  timeline?.push(entry);
}

function take<E extends PlayerEvent>(fold: RunningFold<E>, event: E, atMs: number): TimelineEntry<E> {
  const { tally, mending } = fold;
  spendUntil(mending, fold.place, atMs, event.playheadMs);
  if (fold.place === 0 && atMs < tally.beganMs) tally.beganMs = atMs;
  if (event.playheadMs !== tally.last.event.playheadMs) tally.isStale = false;
  fold.place += 1;
  const wasStarted = tally.contentStarted;
  const rule = EFFECTS[event.type](tally, event, atMs);
  const hasStopped = tally.seeking.isPlaying && tally.main !== "playing";
  const entry = entryOf(event, atMs, rule);
  if (event.type === "sessionComplete" && !wasStarted) noteEarly(fold, entry);
  if (tally.plain) advancePlain(tally.plain, event.type);
  if (mending.mends && (tally.adBreak || tally.main !== "playing")) mendAt(mending, fold.place, entry, event);
  if (isContentPlaying(tally) !== tally.seeking.isPlaying) noteTurn(tally, event.playheadMs, atMs);
  // A rule lets content play again at once: it stopped for no time, but what it waited for before is over.
  else if (hasStopped) settleWaiting(tally.buffers);
  if (event.type === "bufferStart" && rule === "in-place" && wasStarted) beginBuffer(tally, atMs);
  flagLength(entry);
  noteQuality(tally, entry, fold.definitions.bitrateUnit, wasStarted);
  notePlayhead(tally, entry);
  entry.stateAfter = tally.main;
  entry.breakStateAfter = tally.adBreak ? tally.inBreak : null;
  tally.last = entry;
  return entry;
}

/** Flags an odd length of content, an ad or a chapter. */
function flagLength(entry: TimelineEntry): void {
  const { event } = entry;
  for (const each of lengthFlagsOf(event)) if (!event.flags.includes(each)) addFlag(entry, flag(each));
}

/** Notes a completion ahead of the content start: without one it counts for nothing. */
function noteEarly({ early }: RunningFold<PlayerEvent>, entry: TimelineEntry): void {
  if (early.length < EARLY_MAX) early.push(entry);
  else ignoreEarly(entry);
}

function ignoreEarly(entry: TimelineEntry): void {
  entry.rule = "complete-without-start";
  entry.verdict = RULES[entry.rule].verdict;
}

/** Decides on completions that no content start followed. */
function decideEarly({ tally, early, verdicts }: RunningFold<PlayerEvent>): void {
  for (const entry of tally.contentStarted ? [] : early) {
    verdicts[entry.verdict] -= 1;
    ignoreEarly(entry);
    verdicts[entry.verdict] += 1;
  }
  early.length = 0;
}

function notePlayhead(tally: Tally, entry: TimelineEntry): void {
  const { playheadMs } = entry.event;
  if (playheadMs <= tally.playheadMsMax) return;
  if (playheadMs > tally.content.beyondMs) addFlagOnce(tally, entry, "playhead-beyond-length");
  if (tally.contentStarted) tally.playheadMsMax = playheadMs;
}

function entryOf<E extends PlayerEvent>(event: E, atMs: number, rule: Rule, tally?: Tally): TimelineEntry<E> {
  return {
    event,
    atMs,
    verdict: RULES[rule].verdict,
    rule,
    flags: undefined,
    stateAfter: tally?.main ?? "starting",
    breakStateAfter: tally?.adBreak ? tally.inBreak : null,
    intervalMs: 0,
    intervalKind: "nothing",
    otherParts: undefined,
    mendedMs: 0,
    isFast: false,
    watchedMs: 0,
    seeksMs: undefined,
  };
}

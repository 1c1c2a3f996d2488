/** What playback is made of beside its states: jumps of the playhead, buffers and their causes, errors that end it. */

import { SECOND_MS, secondsOf } from "../../../base/units.ts";
import { SEEK_BUFFER_MS } from "../../../sessions/buffers.ts";
import { contentOf } from "../../../sessions/content.ts";
import { hadEffect, type MendingRule, mendingsIn } from "../../../sessions/ledger.ts";
import type { MadeOf, Unit } from "../../../sessions/metrics/definition.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { adsIn } from "./ad-parts.ts";
import {
  type CountedPart,
  counted,
  type Evidence,
  type Interval,
  inEvents,
  intervalsOf,
  isContentPlaying,
  isOutsideBreaks,
  msOf,
  msOfSeconds,
  type SessionCourse,
  type TakenEvent,
} from "./course.ts";
import { takingPart } from "./periods.ts";

interface Buffered {
  /** The index of its `bufferStart`. */
  readonly at: number;
  readonly intervals: Interval[];
  isOfSeek: boolean;
}

/** The first fast interval was watched if the session has no other, or else it is a seek. */
export function withFastSettled(events: readonly LedgerEvent[]): LedgerEvent[] {
  const taking = takingPart(events).map(({ event }) => event);
  const fast = taking.filter(({ interval }) => interval.fast);
  const [first] = fast;
  const next = first && taking[taking.indexOf(first) + 1];
  if (!first || !next || first.interval.watched !== undefined || first.interval.seeks) return [...events];
  const advance = Math.round((next.playhead - first.playhead) * SECOND_MS) / SECOND_MS;
  const settled = fast.length > 1 ? { seeks: [advance] } : { watched: advance };
  return events.map((event) => (event === first ? { ...event, interval: { ...event.interval, ...settled } } : event));
}

/** The time behind an event as a whole, with how far the playhead went. */
function wholeOf(taking: TakenEvent, playhead: number): CountedPart {
  const parts = intervalsOf(taking);
  return { at: taking.at, fromMs: taking.event.ts, toMs: parts.at(-1)?.toMs ?? taking.event.ts, playhead };
}

/** The time in which the playhead jumped, once for each jump. */
function jumpsOf(taking: readonly TakenEvent[]): CountedPart[] {
  return taking.flatMap((each) => (each.event.interval.seeks ?? []).map((playhead) => wholeOf(each, playhead)));
}

/** A walk over buffers: those that are open, and what is known of seeks. */
interface Walk {
  main?: Buffered;
  inBreak?: Buffered;
  /** Those of the stop that goes on, or was the last one: a jump that is still to come may be their seek. */
  waiting: Buffered[];
  /** The instant of the latest seek. */
  seekMs: number;
}

/** The buffers from the content start on. Those of a stop are a seek's, if the playhead jumps where it ends. */
function buffersOf({ taking, contentStartAt }: SessionCourse): Buffered[] {
  const buffers: Buffered[] = [];
  const walk: Walk = { waiting: [], seekMs: Number.NEGATIVE_INFINITY };
  for (const [i, { event, at }] of taking.entries()) {
    const before = taking[i - 1];
    if (before) goOn(walk, before, event);
    if (event.type !== "bufferStart" || !hadEffect(event.rule) || at <= contentStartAt) continue;
    const buffer = { at, intervals: [], isOfSeek: event.ts - walk.seekMs <= SEEK_BUFFER_MS };
    buffers.push(buffer);
    if (isOutsideBreaks(event)) walk.waiting.push(buffer);
    walk[isOutsideBreaks(event) ? "main" : "inBreak"] = buffer;
  }
  return buffers;
}

/** Takes the time between two events into account. */
function goOn(walk: Walk, before: TakenEvent, event: LedgerEvent): void {
  addTime(walk, before);
  if (before.event.interval.seeks) {
    walk.seekMs = event.ts;
    for (const buffer of walk.waiting) buffer.isOfSeek = true;
  }
  if (hasMoved(before, event) || (isContentPlaying(before.event) && !isContentPlaying(event))) walk.waiting = [];
}

function addTime(open: Walk, before: TakenEvent): void {
  for (const [place, interval] of intervalsOf(before).entries()) {
    if (interval.countedAs !== "buffer" || interval.toMs === interval.fromMs) continue;
    // What follows another part in one interval is behind the end of a break.
    const level = place > 0 || isOutsideBreaks(before.event) ? "main" : "inBreak";
    open[level]?.intervals.push(interval);
  }
}

/** Whether content played up to an event at another playhead. */
function hasMoved(before: TakenEvent, { playhead }: LedgerEvent): boolean {
  return before.event.playhead !== playhead && intervalsOf(before).some(({ countedAs }) => countedAs === "content");
}

/** The rules that end a break in the time after an event, once its ad is over. */
const BREAK_RULES: ReadonlySet<MendingRule> = new Set(["break-never-completed", "break-over-by-playhead"]);

/** The parts of the time after an event in which no break was open. */
function outsideBreaks(each: TakenEvent): Interval[] {
  if (isOutsideBreaks(each.event)) return intervalsOf(each);
  return mendingsIn(each.event.flags).some((rule) => BREAK_RULES.has(rule)) ? intervalsOf(each).slice(1) : [];
}

/** The latest error since the content start. */
export function lastErrorOf({ taking, contentStartAt }: SessionCourse): number | undefined {
  return taking.findLast(({ event, at }) => event.type === "error" && hadEffect(event.rule) && at > contentStartAt)?.at;
}

/** How long something played behind an event. A standing playhead plays only in live content. */
export function playedBehind({ taking, session }: SessionCourse, from: number): number {
  const { isLive } = contentOf(session);
  let playedMs = 0;
  for (const [i, each] of taking.entries()) {
    const next = taking[i + 1];
    if (each.at < from || !next) continue;
    const stepMs = isLive ? Infinity : Math.abs(msOfSeconds(next.event.playhead) - msOfSeconds(each.event.playhead));
    for (const { countedAs, fromMs, toMs } of intervalsOf(each)) {
      if (countedAs === "ad") playedMs += toMs - fromMs;
      if (countedAs === "content") playedMs += Math.min(toMs - fromMs, stepMs);
    }
  }
  return playedMs;
}

/** Jumps, each with its length. */
export function jumped({ taking }: SessionCourse, which: NonNullable<MadeOf["jumps"]>, unit: Unit): Partial<Evidence> {
  const jumps = jumpsOf(taking).filter(({ playhead = 0 }) => {
    return which === "all" || (which === "forward" ? playhead > 0 : playhead < 0);
  });
  if (unit !== "s") return counted({ events: [], intervals: jumps }, unit);
  return {
    intervals: jumps,
    sum: secondsOf(jumps.reduce((ms, { playhead = 0 }) => ms + Math.abs(msOfSeconds(playhead)), 0)),
  };
}

export function buffered(facts: SessionCourse, which: NonNullable<MadeOf["buffers"]>): Partial<Evidence> {
  const buffers = buffersOf(facts);
  const ofSeeks = which === "of seeks";
  const asked = buffers.filter(({ isOfSeek }) => isOfSeek === ofSeeks);
  if (which !== "longest") return inEvents(asked.map(({ at }) => at));
  const longest = asked.reduce<Buffered | undefined>(
    (best, each) => (best && msOf(best.intervals) >= msOf(each.intervals) ? best : each),
    undefined,
  );
  const intervals = longest?.intervals ?? [];
  return { intervals, sum: secondsOf(msOf(intervals)) };
}

/** All time up to there. */
export function untilThen(facts: SessionCourse, what: NonNullable<MadeOf["until"]>): Partial<Evidence> {
  const { taking, contentStartAt } = facts;
  const isStart = what === "content start";
  const endAt = isStart ? contentStartAt : (adsIn(facts)[0] ?? Infinity);
  if (!Number.isFinite(endAt)) return {};
  const before = taking.filter(({ at }) => at < endAt);
  const parts = isStart ? before.flatMap(outsideBreaks) : before.flatMap(intervalsOf);
  const intervals = parts.filter(({ fromMs, toMs }) => toMs > fromMs);
  return { intervals, sum: secondsOf(msOf(intervals)) };
}

/** What a stale playhead hid before a jump took as long as it is: the end of the time in which the jump was seen. */
export function asWatched(events: readonly LedgerEvent[], interval: CountedPart): CountedPart {
  const { seeks, watched = 0 } = events[interval.at]?.interval ?? {};
  return seeks ? { ...interval, fromMs: interval.toMs - msOfSeconds(watched) } : interval;
}

/** Parts of time, each with how far the playhead came in it. */
export function advanced({ taking }: SessionCourse): Partial<Evidence> {
  const intervals = taking
    .filter(({ event }) => event.interval.watched !== undefined)
    .map((each) => wholeOf(each, each.event.interval.watched ?? 0));
  return { intervals, sum: secondsOf(intervals.reduce((ms, { playhead = 0 }) => ms + msOfSeconds(playhead), 0)) };
}

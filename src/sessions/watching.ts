/**
 * Which part of the content an interval watched, by the playheads of its two events.
 *
 * @see docs/metrics.md, "What was watched"
 */

import { DAY_MS } from "../base/units.ts";
import { markWaiting } from "./buffers.ts";
import { noteMilliseconds } from "./quality.ts";
import { countSeek, noteSeek } from "./seeking.ts";
import type { Tally } from "./tally.ts";
import { addSpan, isWatched, SLACK_MS, type Span } from "./watched.ts";
import type { Witness } from "./witness.ts";

/** The fastest that a viewer plays. */
const FAST_SPEED_MAX = 4;
/** The fastest that is believed without another interval that bears it out. */
const LONE_SPEED_MAX = 2;
const ALIKE = 0.25;
const BETWEEN = 0.1;
const BETWEEN_SPEED_MIN = 0.4;

/** An interval in which main content played. */
interface Played {
  /** The place of the event at its beginning. */
  readonly place: number;
  /** The playhead at its end. */
  readonly toMs: number;
  readonly ms: number;
  /** How much of it counts. */
  readonly countedMs: number;
  /** The instant at its end. */
  readonly atMs: number;
  /** Whether it is as long as the content, and short enough to be one round of it. */
  readonly isLoop: boolean;
}

/** Adds what was watched of the content in an interval in which it played. */
export function watch(tally: Tally, witness: Witness, played: Played): void {
  const { toMs, ms, isLoop } = played;
  const { content } = tally;
  const fromMs = tally.last.event.playheadMs;
  if (isLoop && toMs <= fromMs) addWatched(tally, played.countedMs, 0, content.lengthMs as number);
  else if (isWatched(fromMs, toMs, ms)) addWatched(tally, played.countedMs, fromMs, toMs);
  else if (toMs > fromMs || toMs < fromMs - SLACK_MS) watchJump(tally, witness, { ...played, fromMs });
}

interface Jump extends Played {
  readonly fromMs: number;
}

/** Adds what was watched in an interval in which the playhead went back, or on faster than time. */
function watchJump(tally: Tally, witness: Witness, jump: Jump): void {
  const { fromMs, toMs, ms, atMs } = jump;
  const { content, isStale } = tally;
  const stepMs = toMs - fromMs;
  if (content.isLive && isWatched(fromMs, toMs + DAY_MS, ms)) {
    watchOverMidnight(tally, jump);
    return;
  }
  if (isFast(stepMs, ms)) {
    watchFast(tally, witness, jump);
    return;
  }
  noteMilliseconds(tally, stepMs, ms);
  noteSeek(tally, stepMs, atMs);
  if (isStale) watchBefore(tally, jump);
}

/** Some players count beyond the day's last second before they begin again. */
function watchOverMidnight(tally: Tally, { fromMs, toMs, countedMs }: Jump): void {
  const isBefore = fromMs < DAY_MS;
  if (isBefore) addWatched(tally, countedMs, fromMs, DAY_MS);
  if (toMs > 0) addWatched(tally, isBefore ? 0 : countedMs, Math.max(0, fromMs - DAY_MS), toMs);
}

function isFast(stepMs: number, ms: number): boolean {
  return stepMs > 0 && stepMs <= FAST_SPEED_MAX * ms + SLACK_MS;
}

/** The playhead is sampled: for a moment after a seek it still is the old one. What it can't show took its length. */
function watchBefore(tally: Tally, { toMs, ms }: Jump): void {
  const fromMs = Math.max(0, toMs - ms);
  if (toMs > fromMs) addWatched(tally, toMs - fromMs, fromMs, toMs);
}

function addWatched(tally: Tally, tookMs: number, fromMs: number, toMs: number): void {
  addSpan(tally.spans, fromMs, toMs);
  tally.watchedMs += toMs - fromMs;
  tally.watchingMs += tookMs;
  tally.last.watchedMs += toMs - fromMs;
}

/** A viewer who plays fast does so for a while; a button that skips does it once. */
function watchFast(tally: Tally, witness: Witness, jump: Jump): void {
  const { place, fromMs, toMs, ms, atMs } = jump;
  const { isStale } = tally;
  tally.fastIntervals += 1;
  tally.last.isFast = true;
  const speed = (toMs - fromMs) / ms;
  const before = witness.speedBeside(place, fromMs, -1);
  const behind = witness.speedBeside(place + 1, toMs, 1);
  if (isAlike(speed, before) || isAlike(speed, behind) || isBetween(speed, before, behind)) {
    addWatched(tally, jump.countedMs, fromMs, toMs);
  } else if (isStale) {
    noteSeek(tally, toMs - fromMs, atMs);
    watchBefore(tally, jump);
  } else if (tally.fastIntervals === 1 && toMs - fromMs <= LONE_SPEED_MAX * ms + SLACK_MS) noteLone(tally, jump);
  else noteSeek(tally, toMs - fromMs, atMs);
}

/** Keeps the first fast interval: it is a seek if the session has another, which the end knows. */
function noteLone(tally: Tally, { fromMs, toMs, countedMs, atMs }: Jump): void {
  const { spans, buffers } = tally;
  tally.loneFast = { span: [fromMs, toMs], at: spans.length, ms: countedMs, atMs };
  // What follows begins a span of its own, so that this one may still go before it.
  spans.push([toMs, toMs]);
  markWaiting(buffers, "lone");
}

/** Decides what the one fast interval was. @returns whether it was watched */
export function settleLone(tally: Tally): boolean {
  const { loneFast, fastIntervals } = tally;
  if (!loneFast) return false;
  const { span, ms } = loneFast;
  const stepMs = span[1] - span[0];
  if (fastIntervals > 1) {
    countSeek(tally, stepMs);
    return false;
  }
  tally.watchedMs += stepMs;
  tally.watchingMs += ms;
  return true;
}

function isAlike(speed: number, other: number | undefined): boolean {
  return other !== undefined && Math.abs(other - speed) <= ALIKE * speed;
}

function isBetween(speed: number, before: number | undefined, behind: number | undefined): boolean {
  if (before === undefined || behind === undefined) return false;
  const [slow, fast] = before < behind ? [before, behind] : [behind, before];
  if (slow <= BETWEEN_SPEED_MIN || fast > FAST_SPEED_MAX) return false;
  return speed >= slow * (1 - BETWEEN) && speed <= fast * (1 + BETWEEN);
}

/** The watched parts in the order of watching, with the one fast interval if the session has no other. */
export function spansOf({ spans, fastIntervals, loneFast }: Tally): Span[] {
  const kept: Span[] = [];
  for (const [at, [fromMs, toMs]] of spans.entries()) {
    if (loneFast?.at === at && fastIntervals === 1) addSpan(kept, ...loneFast.span);
    if (toMs > fromMs) addSpan(kept, fromMs, toMs);
  }
  return kept;
}

/**
 * Seeks: the playhead jumps while content plays, or content goes on elsewhere than where it stopped.
 *
 * @see docs/metrics.md, "Seeks and buffers"
 */

import { DAY_MS } from "../base/units.ts";
import { markWaiting, settleWaiting } from "./buffers.ts";
import type { Tally } from "./tally.ts";
import { isWatched, SLACK_MS } from "./watched.ts";

interface SeekPlace {
  readonly playheadMs: number;
  readonly atMs: number;
}

interface Stop extends SeekPlace {
  /** How many ad breaks had ended by then. */
  readonly breaks: number;
}

export interface Seeking {
  count: number;
  forwardMs: number;
  backMs: number;
  isPlaying: boolean;
  /** Where content stopped playing; undefined while it plays, before its start and behind its end. */
  stop: Stop | undefined;
  /** The instant at which the last sure seek was over. */
  lastAtMs: number;
}

export function newSeeking(): Seeking {
  return { count: 0, forwardMs: 0, backMs: 0, isPlaying: false, stop: undefined, lastAtMs: Number.NEGATIVE_INFINITY };
}

export function isContentPlaying({ main, adBreak }: Tally): boolean {
  return main === "playing" && adBreak === undefined;
}

/** Notes that content stopped or went on, if it did. */
export function noteTurn(tally: Tally, playheadMs: number, atMs: number): void {
  const { seeking, main, content } = tally;
  const isPlaying = isContentPlaying(tally);
  if (isPlaying === seeking.isPlaying) return;
  seeking.isPlaying = isPlaying;
  if (!isPlaying) {
    settleWaiting(tally.buffers);
    seeking.stop = main === "ended" ? undefined : { playheadMs, atMs, breaks: breaksBehind(tally) };
    return;
  }
  const { stop } = seeking;
  seeking.stop = undefined;
  if (!stop || isNear(stop, playheadMs)) return;
  const runsOn = content.isLive || breaksBehind(tally) > stop.breaks;
  if (runsOn && isFurtherOn(stop, { playheadMs, atMs })) return;
  noteSeek(tally, playheadMs - stop.playheadMs, atMs);
}

function breaksBehind({ counts, adBreak }: Tally): number {
  return counts.adBreaks - (adBreak ? 1 : 0);
}

function isNear(stop: Stop, playheadMs: number): boolean {
  return Math.abs(playheadMs - stop.playheadMs) <= SLACK_MS;
}

/** Whether the playhead ran on with time, as that of live content does, and that of a stream with its ads in it. */
function isFurtherOn(from: SeekPlace, to: SeekPlace): boolean {
  const ms = to.atMs - from.atMs;
  return [0, DAY_MS].some((wrapMs) => isWatched(from.playheadMs, to.playheadMs + wrapMs, ms));
}

/** Notes a seek that is over at an instant, in the time behind the last event. */
export function noteSeek(tally: Tally, stepMs: number, atMs: number): void {
  countSeek(tally, stepMs);
  const { last } = tally;
  last.seeksMs ??= [];
  last.seeksMs.push(stepMs);
  tally.seeking.lastAtMs = atMs;
  markWaiting(tally.buffers, "seek");
}

export function countSeek({ seeking }: Tally, stepMs: number): void {
  seeking.count += 1;
  if (stepMs > 0) seeking.forwardMs += stepMs;
  else seeking.backMs -= stepMs;
}

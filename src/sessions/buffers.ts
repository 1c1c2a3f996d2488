/**
 * Buffers from the content start on, by what they come from: a seek, or playback that ran dry.
 *
 * Players often report a seek only once content plays again, so the buffers of a stop wait until the playhead moves.
 *
 * @see docs/metrics.md, "Seeks and buffers"
 */

import { SECOND_MS } from "../base/units.ts";
import type { Tally } from "./tally.ts";

/** A buffer that begins no later than this behind a seek comes from it. */
export const SEEK_BUFFER_MS = 2 * SECOND_MS;

/** `lone`: from a fast interval that is a seek unless the session has no other. */
type Cause = "playback" | "seek" | "lone";

interface Buffer {
  cause: Cause;
  ms: number;
  /** Whether a jump that is still to come may be its seek. */
  isWaiting: boolean;
}

interface Sum {
  count: number;
  longestMs: number;
}

type Sums = Readonly<Record<Cause, Sum>>;

export interface Buffers {
  /** The latest buffer of main content, and that inside an ad break. */
  main: Buffer | undefined;
  inBreak: Buffer | undefined;
  readonly sure: Sums;
  /** Buffers of the current stop, or of the last one. */
  readonly waiting: Sums;
  hasWaiting: boolean;
}

export function newBuffers(): Buffers {
  return { main: undefined, inBreak: undefined, sure: newSums(), waiting: newSums(), hasWaiting: false };
}

function newSums(): Sums {
  const newSum = () => ({ count: 0, longestMs: 0 });
  return { playback: newSum(), seek: newSum(), lone: newSum() };
}

/** Begins a buffer behind the content start. */
export function beginBuffer({ buffers, seeking, loneFast, adBreak }: Tally, atMs: number): void {
  let cause: Cause = "playback";
  if (atMs - seeking.lastAtMs <= SEEK_BUFFER_MS) cause = "seek";
  else if (loneFast && atMs - loneFast.atMs <= SEEK_BUFFER_MS) cause = "lone";
  const level = adBreak ? "inBreak" : "main";
  finish(buffers, buffers[level]);
  buffers[level] = { cause, ms: 0, isWaiting: !adBreak };
  if (!adBreak) buffers.hasWaiting = true;
}

/** Adds time to the buffer that goes on. */
export function prolongBuffer({ buffers, adBreak }: Tally, ms: number): void {
  const buffer = adBreak ? buffers.inBreak : buffers.main;
  if (buffer) buffer.ms += ms;
}

function finish({ sure, waiting }: Buffers, buffer: Buffer | undefined): void {
  if (buffer) add((buffer.isWaiting ? waiting : sure)[buffer.cause], { count: 1, longestMs: buffer.ms });
}

/** The buffers of the stop come from the seek that ends it. */
export function markWaiting(buffers: Buffers, cause: Exclude<Cause, "playback">): void {
  const { main, waiting } = buffers;
  if (main?.isWaiting && main.cause !== "seek") main.cause = cause;
  move(waiting.playback, waiting[cause]);
  if (cause === "seek") move(waiting.lone, waiting.seek);
}

/** No jump that is still to come is the seek of a buffer that there was. */
export function settleWaiting(buffers: Buffers): void {
  if (!buffers.hasWaiting) return;
  buffers.hasWaiting = false;
  finish(buffers, buffers.main);
  buffers.main = undefined;
  const { waiting, sure } = buffers;
  for (const cause of ["playback", "seek", "lone"] as const) move(waiting[cause], sure[cause]);
}

/** All buffers by what they come from. @param isLoneWatched whether the fast interval is no seek */
export function endBuffers(buffers: Buffers, isLoneWatched: boolean): Record<"playback" | "seek", Sum> {
  settleWaiting(buffers);
  finish(buffers, buffers.inBreak);
  const { playback, seek, lone } = buffers.sure;
  move(lone, isLoneWatched ? playback : seek);
  return { playback, seek };
}

function move(from: Sum, to: Sum): void {
  add(to, from);
  from.count = 0;
  from.longestMs = 0;
}

function add(to: Sum, { count, longestMs }: Sum): void {
  to.count += count;
  to.longestMs = Math.max(to.longestMs, longestMs);
}

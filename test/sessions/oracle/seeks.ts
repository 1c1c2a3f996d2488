/** §9: seeks, the buffers that they explain, and how fast content was watched. */

import type { Buffer, Course, Part } from "./course.ts";
import type { Placed, Title } from "./told.ts";
import { isNormal, isWrap, lengthOf, type Seen } from "./watched.ts";

const SEEK_MS = 1000;
/** A buffer that begins within as long of a seek is the seek's. */
const OF_SEEK_MS = 2000;
const STOPS: ReadonlySet<string> = new Set(["pauseStart", "bufferStart", "sessionComplete"]);

interface Read {
  readonly events: readonly Placed[];
  readonly course: Course;
  readonly parts: readonly Part[];
  readonly title: Title;
}

/** A time in which content didn't play, from the event at which it stopped to the one at which it goes on. */
interface Stop {
  readonly from: number;
  readonly to: number;
  /** The instant at which it goes on: a rule may part the interval behind that event. */
  readonly at: number;
}

interface Seek {
  /** How far it went; below 0 for one that went back. */
  readonly byMs: number;
  /** The indices of the events that it lies between. */
  readonly from: number;
  readonly to: number;
}

export function seekNumbers(read: Read, seen: readonly Seen[], contentMs: number): Record<string, number | null> {
  const stops = stopsOf(read, seen);
  const seeks = [...jumpsIn(read, seen, stops), ...stops.flatMap((stop) => seekOver(read, stop))];
  const after = read.course.buffers.filter(({ index }) => index > (read.course.startedAt ?? Number.POSITIVE_INFINITY));
  const rebuffers = after.filter((buffer) => !isOfSeek(read, buffer, seeks));
  const watchedMs = seen.reduce((sum, { ranges }) => sum + lengthOf(ranges), 0);
  const tookMs = seen.reduce((sum, each) => sum + tookOf(each), 0);
  return {
    seeks: seeks.length,
    seekForwardTime: sumOf(seeks, (byMs) => Math.max(0, byMs)) / 1000,
    seekBackTime: sumOf(seeks, (byMs) => Math.max(0, -byMs)) / 1000,
    seekImpactedStreams: Math.sign(seeks.length),
    rebufferEvents: rebuffers.length,
    rebufferFrequency: contentMs > 0 ? (60_000 * rebuffers.length) / contentMs : null,
    longestBuffer: Math.max(0, ...rebuffers.map(({ ms }) => ms)) / 1000,
    seekBuffers: after.length - rebuffers.length,
    watchedLength: watchedMs / 1000,
    watchingTime: tookMs / 1000,
    averagePlaybackSpeed: tookMs > 0 ? watchedMs / tookMs : null,
  };
}

function sumOf(seeks: readonly Seek[], of: (byMs: number) => number): number {
  return seeks.reduce((sum, { byMs }) => sum + of(byMs), 0);
}

/** How long what was watched took, as far as it counts; of a jump only its end was watched. */
function tookOf({ ranges, stretch, isJump }: Seen): number {
  const length = lengthOf(ranges);
  if (length === 0) return 0;
  return isJump ? length : stretch.contentMs;
}

/** Content may go on at the last event, behind which no interval shows it. */
function stopsOf({ events, course }: Read, seen: readonly Seen[]): Stop[] {
  const plays = seen.map(({ stretch: { after, at } }) => ({ to: after, at }));
  const last = { to: events.length - 1, at: events.at(-1)?.at ?? 0 };
  const goesOn = course.playsAtEnd ? [...plays, last] : plays;
  return goesOn.flatMap(({ to, at }, index) => {
    const before = plays[index - 1]?.to;
    return before === undefined || before + 1 === to ? [] : [{ from: before + 1, to, at }];
  });
}

/**
 * Jumps while content plays. Players often tell the new playhead only once content plays again: where it stood until
 * the jump, the stop before belongs to the seek, if a `play` ended it, or the rule that implies one.
 */
function jumpsIn({ events, course }: Read, seen: readonly Seen[], stops: readonly Stop[]): Seek[] {
  const impliedAt = new Set(course.mendings.flatMap(({ rule, index }) => (rule === "play-implied" ? [index] : [])));
  return seen
    .filter(({ isJump }) => isJump)
    .map(({ stretch: { after, p, q } }) => {
      // Reading: what a rule lets play again at once stopped for no time, and the seek ends that stop.
      if (impliedAt.has(after) && STOPS.has(events[after]?.type ?? ""))
        return { byMs: q - p, from: after, to: after + 1 };
      const stop = stops.findLast(({ to }) => to <= after);
      const sincePlay = events.slice(stop?.to, after + 1);
      const isResumed = sincePlay[0]?.type === "play" || (stop !== undefined && impliedAt.has(stop.to));
      const isStale = isResumed && sincePlay.every(({ playheadMs }) => playheadMs === p);
      return { byMs: q - p, from: (isStale && stop?.from) || after + 1, to: after + 1 };
    });
}

/** The seek that the viewer made while content didn't play. */
function seekOver({ events, parts, title }: Read, { from, to, at }: Stop): Seek[] {
  const stopped = events[from];
  const goesOn = events[to];
  if (!stopped || !goesOn) return [];
  const byMs = goesOn.playheadMs - stopped.playheadMs;
  const ms = at - stopped.at;
  if (Math.abs(byMs) <= SEEK_MS || isWrap(stopped.playheadMs, goesOn.playheadMs, ms, title)) return [];
  const isInBreak = parts.some((part) => part.isInBreak && part.after >= from && part.after < to);
  const isBreak = isInBreak || events.slice(from, to).some(({ type }) => type === "adBreakStart");
  // A live playhead may run on meanwhile, and over a break that of a stream with its ads in it.
  if ((title.isLive || isBreak) && isNormal(byMs, ms)) return [];
  // To begin again behind the end is none.
  if (events.slice(from, to).some(({ type }) => type === "sessionComplete")) return [];
  return [{ byMs, from, to }];
}

/** Whether a buffer begins in the stop that a seek ends, or shortly behind a seek. Reading: an ad's is not in the stop. */
function isOfSeek({ events }: Read, { index, isOfAd }: Buffer, seeks: readonly Seek[]): boolean {
  const at = events[index]?.at ?? 0;
  return seeks.some(({ from, to }) => {
    return index >= (isOfAd ? to : from) && at <= (events[to]?.at ?? 0) + OF_SEEK_MS;
  });
}

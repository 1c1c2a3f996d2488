/** §5: which parts of the content were watched. */

import type { Course, Part } from "./course.ts";
import { TURNS } from "./stride.ts";
import type { Placed, Title } from "./told.ts";

const LOOP_MS = 90_000;
const DAY_MS = 86_400_000;
const FIVE_MINUTES_MS = 300_000;

/** An interval in which main content plays. */
export interface Stretch {
  /** The index of the event at which it begins. */
  readonly after: number;
  /** The instant from which content plays in it. */
  readonly at: number;
  readonly p: number;
  readonly q: number;
  /** How long it took, gaps included. */
  readonly ms: number;
  /** How much of it counts. */
  readonly contentMs: number;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export function stretchesOf(parts: readonly Part[], events: readonly Placed[]): Stretch[] {
  const stretches = new Map<number, Stretch>();
  for (const { after, from, to, kind } of parts) {
    const before = stretches.get(after);
    if (kind !== "content" && !(kind === "gap" && before)) continue;
    const contentMs = (before?.contentMs ?? 0) + (kind === "content" ? to - from : 0);
    const p = events[after]?.playheadMs ?? 0;
    const q = events[after + 1]?.playheadMs ?? 0;
    stretches.set(after, { after, at: before?.at ?? from, p, q, ms: (before?.ms ?? 0) + to - from, contentMs });
  }
  return [...stretches.values()];
}

/** Reading: a live playhead that stands says nothing (§8 L), so that it tells of no loop. */
export function isLoop({ p, q, ms }: Stretch, { isLive, lengthMs }: Title): boolean {
  return !isLive && lengthMs !== undefined && q <= p && ms <= LOOP_MS && ms >= lengthMs;
}

const advanceOf = ({ p, q }: Stretch) => q - p;
const rateOf = (stretch: Stretch) => advanceOf(stretch) / stretch.ms;
export const isNormal = (advance: number, ms: number) => advance >= 0 && advance <= 1.25 * ms + 1000;
const isFast = (stretch: Stretch) => {
  const advance = advanceOf(stretch);
  return !isNormal(advance, stretch.ms) && advance > 0 && advance <= 4 * stretch.ms + 1000;
};

export interface Session {
  readonly stretches: readonly Stretch[];
  readonly course: Course;
  readonly title: Title;
  readonly events: readonly Placed[];
}

/** What an interval in which content plays shows. */
export interface Seen {
  readonly stretch: Stretch;
  readonly ranges: readonly Range[];
  readonly isJump: boolean;
}

export function seenIn(session: Session): Seen[] {
  const { stretches, title } = session;
  const fast = stretches.filter((each) => !isLoop(each, title) && isFast(each)).length;
  return stretches.map((stretch, index) => {
    const { p, q, ms } = stretch;
    const seen = { stretch, isJump: false };
    if (isLoop(stretch, title)) return { ...seen, ranges: [{ from: 0, to: title.lengthMs ?? 0 }] };
    if (isNormal(advanceOf(stretch), ms)) return { ...seen, ranges: [{ from: p, to: q }] };
    return { ...seen, ...inJump(session, stretch, index, fast) };
  });
}

/** The union of what was watched, in order. */
export function watchedOf(seen: readonly Seen[]): Range[] {
  return union(seen.flatMap(({ ranges }) => ranges));
}

/** What was watched where the playhead goes back, or on faster than time. */
function inJump(
  session: Session,
  stretch: Stretch,
  index: number,
  fast: number,
): Pick<Seen, "ranges"> & Partial<Pick<Seen, "isJump">> {
  const { events, course, title } = session;
  const { p, q, ms } = stretch;
  const isStale = isStaleAt(events, course, stretch.after);
  // Reading: a stale playhead makes a jump of what a session's only fast interval would be.
  if (isFast(stretch) && isPlausible(session, index, isStale ? 0 : fast)) {
    return { ranges: [{ from: p, to: q }] };
  }
  if (q < p && q >= p - 1000) return { ranges: [] };
  if (isWrap(p, q, ms, title)) return { ranges: acrossMidnight(p, q) };
  return { ranges: isStale ? [{ from: Math.max(0, q - ms), to: q }] : [], isJump: true };
}

/** Whether a live playhead passed midnight. */
export function isWrap(p: number, q: number, ms: number, { isLive }: Title): boolean {
  return isLive && isNormal(q + DAY_MS - p, ms);
}

/** Some players count beyond the day's last second before they begin again. */
function acrossMidnight(p: number, q: number): Range[] {
  if (p > DAY_MS) return [{ from: p - DAY_MS, to: q }];
  return [
    { from: p, to: DAY_MS },
    { from: 0, to: q },
  ];
}

/** Whether a faster interval was watched at that speed, and isn't a jump. */
function isPlausible({ stretches, events }: Session, index: number, fast: number): boolean {
  const stretch = stretches[index] as Stretch;
  const rate = rateOf(stretch);
  const rates = [-1, 1].map((step) => rateBeside(stretches, index, step, events)).filter((each) => each !== undefined);
  if (rates.some((each) => Math.abs(each - rate) <= rate / 4)) return true;
  const [low = 0, high = 0] = rates.toSorted((a, b) => a - b);
  // Reading: a neighbour that is a jump has no rate.
  if (rates.length === 2 && low > 0.4 && high <= 4 && rate >= low * 0.9 && rate <= high * 1.1) return true;
  return fast === 1 && advanceOf(stretch) <= 2 * stretch.ms + 1000;
}

/**
 * The rate over the content on one side, as far as makes at least 2 s.
 *
 * Reading: a neighbour lies in the same state by what the player says, not by what a rule implies.
 */
function rateBeside(
  stretches: readonly Stretch[],
  index: number,
  step: number,
  events: readonly Placed[],
): number | undefined {
  let ms = 0;
  let advance = 0;
  for (let at = index + step; ms < 2000; at += step) {
    const stretch = stretches[at];
    const between = events[stretches[step > 0 ? at : at + 1]?.after ?? 0]?.type ?? "";
    if (TURNS.has(between) && (step < 0 || between !== "play")) return undefined;
    if (!stretch || stretch.after !== (stretches[at - step]?.after ?? 0) + step) return undefined;
    ms += stretch.ms;
    advance += advanceOf(stretch);
  }
  return advance / ms;
}

/** Whether the playhead has stood since a `play` that ended a pause or a buffer. Reading: no rule mended between. */
function isStaleAt(events: readonly Placed[], { resumedAt, mendings }: Course, index: number): boolean {
  for (let at = index; at >= 0 && events[at]?.playheadMs === events[index]?.playheadMs; at -= 1) {
    if (mendings.some((each) => each.index === at)) return false;
    if (resumedAt.has(at)) return true;
  }
  return false;
}

function union(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const { from, to } of ranges.filter((each) => each.to > each.from).toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else merged.push({ from, to });
  }
  return merged;
}

export function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** How many five-minute segments of content the ranges touch. */
export function segmentsOf(ranges: readonly Range[]): number {
  const segments = new Set<number>();
  for (const { from, to } of ranges) {
    for (let at = Math.floor(from / FIVE_MINUTES_MS); at * FIVE_MINUTES_MS < to; at += 1) segments.add(at);
  }
  return segments.size;
}

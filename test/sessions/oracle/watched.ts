/** §5: which parts of the content were watched. */

import type { Course, Part } from "./course.ts";
import type { Placed, Title } from "./told.ts";

const LOOP_MS = 90_000;
const DAY_MS = 86_400_000;
const FIVE_MINUTES_MS = 300_000;

/** An interval in which main content plays. */
export interface Stretch {
  /** The index of the event at which it begins. */
  readonly after: number;
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
    stretches.set(after, { after, p, q, ms: (before?.ms ?? 0) + to - from, contentMs });
  }
  return [...stretches.values()];
}

export function isLoop({ p, q, ms }: Stretch, { lengthMs }: Title): boolean {
  return lengthMs !== undefined && q <= p && ms <= LOOP_MS && ms >= lengthMs;
}

const advanceOf = ({ p, q }: Stretch) => q - p;
const rateOf = (stretch: Stretch) => advanceOf(stretch) / stretch.ms;
const isNormal = (advance: number, ms: number) => advance >= 0 && advance <= 1.25 * ms + 1000;
const isFast = (stretch: Stretch) => {
  const advance = advanceOf(stretch);
  return !isNormal(advance, stretch.ms) && advance > 0 && advance <= 4 * stretch.ms + 1000;
};

/** The union of what was watched, in order. */
export function watchedOf(
  stretches: readonly Stretch[],
  course: Course,
  title: Title,
  events: readonly Placed[],
): Range[] {
  const fast = stretches.filter((each) => !isLoop(each, title) && isFast(each)).length;
  const ranges = stretches.flatMap((stretch, index): Range[] => {
    const { p, q, ms } = stretch;
    if (isLoop(stretch, title)) return [{ from: 0, to: title.lengthMs ?? 0 }];
    if (isNormal(q - p, ms)) return [{ from: p, to: q }];
    if (isFast(stretch) && isPlausible(stretches, index, fast)) return [{ from: p, to: q }];
    if (q < p && q >= p - 1000) return [];
    if (title.isLive && isNormal(q + DAY_MS - p, ms))
      return [
        { from: p, to: DAY_MS },
        { from: 0, to: q },
      ];
    return isStale(events, course, stretch.after) ? [{ from: Math.max(0, q - ms), to: q }] : [];
  });
  return union(ranges);
}

/** Whether a faster interval was watched at that speed, and isn't a jump. */
function isPlausible(stretches: readonly Stretch[], index: number, fast: number): boolean {
  const stretch = stretches[index] as Stretch;
  const rate = rateOf(stretch);
  const rates = [rateBeside(stretches, index, -1), rateBeside(stretches, index, 1)].filter(
    (each) => each !== undefined,
  );
  if (rates.some((each) => Math.abs(each - rate) <= rate / 4)) return true;
  const [low = 0, high = 0] = rates.toSorted((a, b) => a - b);
  if (rates.length === 2 && low > 0.4 && rate >= low * 0.9 && rate <= high * 1.1) return true;
  return fast === 1 && advanceOf(stretch) <= 2 * stretch.ms + 1000;
}

/** The rate over the content on one side, as far as makes at least 2 s. */
function rateBeside(stretches: readonly Stretch[], index: number, step: number): number | undefined {
  let ms = 0;
  let advance = 0;
  for (let at = index + step; ms < 2000; at += step) {
    const stretch = stretches[at];
    if (!stretch || stretch.after !== (stretches[at - step]?.after ?? 0) + step) return undefined;
    ms += stretch.ms;
    advance += advanceOf(stretch);
  }
  return advance / ms;
}

/** Whether the playhead has stood since a `play` that ended a pause or a buffer. */
function isStale(events: readonly Placed[], { resumedAt }: Course, index: number): boolean {
  for (let at = index; at >= 0 && events[at]?.playheadMs === events[index]?.playheadMs; at -= 1) {
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

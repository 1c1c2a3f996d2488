/** Puts a retention curve into words: how far half of the sessions come, and what is watched again. */

import { counted } from "../../base/counted.ts";
import type { RetentionAnswer } from "../api/answers.ts";
import { formatPlayhead } from "../format/times.ts";

export type ShownCurve = Pick<RetentionAnswer, "sessions" | "points">;

/** Hundredths of a content that lie side by side, in percent: from 10 to 12 are the eleventh and the twelfth. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

const HALF = 0.5;
/** The most rewatched part extends to whatever comes this near to its top. */
const NEAR_TOP = 0.8;

/** Where the curve is drawn: in seconds where the content's length is given, else in percent. */
export function endsOf({ points }: ShownCurve, lengthSeconds?: number): number[] {
  return points.map(({ percent }) => (lengthSeconds === undefined ? percent : (percent / 100) * lengthSeconds));
}

/** How many more times each hundredth was watched, for each session of the curve: of the kind of `share`. */
export function rewatchesOf({ points, sessions }: ShownCurve): (number | null)[] {
  return points.map(({ rewatches }) => (sessions === 0 ? null : rewatches / sessions));
}

/** The last percent that at least half of the sessions watched; undefined where there is none. */
export function halfAt({ points }: ShownCurve): number | undefined {
  return points.findLast(({ share }) => share !== null && share >= HALF)?.percent;
}

interface Rewatched extends Stretch {
  /** How many more times it was watched, at its top. */
  readonly times: number;
}

/** The part around the hundredth that was watched again most; undefined where nothing was. */
export function mostRewatched({ points }: ShownCurve): Rewatched | undefined {
  const times = points.map(({ rewatches }) => rewatches);
  const top = Math.max(0, ...times);
  if (top === 0) return undefined;
  let first = times.indexOf(top);
  let last = first;
  while ((times[first - 1] ?? 0) >= top * NEAR_TOP) first -= 1;
  while ((times[last + 1] ?? 0) >= top * NEAR_TOP) last += 1;
  return { from: first, to: last + 1, times: top };
}

/** A part in percent, and by the clock where the length is known: `41 to 43 % (12:10 to 12:58)`. */
function stretchInWords({ from, to }: Stretch, lengthSeconds?: number): string {
  const percent = `${from}–${to}%`;
  if (lengthSeconds === undefined) return percent;
  const timeAt = (share: number) => formatPlayhead(Math.round((share / 100) * lengthSeconds));
  return `${percent} (${timeAt(from)}–${timeAt(to)})`;
}

/** What the curve says, as sentences. */
export function retentionInWords(retention: ShownCurve, lengthSeconds?: number): string[] {
  const half = halfAt(retention);
  const rewatched = mostRewatched(retention);
  return [
    half === undefined
      ? "No part was watched by half of the sessions."
      : half === retention.points.length
        ? "At least half of the sessions watched the very end."
        : `Half are gone by ${atInWords(half, lengthSeconds)}.`,
    rewatched === undefined
      ? "No part was watched twice in one session."
      : `Watched again most: ${stretchInWords(rewatched, lengthSeconds)}, ` +
        `rewatched up to ${counted(rewatched.times, "time")}.`,
  ];
}

function atInWords(percent: number, lengthSeconds: number | undefined): string {
  if (lengthSeconds === undefined) return `${percent}%`;
  return `${percent}% (${formatPlayhead(Math.round((percent / 100) * lengthSeconds))})`;
}

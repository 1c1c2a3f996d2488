/** The playhead over time as a line: solid where it was played or stood still, broken where it jumped. */

import { HOUR_S, SECOND_MS } from "../../../base/units.ts";
import type { FlagRule } from "../../../protocol/flags.ts";
import { isWatched } from "../../../sessions/watched.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { takingPart } from "./periods.ts";
import { type TimeScale, xOf } from "./time-scale.ts";

interface PlayheadLine {
  /** Paths of an SVG. */
  readonly played: string;
  readonly jumped: string;
  /** Seconds of the content at the lower edge: above 0 where a broadcast's seconds of the day are shown. */
  readonly playheadMin: number;
  /** The furthest that it came, but for a single one beyond the length; it stands a little below the top. */
  readonly playheadMax: number;
}

interface Point {
  readonly tsMs: number;
  readonly playhead: number;
}

const HEADROOM = 1.06;
/** A first playhead beyond this is a broadcast's time of day: drawn from 0, its line would be flat. */
const LATE_START_S = HOUR_S;
/** So many points within one pixel say no more than their first, last, lowest and highest. */
const POINTS_PER_PX_MAX = 4;

export function playheadLine(events: readonly LedgerEvent[], scale: TimeScale, height: number): PlayheadLine {
  const taking = takingPart(events);
  const points = taking.map(({ event }): Point => ({ tsMs: event.ts, playhead: event.playhead }));
  const playheadMax = taking.reduce((most, { event }) => (isBeyond(event) ? most : Math.max(most, event.playhead)), 0);
  const lowest = points.reduce((least, { playhead }) => Math.min(least, playhead), playheadMax);
  const playheadMin = (points[0]?.playhead ?? 0) > LATE_START_S ? lowest : 0;
  const span = (playheadMax - playheadMin) * HEADROOM || 1;
  const yOf = (playhead: number) => Math.max(0, height - ((playhead - playheadMin) / span) * height);
  const shown = thinned(inSight(points, scale), scale);
  const paths = { played: "", jumped: "" };
  let before: Point | undefined;
  for (const point of shown) {
    const place = `${round(xOf(scale, point.tsMs))} ${round(yOf(point.playhead))}`;
    if (!before) paths.played += `M${place}`;
    else if (goesOn(before, point)) paths.played += `L${place}`;
    else {
      paths.jumped += `M${round(xOf(scale, before.tsMs))} ${round(yOf(before.playhead))}L${place}`;
      paths.played += `M${place}`;
    }
    before = point;
  }
  return { ...paths, playheadMin, playheadMax };
}

/** One playhead in another unit would flatten the line of the others. A player that stays beyond is flagged once. */
function isBeyond({ flags }: LedgerEvent): boolean {
  return flags.includes("playhead-beyond-length" satisfies FlagRule);
}

function goesOn(from: Point, to: Point): boolean {
  if (from.playhead === to.playhead) return true;
  const fromMs = Math.round(from.playhead * SECOND_MS);
  const toMs = Math.round(to.playhead * SECOND_MS);
  return isWatched(fromMs, toMs, Math.max(0, to.tsMs - from.tsMs));
}

/** The points in sight, and one more on either side that the line comes from or goes to. */
function inSight(points: readonly Point[], { domain: [fromMs, toMs] }: TimeScale): readonly Point[] {
  const first = points.findIndex(({ tsMs }) => tsMs >= fromMs);
  const last = points.findLastIndex(({ tsMs }) => tsMs <= toMs);
  return points.slice(Math.max(0, (first < 0 ? points.length : first) - 1), last + 2);
}

function thinned(points: readonly Point[], scale: TimeScale): readonly Point[] {
  if (points.length <= scale.width * POINTS_PER_PX_MAX) return points;
  const columns = Map.groupBy(points, ({ tsMs }) => Math.floor(xOf(scale, tsMs)));
  return [...columns.values()].flatMap((column) => {
    const low = column.reduce((a, b) => (b.playhead < a.playhead ? b : a));
    const high = column.reduce((a, b) => (b.playhead > a.playhead ? b : a));
    const kept = new Set([column[0], low, high, column.at(-1)]);
    return column.filter((point) => kept.has(point));
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

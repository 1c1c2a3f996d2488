/** Events on a timeline: a mark each, in the colour of its verdict, as many as there is room for. */

import type { Verdict } from "../../../sessions/ledger.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { type TimeScale, xOf } from "./time-scale.ts";

/** In the order in which they are drawn: what needs to be seen lies on top, and is longer. */
const SHARE_OF_HEIGHT = { counted: 0.5, reordered: 0.75, duplicate: 0.75, ignored: 1 } as const satisfies Record<
  Verdict,
  number
>;

/** Marks closer than this are one green bar. */
const PX_PER_MARK = 3;
const BAR_PX = 4;
const BAR_GAP_PX = 1;

/** A path of an SVG for each verdict; of marks that fall together one is drawn. */
export function verdictPaths(events: readonly LedgerEvent[], scale: TimeScale, height: number) {
  const columns = new Map((Object.keys(SHARE_OF_HEIGHT) as Verdict[]).map((verdict) => [verdict, new Set<number>()]));
  const shown = events.filter(({ ts }) => isInSight(ts, scale));
  const isDense = areDense(shown, scale);
  for (const { verdict, ts } of shown) {
    if (verdict !== "counted" || !isDense) columns.get(verdict)?.add(Math.round(xOf(scale, ts)));
  }
  return [...columns].map(([verdict, xs]) => {
    const length = height * SHARE_OF_HEIGHT[verdict];
    return { verdict, path: [...xs].map((x) => `M${x} ${height}v${-length}`).join("") };
  });
}

/** Where marks would touch: how many events fall into each few pixels, as bars on a logarithmic scale. */
export function countBars(events: readonly LedgerEvent[], scale: TimeScale, height: number): string {
  const shown = events.filter(({ ts }) => isInSight(ts, scale));
  if (!areDense(shown, scale)) return "";
  const counts = new Map<number, number>();
  for (const { ts } of shown) {
    const bar = Math.floor(xOf(scale, ts) / BAR_PX);
    counts.set(bar, (counts.get(bar) ?? 0) + 1);
  }
  const most = Math.log1p(Math.max(...counts.values()));
  return [...counts]
    .map(([bar, count]) => {
      const tall = Math.max(2, Math.round((Math.log1p(count) / most) * (height - 2)));
      return `M${bar * BAR_PX} ${height}v${-tall}h${BAR_PX - BAR_GAP_PX}v${tall}z`;
    })
    .join("");
}

function areDense(shown: readonly LedgerEvent[], { width }: TimeScale): boolean {
  return shown.length * PX_PER_MARK > width;
}

/** Where errors stand, one a pixel. */
export function errorPlaces(events: readonly LedgerEvent[], scale: TimeScale): number[] {
  const errors = events.filter(({ type, ts }) => type === "error" && isInSight(ts, scale));
  return [...new Set(errors.map(({ ts }) => Math.round(xOf(scale, ts))))];
}

/** The index of the event that is nearest to an instant; of several at once the first. */
export function nearestEvent(events: readonly LedgerEvent[], atMs: number): number | undefined {
  let nearest: number | undefined;
  let leastMs = Infinity;
  for (const [at, { ts }] of events.entries()) {
    const awayMs = Math.abs(ts - atMs);
    if (awayMs >= leastMs) continue;
    nearest = at;
    leastMs = awayMs;
  }
  return nearest;
}

/** A name for each event that stays the same while others come before and after it. */
export function keysOf(events: readonly LedgerEvent[]): string[] {
  const seen = new Map<string, number>();
  return events.map(({ type, ts }) => {
    const name = `${type}-${ts}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  });
}

function isInSight(ts: number, { domain: [fromMs, toMs] }: TimeScale): boolean {
  return ts >= fromMs && ts <= toMs;
}

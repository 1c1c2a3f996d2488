/** §8, the clock: gives each event its mended instant. */

import type { Options, Placed, Rule, Told } from "./told.ts";

const FORWARD_MS = 5 * 60_000;
const BACK_MS = 5000;
const DAY_MS = 24 * 3_600_000;

type Mend = (rule: Rule) => void;

/** The events at their mended instants, in order of these; the first to arrive stays first (§1.1). */
export function placeByClock(told: readonly Told[], { isArray, off }: Options, mend: Mend): Placed[] {
  const at = isArray ? arrayInstants(told, off, mend) : liveInstants(told, off, mend);
  const placed = told.map((each, index) => {
    return { told: each, type: each.type, playheadMs: each.playheadMs, at: at[index] ?? each.tsMs };
  });
  const inOrder = sorted(placed);
  if (isArray && !off.has("clock-forward")) closeLongGaps(inOrder, mend);
  return inOrder;
}

function sorted(placed: readonly Placed[]): Placed[] {
  return [...placed.slice(0, 1), ...placed.slice(1).toSorted((a, b) => a.at - b.at)];
}

/** Live, the offset between arrival and `ts` tells of the player's clock. `shift` is what its events move by. */
function liveInstants(told: readonly Told[], off: ReadonlySet<Rule>, mend: Mend): number[] {
  let shift = 0;
  let least = Number.POSITIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  return told.map(({ tsMs, receivedAtMs }, index) => {
    const offset = receivedAtMs - (tsMs + shift);
    const back = index === 0 || off.has("clock-back") ? 0 : setBackBy(told.slice(index), { shift, least, latest });
    if (index > 0 && offset < least - FORWARD_MS && !off.has("clock-forward")) {
      shift += offset - least;
      mend("clock-forward");
    } else if (back > 0) {
      shift += back;
      mend("clock-back");
    }
    const at = tsMs + shift;
    least = Math.min(least, receivedAtMs - at);
    latest = Math.max(latest, at);
    return at;
  });
}

interface SoFar {
  readonly shift: number;
  readonly least: number;
  readonly latest: number;
}

/** By how much the clock was set back at the first of these arrivals; 0 where it wasn't, or where it is a late event. */
function setBackBy(from: readonly Told[], { shift, least, latest }: SoFar): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const [index, { tsMs, receivedAtMs }] of from.entries()) {
    const offset = receivedAtMs - (tsMs + shift);
    if (index === 0 && (offset <= least + BACK_MS || tsMs + shift >= latest - BACK_MS)) return 0;
    // There the clock was set forward, which is a matter of its own.
    if (offset < least - FORWARD_MS) break;
    if (offset <= least + BACK_MS) return 0;
    lowest = Math.min(lowest, offset);
  }
  return lowest - least;
}

/** In an array the playhead tells whether `ts` or the order of the elements is right. */
function arrayInstants(told: readonly Told[], off: ReadonlySet<Rule>, mend: Mend): number[] {
  const byTs = told.map(({ tsMs }) => tsMs);
  const { at: byArrival, jumps } = arrivalInstants(told);
  if (jumps === 0 || off.has("clock-back")) return byTs;
  if (contradictions(told, byArrival) >= contradictions(told, byTs)) return byTs;
  for (let jump = 0; jump < jumps; jump += 1) mend("clock-back");
  return byArrival;
}

function arrivalInstants(told: readonly Told[]): { at: number[]; jumps: number } {
  let shift = 0;
  let jumps = 0;
  let latest = Number.NEGATIVE_INFINITY;
  const at: number[] = [];
  for (const [index, { tsMs, playheadMs }] of told.entries()) {
    const before = told[index - 1];
    if (before && tsMs + shift < latest - BACK_MS) {
      shift = (at[index - 1] ?? 0) + Math.max(0, playheadMs - before.playheadMs) - tsMs;
      jumps += 1;
    }
    at.push(tsMs + shift);
    latest = Math.max(latest, tsMs + shift);
  }
  return { at, jumps };
}

/** How often the playhead goes back by over 1 s, or forward faster than 4·dt + 1 s. */
function contradictions(told: readonly Told[], at: readonly number[]): number {
  const order = sorted(
    told.map((each, index) => ({ told: each, type: each.type, playheadMs: each.playheadMs, at: at[index] ?? 0 })),
  );
  return order.filter((event, index) => {
    const before = order[index - 1];
    if (!before) return false;
    const advance = event.playheadMs - before.playheadMs;
    return advance < -1000 || advance > 4 * Math.max(0, event.at - before.at) + 1000;
  }).length;
}

/** In an array an interval of over a day counts as the playhead's advance. */
function closeLongGaps(inOrder: readonly Placed[], mend: Mend): void {
  let shift = 0;
  for (const [index, event] of inOrder.entries()) {
    const before = inOrder[index - 1];
    event.at += shift;
    if (!before || event.at - before.at <= DAY_MS) continue;
    const to = before.at + Math.max(0, event.playheadMs - before.playheadMs);
    shift += to - event.at;
    event.at = to;
    mend("clock-forward");
  }
}

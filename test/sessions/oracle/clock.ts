/** §8, the clock: gives each event its mended instant. */

import { inTies } from "./ticks.ts";
import type { Options, Placed, Rule, Told } from "./told.ts";

const FORWARD_MS = 5 * 60_000;
const BACK_MS = 5000;
const LATE_MS = 60_000;
/** Reading: an interval in which the clock was set counts 1 ms at least, so that its ends stay in their order. */
const ADVANCE_MS = 1;
const DAY_MS = 24 * 3_600_000;

type Mend = (rule: Rule, event: Told) => void;

/** The events at their mended instants, in order of these; the first to arrive stays first (§1.1). */
export function placeByClock(told: readonly Told[], { isArray, off }: Options, mend: Mend): Placed[] {
  const inOrder = inTies(sorted(isArray ? arrayInstants(told, off, mend) : liveInstants(told, off, mend)));
  if (isArray && !off.has("clock-forward")) closeLongGaps(inOrder, mend);
  return inOrder;
}

function placedAt(told: Told, nth: number, at: number): Placed {
  return { told, type: told.type, playheadMs: told.playheadMs, nth, at };
}

function sorted(placed: readonly Placed[]): Placed[] {
  return [...placed.slice(0, 1), ...placed.slice(1).toSorted((a, b) => a.at - b.at)];
}

/** A time in which the player's clock was not set. */
interface Epoch {
  /** What its events move by. */
  readonly shift: number;
  /** The least offset between arrival and `ts`, before that move. */
  least: number;
}

/**
 * Live, the offset between arrival and `ts` shows the player's clock.
 *
 * Readings, where the text is silent: a late event from before the clock was set moves as that time does; an event
 * behind `sessionEnd` is late; one that would lie over a minute before the start is not.
 */
function liveInstants(told: readonly Told[], off: ReadonlySet<Rule>, mend: Mend): Placed[] {
  const epochs: Epoch[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  let hasEnded = false;
  return told.map((event, index) => {
    const { type, tsMs, receivedAtMs } = event;
    const offset = receivedAtMs - tsMs;
    const now = epochs.at(-1) ?? { shift: 0, least: offset };
    if (index === 0) epochs.push(now);
    let epoch = now;
    if (offset < now.least - FORWARD_MS && !off.has("clock-forward")) {
      epoch = { shift: now.shift + offset - now.least, least: offset };
      mend("clock-forward", event);
    } else if (offset > now.least + BACK_MS && tsMs + now.shift < latest - BACK_MS && !off.has("clock-back")) {
      epoch = epochOfLate(told, index, epochs, hasEnded) ?? setBack(told.slice(index), now);
      if (!epochs.includes(epoch)) mend("clock-back", event);
    } else now.least = Math.min(now.least, offset);
    if (!epochs.includes(epoch)) epochs.push(epoch);
    latest = Math.max(latest, tsMs + epoch.shift);
    hasEnded ||= type === "sessionEnd";
    return placedAt(event, index, tsMs + epoch.shift);
  });
}

/** The epoch that a late event belongs to; none where the clock was set back. */
function epochOfLate(told: readonly Told[], index: number, epochs: readonly Epoch[], hasEnded: boolean) {
  const { tsMs, receivedAtMs } = told[index] as Told;
  const offset = receivedAtMs - tsMs;
  const now = epochs.at(-1) as Epoch;
  if (!hasEnded && !comesBack(told.slice(index + 1), now)) return undefined;
  const before = epochs.slice(0, -1).findLast(({ least }) => offset >= least - BACK_MS && offset <= least + LATE_MS);
  if (before) return before;
  return tsMs + now.shift >= (told[0]?.tsMs ?? 0) - LATE_MS ? now : undefined;
}

/** Whether a later arrival comes back to within 5 s of the least offset, before the clock is set forward. */
function comesBack(behind: readonly Told[], { least }: Epoch): boolean {
  const first = behind.map(({ tsMs, receivedAtMs }) => receivedAtMs - tsMs).find((offset) => offset <= least + BACK_MS);
  return first !== undefined && first >= least - FORWARD_MS;
}

/** The clock was set back: the least offset from there on, up to where it is set forward, becomes the former one. */
function setBack(from: readonly Told[], { shift, least }: Epoch): Epoch {
  let lowest = Number.POSITIVE_INFINITY;
  for (const { tsMs, receivedAtMs } of from) {
    const offset = receivedAtMs - tsMs;
    if (offset < lowest - FORWARD_MS && lowest < Number.POSITIVE_INFINITY) break;
    lowest = Math.min(lowest, offset);
  }
  return { shift: shift + lowest - least, least: lowest };
}

/** In an array the playhead tells whether `ts` or the order of the elements is right. */
function arrayInstants(told: readonly Told[], off: ReadonlySet<Rule>, mend: Mend): Placed[] {
  const byTs = told.map((each, nth) => placedAt(each, nth, each.tsMs));
  const { byArrival, jumps } = placeByArrival(told);
  if (jumps.length === 0 || off.has("clock-back")) return byTs;
  if (contradictions(byArrival) >= contradictions(byTs)) return byTs;
  for (const jump of jumps) mend("clock-back", jump);
  return byArrival;
}

function placeByArrival(told: readonly Told[]): { byArrival: Placed[]; jumps: Told[] } {
  let shift = 0;
  let latest = Number.NEGATIVE_INFINITY;
  const jumps: Told[] = [];
  const byArrival: Placed[] = [];
  for (const event of told) {
    const before = byArrival.at(-1);
    if (before && event.tsMs + shift < latest - BACK_MS) {
      shift = before.at + Math.max(ADVANCE_MS, event.playheadMs - before.playheadMs) - event.tsMs;
      jumps.push(event);
    }
    byArrival.push(placedAt(event, byArrival.length, event.tsMs + shift));
    latest = Math.max(latest, event.tsMs + shift);
  }
  return { byArrival, jumps };
}

/** How often the playhead goes back by over 1 s, or forward faster than 4·dt + 1 s. */
function contradictions(placed: readonly Placed[]): number {
  const order = inTies(sorted(placed));
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
    const to = before.at + Math.max(ADVANCE_MS, event.playheadMs - before.playheadMs);
    shift += to - event.at;
    event.at = to;
    mend("clock-forward", event.told);
  }
}

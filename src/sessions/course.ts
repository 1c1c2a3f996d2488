/**
 * The course of a session: its events in the order in which they count, each with its mended instant.
 *
 * The course is laid once, from the columns of the whole session, before the first event is folded. So a rule may look
 * ahead as far as it needs, and a session in pages folds to the same numbers wherever it is cut.
 *
 * @see docs/metrics.md, "Order" and "Mending"
 */

import { DAY_MS } from "../base/units.ts";
import { type ClockMark, type MendedClock, mendArray, mendLive, wasClockSet } from "./clock.ts";
import type { ArrivalColumns, EventBodies } from "./columns.ts";
import type { MendingRule } from "./ledger.ts";
import { isCloser, isOpener, RANKS } from "./order.ts";
import { orderStateTies } from "./state-ties.ts";
import { orderStates, orderTicks, TICK_MS } from "./ticks.ts";

/** The counting events in order: all but duplicates and those after the session's end. */
export interface Moments {
  readonly length: number;
  readonly ranks: Uint8Array;
  readonly atMs: Float64Array;
  readonly playheadMs: Float64Array;
}

export interface Course {
  /** By place: the index by arrival. The start is first. Undefined where events count as they arrived. */
  readonly order: Uint32Array | undefined;
  /** By arrival, as are the next two: the mended instant. */
  readonly atMs: Float64Array;
  /** 1 for a duplicate. */
  readonly duplicate: Uint8Array | undefined;
  /** 1 for what arrived after an event with a later instant. */
  readonly late: Uint8Array | undefined;
  /** By arrival: what the clock and the ticks mended there. */
  readonly mendings: ReadonlyMap<number, readonly EarlyMending[]>;
  readonly moments: Moments;
}

/** A mending that the order of the events already shows. */
interface EarlyMending {
  readonly rule: MendingRule;
  /** What everything from the event on, or the event alone, moved by. */
  readonly byMs: number;
}

export interface CourseOptions {
  /** Whether a rule only flags. */
  readonly isOff: (rule: MendingRule) => boolean;
  /** False for the numbers without mending. */
  readonly mends: boolean;
  /** Whether the content is live: there a playhead orders no ties. */
  readonly isLive: boolean;
}

/** Sorts places by some instants; the rank, the playhead and what else an event carries decide within one. */
type Sort = (atMs: Float64Array) => Uint32Array;

const NO_MENDINGS: Course["mendings"] = new Map();

/** Lays the course of a session. */
export function layCourse(columns: ArrivalColumns, bodies: EventBodies, options: CourseOptions): Course {
  const straight = straightMoments(columns);
  if (straight) {
    const atMs = columns.tsMs;
    return { order: undefined, atMs, duplicate: undefined, late: undefined, mendings: NO_MENDINGS, moments: straight };
  }
  const all = sortedBy(columns, columns.tsMs, bodies, undefined);
  const duplicate = duplicatesIn(columns, all, bodies);
  const byTs = duplicate ? all.filter((index) => duplicate[index] !== 1) : all;
  const sort: Sort = (atMs) => sortedBy(columns, atMs, bodies, duplicate);
  const clock = options.mends ? mendClock(columns, byTs, sort, { duplicate, isOff: options.isOff }) : undefined;
  const mendings = new Map<number, EarlyMending[]>();
  for (const mark of clock?.marks ?? []) note(mendings, mark);
  const sorted = clock?.isReordered ? sort(clock.atMs) : byTs;
  const ticks = orderTicks(columns, clock?.atMs ?? columns.tsMs, sorted, bodies, options);
  for (const mark of ticks.marks) note(mendings, mark);
  const atMs = ticks.atMs;
  orderStates(columns, atMs, ticks.order, options.isLive);
  orderStateTies(columns, atMs, ticks.order, bodies);
  const moments = momentsOf(columns, atMs, ticks.order);
  const order = duplicate ? withDuplicates(all, ticks.order, duplicate, atMs) : ticks.order;
  return { order, atMs, duplicate, late: lateIn(atMs), mendings, moments };
}

/**
 * The moments of a session of which each event came behind the last, at an instant and in a tick of its own, by a clock
 * that was never set: most sessions are so, and nothing about them needs a second look.
 */
function straightMoments({ length, ranks, tsMs, playheadMs, receivedAtMs }: ArrivalColumns): Moments | undefined {
  let beforeMs = tsMs[0] as number;
  let edgeMs = Number.NEGATIVE_INFINITY;
  let end = length;
  for (let index = 1; index < length; index += 1) {
    const ts = tsMs[index] as number;
    const rank = ranks[index] as number;
    if (ts <= beforeMs || ts - beforeMs > DAY_MS) return undefined;
    if (isCloser(rank) || isOpener(rank)) {
      if (ts - edgeMs <= TICK_MS) return undefined;
      edgeMs = ts;
    }
    if (rank === RANKS.sessionEnd && end === length) end = index + 1;
    beforeMs = ts;
  }
  if (receivedAtMs && wasClockSet({ length, tsMs }, receivedAtMs)) return undefined;
  return { length: end, ranks, atMs: tsMs, playheadMs };
}

function mendClock(
  columns: ArrivalColumns,
  byTs: Uint32Array,
  sort: Sort,
  options: { duplicate: Uint8Array | undefined; isOff: (rule: MendingRule) => boolean },
): MendedClock {
  const { receivedAtMs } = columns;
  return receivedAtMs ? mendLive(columns, receivedAtMs, options) : mendArray(columns, byTs, sort, options);
}

function note(mendings: Map<number, EarlyMending[]>, { index, rule, byMs }: ClockMark | TickMark): void {
  const at = mendings.get(index);
  if (at) at.push({ rule, byMs });
  else mendings.set(index, [{ rule, byMs }]);
}

/** A mending by the order within a tick. */
export interface TickMark {
  readonly index: number;
  readonly rule: "same-tick";
  readonly byMs: number;
}

/** Sorts a session's events by numbers alone; those that are equal in all of them stay as they arrived. */
export function sortByNumbers(columns: ArrivalColumns): Uint32Array {
  return sortedBy(columns, columns.tsMs, undefined, undefined);
}

/** Compares two events by numbers alone. */
function compareNumbers({ ranks, playheadMs }: ArrivalColumns, atMs: Float64Array, a: number, b: number): number {
  return (
    (atMs[a] as number) - (atMs[b] as number) ||
    (ranks[a] as number) - (ranks[b] as number) ||
    (playheadMs[a] as number) - (playheadMs[b] as number)
  );
}

function sortedBy(
  columns: ArrivalColumns,
  atMs: Float64Array,
  bodies: EventBodies | undefined,
  without: Uint8Array | undefined,
): Uint32Array {
  const { length } = columns;
  let order = new Uint32Array(length);
  let kept = 0;
  for (let index = 0; index < length; index += 1) {
    if (without?.[index] === 1) continue;
    order[kept] = index;
    kept += 1;
  }
  if (kept < length) order = order.subarray(0, kept);
  const compare = (a: number, b: number) =>
    compareNumbers(columns, atMs, a, b) || (bodies?.compare(a, b) ?? 0) || a - b;
  if (!insertSorted(order, compare)) order.subarray(1).sort(compare);
  return order;
}

/** How far the events of a session that is nearly in order move in all, for each of them. */
const MOVES_MAX = 4;

/** Sorts what is in order, or nearly, faster than a sort does. @returns false where it gave up */
function insertSorted(order: Uint32Array, compare: (a: number, b: number) => number): boolean {
  let moves = MOVES_MAX * order.length;
  for (let place = 2; place < order.length; place += 1) {
    const index = order[place] as number;
    let to = place;
    while (to > 1 && compare(order[to - 1] as number, index) > 0) {
      order[to] = order[to - 1] as number;
      to -= 1;
    }
    order[to] = index;
    moves -= place - to;
    if (moves < 0) return false;
  }
  return true;
}

/** The copies among events that are sorted by their raw instants. */
function duplicatesIn(columns: ArrivalColumns, order: Uint32Array, bodies: EventBodies): Uint8Array | undefined {
  const { tsMs, ranks, playheadMs } = columns;
  let found: Uint8Array | undefined;
  // Among equal events the first to arrive stays in front. The start is first at any instant.
  let original = order[0] as number;
  for (let place = 1; place < order.length; place += 1) {
    const index = order[place] as number;
    const isEqual =
      tsMs[index] === tsMs[original] &&
      ranks[index] === ranks[original] &&
      playheadMs[index] === playheadMs[original] &&
      bodies.compare(original, index) === 0;
    if (isEqual) {
      found ??= new Uint8Array(columns.length);
      found[index] = 1;
    } else original = index;
  }
  return found;
}

/** Puts each duplicate after its original again, with the same instant. */
function withDuplicates(all: Uint32Array, order: Uint32Array, duplicate: Uint8Array, atMs: Float64Array): Uint32Array {
  const copies = new Map<number, number[]>();
  let original = all[0] as number;
  for (const index of all.subarray(1)) {
    if (duplicate[index] !== 1) {
      original = index;
      continue;
    }
    atMs[index] = atMs[original] as number;
    const beside = copies.get(original);
    if (beside) beside.push(index);
    else copies.set(original, [index]);
  }
  const whole = new Uint32Array(all.length);
  let place = 0;
  for (const index of order) {
    whole[place] = index;
    place += 1;
    const beside = copies.get(index);
    if (!beside) continue;
    whole.set(beside, place);
    place += beside.length;
  }
  return whole;
}

/** The columns of what takes part: up to the session's end, by mended instants. */
function momentsOf({ ranks, playheadMs }: ArrivalColumns, atMs: Float64Array, order: Uint32Array): Moments {
  let { length } = order;
  const moments = {
    ranks: new Uint8Array(length),
    atMs: new Float64Array(length),
    playheadMs: new Float64Array(length),
  };
  let endMs = Number.POSITIVE_INFINITY;
  for (let place = 0; place < length; place += 1) {
    const index = order[place] as number;
    const at = atMs[index] as number;
    if (at > endMs) {
      length = place;
      break;
    }
    const rank = ranks[index] as number;
    if (rank === RANKS.sessionEnd && at < endMs) endMs = at;
    moments.ranks[place] = rank;
    moments.atMs[place] = at;
    moments.playheadMs[place] = playheadMs[index] as number;
  }
  return { length, ...moments };
}

/** What arrived after an event with a later instant. */
function lateIn(atMs: Float64Array): Uint8Array | undefined {
  let late: Uint8Array | undefined;
  let latestMs = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < atMs.length; index += 1) {
    const at = atMs[index] as number;
    if (at < latestMs) {
      late ??= new Uint8Array(atMs.length);
      late[index] = 1;
    } else latestMs = at;
  }
  return late;
}

/**
 * How the player states of one instant follow each other: the end of a state that isn't active waits for its start.
 *
 * @see docs/metrics.md, "Order"
 */

import type { ArrivalColumns, EventBodies } from "./columns.ts";
import { RANKS } from "./order.ts";

/** Puts each end that waits behind its start. @param atMs the instants that `order` is sorted by */
export function orderStateTies(
  columns: ArrivalColumns,
  atMs: Float64Array,
  order: Uint32Array,
  bodies: EventBodies,
): void {
  const last = lastTie(columns, atMs, order);
  const active = new Set<string>();
  for (let from = 1; from <= last; ) {
    let to = from + 1;
    while (to < order.length && areTied(columns, atMs, order[from] as number, order[to] as number)) to += 1;
    order.set(inOrder(order.slice(from, to), bodies, active), from);
    from = to;
  }
}

/** The events whose states decide the order of ties; none where there is no tie. */
export function statesBeforeTies(columns: ArrivalColumns, order: Uint32Array, most: number): Uint32Array {
  const last = lastTie(columns, columns.tsMs, order);
  const { ranks } = columns;
  return order
    .subarray(0, last + 1)
    .filter((index) => isOfStates(ranks[index] as number))
    .subarray(0, most);
}

/** The place of the last start that follows an end in one instant; -1 where there is none. */
function lastTie({ ranks }: ArrivalColumns, atMs: Float64Array, order: Uint32Array): number {
  for (let place = order.length - 1; place > 1; place -= 1) {
    const index = order[place] as number;
    const before = order[place - 1] as number;
    const follows = ranks[index] === RANKS.stateStart && ranks[before] === RANKS.stateEnd;
    if (follows && atMs[index] === atMs[before]) return place;
  }
  return -1;
}

function isOfStates(rank: number): boolean {
  return rank >= RANKS.stateEnd && rank <= RANKS.statesUpdate;
}

function areTied({ ranks }: ArrivalColumns, atMs: Float64Array, a: number, b: number): boolean {
  const isOne = (index: number) => ranks[index] === RANKS.stateEnd || ranks[index] === RANKS.stateStart;
  return atMs[a] === atMs[b] && isOne(a) && isOne(b);
}

/** @param active the names of active states, before the events and then behind them */
function inOrder(tied: Uint32Array, bodies: EventBodies, active: Set<string>): number[] {
  const ordered: number[] = [];
  const say = (index: number) => {
    ordered.push(index);
    for (const { name, isStart } of bodies.statesOf(index)) {
      if (isStart) active.add(name);
      else active.delete(name);
    }
  };
  const waits = (index: number) => {
    const turns = bodies.statesOf(index);
    return tied.length > 1 && turns.some(({ name, isStart }) => !isStart && !active.has(name));
  };
  let waiting: number[] = [];
  for (const index of tied) {
    if (waits(index)) {
      waiting.push(index);
      continue;
    }
    say(index);
    const ready = waiting.filter((each) => !waits(each));
    waiting = waiting.filter((each) => !ready.includes(each));
    for (const each of ready) say(each);
  }
  for (const each of waiting) say(each);
  return ordered;
}

/**
 * The last word on what follows what, within one instant and within one tick of a player.
 *
 * What closes something goes before what opens, but only if it has something to close. Players also report one moment's
 * events some milliseconds apart, in either order.
 */

import { SECOND_MS } from "../base/units.ts";
import type { ArrivalColumns, EventBodies } from "./columns.ts";
import type { CourseOptions, TickMark } from "./course.ts";
import { isCloser, isOpener, isStateChange, RANKS } from "./order.ts";

/** How far apart the events of one moment may be. */
export const TICK_MS = 250;
/** How many events are looked at within a tick. */
const LOOK_MAX = 64;
/** A closer whose playhead is further on than this from an opener closes what that opened. */
const PLAYHEAD_STEP_MS = SECOND_MS;
const STEP_SPEED_MIN = 0.5;
const STEP_SPEED_MAX = 4;
const STANDING_SPEED_MAX = 0.1;

interface Ticks {
  readonly order: Uint32Array;
  readonly atMs: Float64Array;
  readonly marks: readonly TickMark[];
}

/** A kind of thing that opens and closes. */
interface Open {
  /** Indexes of the latest openers, each of which took the place of the one before; none where nothing is open. */
  openers: number[];
}

/** Puts closers and openers in their order within one instant, and within a tick where one is out of place. */
export function orderTicks(
  columns: ArrivalColumns,
  atMs: Float64Array,
  sorted: Uint32Array,
  bodies: EventBodies,
  options: CourseOptions,
): Ticks {
  const { ranks } = columns;
  for (let place = 1; place < sorted.length; place += 1) {
    const rank = ranks[sorted[place] as number] as number;
    if (isCloser(rank) || isOpener(rank)) return new TickOrder(columns, atMs, bodies, options).run(sorted);
  }
  return { order: sorted, atMs, marks: [] };
}

class TickOrder {
  readonly #columns: ArrivalColumns;
  readonly #bodies: EventBodies;
  readonly #options: CourseOptions;
  readonly #rawAtMs: Float64Array;
  readonly #marks: TickMark[] = [];
  /** Ads that wait for their break, by its index. */
  readonly #waiting = new Map<number, number[]>();
  /** Ads that moved to their break, in order: each has its place among those that the player told in the instant. */
  readonly #moved: number[] = [];
  readonly #ad: Open = { openers: [] };
  readonly #chapter: Open = { openers: [] };
  #isBreakOpen = false;
  #atMs: Float64Array;
  #order = new Uint32Array(0);
  #length = 0;

  constructor(columns: ArrivalColumns, atMs: Float64Array, bodies: EventBodies, options: CourseOptions) {
    this.#columns = columns;
    this.#bodies = bodies;
    this.#options = options;
    this.#atMs = atMs;
    this.#rawAtMs = atMs;
  }

  run(sorted: Uint32Array): Ticks {
    const { ranks } = this.#columns;
    this.#order = new Uint32Array(sorted.length);
    this.#push(sorted[0] as number);
    let deferred: number[] = [];
    for (let place = 1; place < sorted.length; place += 1) {
      const index = sorted[place] as number;
      const rank = ranks[index] as number;
      const isEdge = isCloser(rank) || isOpener(rank);
      if (this.#moved.length > 0) this.#takeMoved(index);
      const [waiting] = deferred;
      if (waiting !== undefined && !(isEdge && this.#rawAtMs[index] === this.#rawAtMs[waiting])) {
        deferred = this.#takeAll(deferred);
      }
      if (isCloser(rank) && !this.#hasSomethingToClose(rank)) deferred.push(index);
      else if (rank !== RANKS.adStart || !this.#waitsForBreak(sorted, place)) this.#take(index);
    }
    this.#takeAll(deferred);
    this.#takeMoved(undefined);
    return { order: this.#order, atMs: this.#atMs, marks: this.#marks };
  }

  #takeAll(indexes: readonly number[]): number[] {
    for (const each of indexes) this.#take(each);
    return [];
  }

  #hasSomethingToClose(rank: number): boolean {
    if (rank === RANKS.adComplete || rank === RANKS.adSkip) return this.#ad.openers.length > 0;
    return rank === RANKS.adBreakComplete ? this.#isBreakOpen : this.#chapter.openers.length > 0;
  }

  #push(index: number): void {
    this.#order[this.#length] = index;
    this.#length += 1;
  }

  #take(index: number): void {
    if (this.#moved.length > 0) this.#takeMoved(index);
    switch (this.#columns.ranks[index]) {
      case RANKS.adBreakStart:
        this.#isBreakOpen = true;
        this.#ad.openers = [];
        this.#push(index);
        for (const ad of this.#waiting.get(index) ?? []) {
          this.#move(ad, this.#atMs[index] as number);
          this.#moved.push(ad);
        }
        this.#moved.sort((a, b) => this.#compareAds(a, b));
        return;
      case RANKS.adBreakComplete:
        this.#isBreakOpen = false;
        this.#ad.openers = [];
        break;
      case RANKS.adStart:
        if (!this.#isBreakOpen) break;
        this.#open(this.#ad, index);
        return;
      case RANKS.chapterStart:
        this.#open(this.#chapter, index);
        return;
      case RANKS.adComplete:
        this.#close(this.#ad, index);
        return;
      case RANKS.chapterComplete:
        this.#close(this.#chapter, index);
        return;
      case RANKS.adSkip:
        this.#ad.openers = [];
        break;
      case RANKS.chapterSkip:
        this.#chapter.openers = [];
    }
    this.#push(index);
  }

  /** Takes the ads that moved, as far as they come before an event. */
  #takeMoved(next: number | undefined): void {
    for (let [ad] = this.#moved; ad !== undefined; [ad] = this.#moved) {
      if (next !== undefined && this.#atMs[next] === this.#atMs[ad]) {
        const rank = this.#columns.ranks[next];
        if (rank === RANKS.adBreakStart || (rank === RANKS.adStart && this.#compareAds(next, ad) < 0)) return;
      }
      this.#moved.shift();
      this.#open(this.#ad, ad);
    }
  }

  #compareAds(a: number, b: number): number {
    const { playheadMs } = this.#columns;
    return (playheadMs[a] as number) - (playheadMs[b] as number) || this.#bodies.compare(a, b) || a - b;
  }

  #open({ openers }: Open, index: number): void {
    openers.push(index);
    if (openers.length > LOOK_MAX) openers.shift();
    this.#push(index);
  }

  /** Closes what is open; or, within a tick of openers, what was open before them. */
  #close(open: Open, index: number): void {
    const at = this.#placeAmong(open.openers, index);
    const opener = open.openers[at];
    if (opener === undefined || !this.#mark(index, this.#atMs[opener] as number)) {
      open.openers = [];
      this.#push(index);
      return;
    }
    open.openers = open.openers.slice(at);
    let place = this.#length;
    while (place > 0 && this.#order[place - 1] !== opener) {
      this.#order[place] = this.#order[place - 1] as number;
      place -= 1;
    }
    // Behind the opener stands all that moved; the closer goes before it.
    this.#order[place] = opener;
    this.#order[place - 1] = index;
    this.#length += 1;
  }

  /** Finds the place of the first opener that a closer belongs before; behind all where there is none. */
  #placeAmong(openers: readonly number[], closer: number): number {
    let at = openers.length;
    for (; at > 1; at -= 1) {
      const older = openers[at - 2] as number;
      const newer = openers[at - 1] as number;
      if (!this.#isWithinTick(newer, closer) || this.#namesNewer(closer, newer, older)) break;
    }
    return at;
  }

  #isWithinTick(opener: number, closer: number): boolean {
    const ms = (this.#atMs[closer] as number) - (this.#atMs[opener] as number);
    return this.#options.mends && ms > 0 && ms <= TICK_MS;
  }

  #namesNewer(closer: number, newer: number, older: number): boolean {
    const { playheadMs } = this.#columns;
    if ((playheadMs[closer] as number) > (playheadMs[newer] as number) + PLAYHEAD_STEP_MS) return true;
    const name = this.#bodies.nameOf(closer);
    return name !== undefined && name === this.#bodies.nameOf(newer) && name !== this.#bodies.nameOf(older);
  }

  /** Whether an ad outside a break has its break's start within a tick behind it. */
  #waitsForBreak(sorted: Uint32Array, place: number): boolean {
    if (this.#isBreakOpen || !this.#options.mends) return false;
    const index = sorted[place] as number;
    const untilMs = (this.#atMs[index] as number) + TICK_MS;
    const end = Math.min(sorted.length, place + LOOK_MAX);
    for (let next = place + 1; next < end; next += 1) {
      const other = sorted[next] as number;
      if ((this.#atMs[other] as number) > untilMs) return false;
      if (this.#columns.ranks[other] !== RANKS.adBreakStart) continue;
      if (this.#options.isOff("same-tick")) {
        this.#marks.push({ index, rule: "same-tick", byMs: 0 });
        return false;
      }
      this.#waiting.set(other, [...(this.#waiting.get(other) ?? []), index]);
      return true;
    }
    return false;
  }

  /** Notes a mending, and moves its event where the rule isn't off. @returns whether it was */
  #mark(index: number, toMs: number): boolean {
    if (this.#options.isOff("same-tick")) {
      this.#marks.push({ index, rule: "same-tick", byMs: 0 });
      return false;
    }
    this.#move(index, toMs);
    return true;
  }

  #move(index: number, toMs: number): void {
    this.#marks.push({ index, rule: "same-tick", byMs: toMs - (this.#atMs[index] as number) });
    if (this.#atMs === this.#rawAtMs) this.#atMs = Float64Array.from(this.#rawAtMs);
    this.#atMs[index] = toMs;
  }
}

/** The groups of events that are equal in all numbers. */
export function* tiesIn(
  { tsMs, ranks, playheadMs }: ArrivalColumns,
  order: Uint32Array,
): Generator<Uint32Array, void, void> {
  const isTied = (a: number, b: number) =>
    tsMs[a] === tsMs[b] && ranks[a] === ranks[b] && playheadMs[a] === playheadMs[b];
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && isTied(order[from] as number, order[to] as number)) to += 1;
    if (to - from > 1) yield order.subarray(from, to);
    from = to;
  }
}

/** The groups of ads of which some may move to the tick of a break: there their bodies order them. */
export function* adsBesideBreaks(
  { tsMs, ranks }: ArrivalColumns,
  order: Uint32Array,
): Generator<Uint32Array, void, void> {
  const ads = order.filter((index) => ranks[index] === RANKS.adStart);
  const adMs = (place: number) =>
    place < ads.length ? (tsMs[ads[place] as number] as number) : Number.POSITIVE_INFINITY;
  let from = 0;
  let to = 0;
  for (const index of order) {
    if (ranks[index] !== RANKS.adBreakStart) continue;
    const at = tsMs[index] as number;
    // Breaks of one tick share their ads.
    if (adMs(to - 1) < at - TICK_MS || to === 0) {
      if (to - from > 1) yield ads.subarray(from, to);
      from = to;
      while (adMs(from) < at - TICK_MS) from += 1;
      to = from;
    }
    while (adMs(to) <= at) to += 1;
  }
  if (to - from > 1) yield ads.subarray(from, to);
}

/** What closes an ad or a chapter within a tick of openers, with those and the opener before: their names count. */
export function openersBeside(columns: ArrivalColumns, order: Uint32Array, most: number): Uint32Array {
  const ads = besides(columns, order, { opens: RANKS.adStart, closes: RANKS.adComplete });
  const chapters = besides(columns, order, { opens: RANKS.chapterStart, closes: RANKS.chapterComplete });
  return Uint32Array.from(new Set([...ads, ...chapters].slice(0, most)));
}

function besides(
  { tsMs, ranks }: ArrivalColumns,
  order: Uint32Array,
  { opens, closes }: { opens: number; closes: number },
): number[] {
  const found: number[] = [];
  const openers: number[] = [];
  for (const index of order) {
    if (ranks[index] === opens) openers.push(index);
    if (openers.length > LOOK_MAX) openers.shift();
    if (ranks[index] !== closes) continue;
    let at = openers.length;
    while (at > 1 && (tsMs[index] as number) - (tsMs[openers[at - 1] as number] as number) <= TICK_MS) at -= 1;
    if (at > 0 && at < openers.length) found.push(index, ...openers.slice(at - 1));
  }
  return found;
}

/**
 * Orders several of `pauseStart`, `play` and `bufferStart` within one instant: as they arrived, but the last of them is
 * the one that the playhead bears out.
 */
export function orderStates(columns: ArrivalColumns, atMs: Float64Array, order: Uint32Array, isLive: boolean): void {
  const { ranks } = columns;
  const isState = (place: number) => place < order.length && isStateChange(ranks[order[place] as number] as number);
  for (let from = 1; from + 1 < order.length; from += 1) {
    if (!isState(from) || !isState(from + 1)) continue;
    let to = from + 1;
    while (isState(to) && atMs[order[to] as number] === atMs[order[from] as number]) to += 1;
    if (to - from > 1) orderGroup(columns, atMs, order, { from, to, isLive });
    from = to - 1;
  }
}

interface Group {
  readonly from: number;
  readonly to: number;
  readonly isLive: boolean;
}

function orderGroup(
  columns: ArrivalColumns,
  atMs: Float64Array,
  order: Uint32Array,
  { from, to, isLive }: Group,
): void {
  const { ranks } = columns;
  const group = order.subarray(from, to);
  if (group.every((index) => ranks[index] === ranks[group[0] as number])) return;
  group.sort((a, b) => a - b);
  const playing = isLive ? undefined : isPlayingAfter(columns, atMs, order, to - 1);
  if (playing === undefined) return;
  const last = group.findLastIndex((index) => (ranks[index] === RANKS.play) === playing);
  if (last === -1 || last === group.length - 1) return;
  const index = group[last] as number;
  group.copyWithin(last, last + 1);
  group[group.length - 1] = index;
}

/** Whether the playhead goes on in step up to the next such event, or stands; undefined where it does neither. */
function isPlayingAfter(
  columns: ArrivalColumns,
  atMs: Float64Array,
  order: Uint32Array,
  place: number,
): boolean | undefined {
  const { ranks, playheadMs } = columns;
  const index = order[place] as number;
  let next = place + 1;
  while (next < order.length && !isStateChange(ranks[order[next] as number] as number)) next += 1;
  const until = order[Math.min(next, order.length - 1)] as number;
  const ms = (atMs[until] as number) - (atMs[index] as number);
  if (ms < SECOND_MS) return undefined;
  const stepMs = (playheadMs[until] as number) - (playheadMs[index] as number);
  if (stepMs >= STEP_SPEED_MIN * ms && stepMs <= STEP_SPEED_MAX * ms) return true;
  return Math.abs(stepMs) <= STANDING_SPEED_MAX * ms ? false : undefined;
}

/**
 * The witness: what the playhead, and what follows, say about a moment of a session.
 *
 * @see docs/metrics.md, "Mending"
 */

import { MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { EventType } from "../protocol/event.ts";
import type { Moments } from "./course.ts";
import { isStateChange, isTurn, RANKS } from "./order.ts";

const STRIDE_MS = SECOND_MS;
/** A shorter interval tells no speed. */
const SPEED_MS_MIN = 2000;
const STEP_SPEED_MIN = 0.5;
const STEP_SPEED_MAX = 4;
/** How far ahead a rule looks. */
const LOOK_MS = MINUTE_MS;
const LOOK_MAX = 2000;
/** How long a break or an ad waits for what ends it. */
const END_LOOK_MS = 30 * MINUTE_MS;
/** How far the `play` is looked for that says that until then nothing played. */
const PLAY_LOOK_MS = 10 * MINUTE_MS;
/** Fewer strides in step than this share: the playhead is still. */
const STILL_SHARE = 0.1;

interface WitnessOptions {
  /** Whether nothing follows the last moment: the session is closed, or has been silent for long enough. */
  readonly isOver: boolean;
  /** Whether the session is closed. */
  readonly isClosed: boolean;
}

/** Looks for the next moment of some types; each answer holds for all places up to it. */
class Finder {
  readonly #moments: Moments;
  readonly #isSought = new Uint8Array(RANKS.sessionEnd + 1);
  #from = 0;
  #to = 0;

  constructor(moments: Moments, ...types: readonly EventType[]) {
    this.#moments = moments;
    for (const type of types) this.#isSought[RANKS[type]] = 1;
  }

  /** The first one behind a place; the number of moments where none is. */
  behind(place: number): number {
    if (place >= this.#from && place < this.#to) return this.#to;
    const { ranks, length } = this.#moments;
    let next = place + 1;
    while (next < length && this.#isSought[ranks[next] as number] !== 1) next += 1;
    this.#from = place;
    this.#to = next;
    return next;
  }
}

export class Witness {
  readonly #moments: Moments;
  readonly #options: WitnessOptions;
  readonly #breakEnds: Finder;
  readonly #breakTurns: Finder;
  readonly #adEnds: Finder;
  #isStill: boolean | undefined;
  #hasPlay: boolean | undefined;

  constructor(moments: Moments, options: WitnessOptions) {
    this.#moments = moments;
    this.#options = options;
    this.#breakEnds = new Finder(moments, "adBreakComplete", "adBreakStart");
    this.#breakTurns = new Finder(moments, "adBreakComplete", "adBreakStart", "adStart");
    this.#adEnds = new Finder(moments, "adComplete", "adSkip", "adStart", "adBreakComplete", "adBreakStart");
  }

  atMs(place: number): number {
    return this.#moments.atMs[place] as number;
  }

  playheadMs(place: number): number {
    return this.#moments.playheadMs[place] as number;
  }

  /** The first place a stride behind another; undefined where what plays may change before it. */
  #strideFrom(place: number): number | undefined {
    const { ranks, atMs, length } = this.#moments;
    const untilMs = (atMs[place] as number) + STRIDE_MS;
    const end = Math.min(length, place + LOOK_MAX);
    for (let next = place + 1; next < end; next += 1) {
      if ((atMs[next] as number) >= untilMs) return next;
      if (isTurn(ranks[next] as number)) return undefined;
    }
    return undefined;
  }

  /** The end of the stride that begins at a place, where that is in step. */
  #stepFrom(place: number): number | undefined {
    const next = this.#strideFrom(place);
    return next !== undefined && this.#isInStep(place, next) ? next : undefined;
  }

  #isInStep(from: number, to: number): boolean {
    const ms = this.atMs(to) - this.atMs(from);
    const stepMs = this.playheadMs(to) - this.playheadMs(from);
    return stepMs >= STEP_SPEED_MIN * ms && stepMs <= STEP_SPEED_MAX * ms;
  }

  isInStep(place: number): boolean {
    return this.#stepFrom(place) !== undefined;
  }

  /** Whether two strides from a place are in step. */
  areTwoInStep(place: number): boolean {
    const next = this.#stepFrom(place);
    return next !== undefined && !isTurn(this.#moments.ranks[next] as number) && this.isInStep(next);
  }

  /** Whether surely no ad of the open break begins within a minute; nor the break's completion comes, if asked. */
  followsNoAd(place: number, orCompletion = false): boolean {
    const { ranks, atMs, length } = this.#moments;
    const untilMs = (atMs[place] as number) + LOOK_MS;
    const end = Math.min(length, place + LOOK_MAX);
    for (let next = place + 1; next < end; next += 1) {
      if ((atMs[next] as number) > untilMs) return true;
      const rank = ranks[next];
      if (rank === RANKS.adStart) return false;
      if (rank === RANKS.adBreakComplete) return !orCompletion;
      if (rank === RANKS.adBreakStart) return true;
    }
    return end < length || this.#options.isOver;
  }

  /** The completion of the break that is open at a place; undefined where surely none comes before the next break. */
  completionOf(place: number): number | "unsure" | undefined {
    const end = this.#breakEnds.behind(place);
    if (this.#isTooFar(place, end)) return undefined;
    if (end === this.length) return this.isClosed ? undefined : "unsure";
    return this.rank(end) === RANKS.adBreakComplete ? end : undefined;
  }

  /** Whether an ad of the break that is open at a place follows. */
  hasAdBehind(place: number): boolean {
    const next = this.#breakTurns.behind(place);
    return next < this.length && !this.#isTooFar(place, next) && this.rank(next) === RANKS.adStart;
  }

  /** What ends the ad that began at a place; undefined where nothing does, or not for long. */
  endOfAd(place: number): number | "unsure" | undefined {
    const end = this.#adEnds.behind(place);
    if (this.#isTooFar(place, end)) return undefined;
    if (end === this.length) return this.isClosed ? undefined : "unsure";
    return end;
  }

  /** Whether the wait is over for what stands at another place, or nowhere. */
  #isTooFar(place: number, end: number): boolean {
    return this.atMs(Math.min(end, this.length - 1)) > this.atMs(place) + END_LOOK_MS;
  }

  rank(place: number): number {
    return this.#moments.ranks[place] as number;
  }

  /** The place behind the last moment. */
  get length(): number {
    return this.#moments.length;
  }

  get isClosed(): boolean {
    return this.#options.isClosed;
  }

  get isOver(): boolean {
    return this.#options.isOver;
  }

  /** Whether the next playback state outside breaks is a `play`: it says that until then nothing played. */
  isPlaySaidNext(place: number): boolean | "unsure" {
    const { ranks, atMs, length } = this.#moments;
    const untilMs = (atMs[place] as number) + PLAY_LOOK_MS;
    const end = Math.min(length, place + LOOK_MAX);
    let isInBreak = false;
    for (let next = place + 1; next < end; next += 1) {
      if ((atMs[next] as number) > untilMs) return false;
      const rank = ranks[next] as number;
      if (rank === RANKS.adBreakStart) isInBreak = true;
      else if (rank === RANKS.adBreakComplete) isInBreak = false;
      else if (!isInBreak && isStateChange(rank)) return rank === RANKS.play;
    }
    return end < length || this.#options.isOver ? false : "unsure";
  }

  /** Whether the session has a `play` at all. */
  get hasPlay(): boolean {
    const { ranks, length } = this.#moments;
    this.#hasPlay ??= ranks.subarray(0, length).includes(RANKS.play);
    return this.#hasPlay;
  }

  /** Whether hardly any of the session's strides is in step. */
  get isStill(): boolean {
    this.#isStill ??= this.#countStill();
    return this.#isStill;
  }

  #countStill(): boolean {
    const { ranks, atMs, length } = this.#moments;
    let strides = 0;
    let inStep = 0;
    let next = 1;
    let turn = 1;
    // Behind the start, which may be dated later than what follows it.
    for (let place = 1; place < length; place += 1) {
      next = Math.max(next, place + 1);
      while (next < length && (atMs[next] as number) < (atMs[place] as number) + STRIDE_MS) next += 1;
      if (next >= length) break;
      turn = Math.max(turn, place + 1);
      while (turn < next && !isTurn(ranks[turn] as number)) turn += 1;
      if (turn < next) continue;
      strides += 1;
      if (this.#isInStep(place, next)) inStep += 1;
    }
    return inStep < STILL_SHARE * strides;
  }

  /**
   * How fast the playhead went on from a place, over at least some time without any change of what plays.
   *
   * @param playheadMs that of the place: events of one instant may count in another order than that of the moments
   * @param direction where the interval lies: behind the place, or before it
   * @returns undefined where there is no such interval
   */
  speedBeside(place: number, playheadMs: number, direction: 1 | -1): number | undefined {
    const { ranks, atMs, length } = this.#moments;
    const fromMs = atMs[place] as number;
    for (let step = 0; step < LOOK_MAX; step += 1) {
      const near = place + direction * step;
      // Behind an interval of content the state is still the same only where its last event changed nothing.
      if (isTurn(ranks[near] as number) && ranks[near] !== RANKS.play) return undefined;
      if (direction === -1 && ranks[near] === RANKS.play) return undefined;
      const far = near + direction;
      if (far < 0 || far >= length) return undefined;
      const ms = direction * ((atMs[far] as number) - fromMs);
      if (ms >= SPEED_MS_MIN) return (direction * (this.playheadMs(far) - playheadMs)) / ms;
    }
    return undefined;
  }
}

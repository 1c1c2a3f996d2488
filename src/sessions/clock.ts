/**
 * The clock pass: mends what a player's clock said into the instants that its events count by.
 *
 * A clock that is set while a session runs moves everything behind it. Live, arrivals show that; in an array, whose
 * events arrived at once, the playhead does.
 *
 * @see docs/metrics.md, "Mending"
 */

import { DAY_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { ArrivalColumns } from "./columns.ts";
import type { MendingRule } from "./ledger.ts";
import { RANKS } from "./order.ts";

/** A mending by the clock, with what everything from its event on moves by. */
export interface ClockMark {
  readonly index: number;
  readonly rule: Extract<MendingRule, "clock-forward" | "clock-back">;
  readonly byMs: number;
}

export interface MendedClock {
  /** By arrival. The column of the columns themselves where nothing was mended. */
  readonly atMs: Float64Array;
  readonly marks: readonly ClockMark[];
  /** Whether the order of the raw instants is no longer that of the mended ones. */
  readonly isReordered: boolean;
}

interface ClockOptions {
  /** By arrival: 1 for a duplicate, which says nothing about the clock. */
  readonly duplicate: Uint8Array | undefined;
  readonly isOff: (rule: MendingRule) => boolean;
}

/** An offset below the least by more than this: the clock was set forward. */
const FORWARD_MS = 5 * MINUTE_MS;
/** How far an offset or a `ts` may go back although the clock was not set. */
const BACK_MS = 5 * SECOND_MS;
/** How late an event may arrive and still count as one from before the clock was set. */
const LATE_MS = MINUTE_MS;
/** How long before its start something of a session may have been: ads in front of it, at most. */
const BEFORE_START_MS = MINUTE_MS;
/** How far to look for offsets that come back, if the clock was also set forward later. */
const LOOK_MAX = 2000;
const FORWARD_IN_ARRAY_MS = DAY_MS;
/** The least length of an interval in which the clock was set, so that what follows has an instant of its own. */
const ADVANCE_MS_MIN = 1;
const SPEED_MAX = 4;
const SLACK_MS = SECOND_MS;

/** A stretch of a live session in which its clock was not set. */
interface Epoch {
  /** The least offset in it. */
  leastMs: number;
  readonly shiftMs: number;
}

/** Mends the clock of a live session. */
export function mendLive(columns: ArrivalColumns, receivedAtMs: Float64Array, options: ClockOptions): MendedClock {
  const { length, tsMs } = columns;
  if (!wasClockSet(columns, receivedAtMs)) return { atMs: tsMs, marks: [], isReordered: false };
  const clock = new LiveClock(columns, receivedAtMs, options);
  const atMs = Float64Array.from(tsMs);
  for (let i = 1; i < length; i += 1) atMs[i] = clock.instantOf(i);
  return { atMs, marks: clock.marks, isReordered: clock.marks.some(({ rule }) => !options.isOff(rule)) };
}

/** A player's clock, followed from arrival to arrival. */
class LiveClock {
  readonly marks: ClockMark[] = [];
  readonly #tsMs: Float64Array;
  readonly #ranks: Uint8Array;
  readonly #offsets: Offsets;
  readonly #options: ClockOptions;
  readonly #epochs: Epoch[];
  /** The latest instant so far. */
  #latestMs: number;
  #hasEnded = false;

  constructor(columns: ArrivalColumns, receivedAtMs: Float64Array, options: ClockOptions) {
    this.#tsMs = columns.tsMs;
    this.#offsets = new Offsets(columns, receivedAtMs, options.duplicate);
    this.#options = options;
    this.#epochs = [{ leastMs: this.#offsets.of(0), shiftMs: 0 }];
    this.#latestMs = columns.tsMs[0] as number;
    this.#ranks = columns.ranks;
  }

  /** The mended instant of the next event. */
  instantOf(index: number): number {
    const ts = this.#tsMs[index] as number;
    const now = this.#epochs.at(-1) as Epoch;
    if (this.#options.duplicate?.[index] === 1) return ts + now.shiftMs;
    const offset = this.#offsets.of(index);
    const isBack = offset > now.leastMs + BACK_MS && ts + now.shiftMs < this.#latestMs - BACK_MS;
    let epoch = now;
    if (offset < now.leastMs - FORWARD_MS) epoch = this.#turn(index, "clock-forward", offset - now.leastMs);
    else if (isBack) epoch = this.#epochOfBack(index, now);
    else if (offset < now.leastMs) now.leastMs = offset;
    const atMs = ts + epoch.shiftMs;
    this.#latestMs = Math.max(this.#latestMs, atMs);
    this.#hasEnded ||= this.#ranks[index] === RANKS.sessionEnd;
    return atMs;
  }

  /** Tells a clock that was set back from an event that is late, or from before the clock was set forward. */
  #epochOfBack(index: number, now: Epoch): Epoch {
    const offset = this.#offsets.of(index);
    const earlier = this.#epochs.findLast((epoch) => {
      const { leastMs } = epoch;
      return epoch !== now && offset >= leastMs - BACK_MS && offset <= leastMs + LATE_MS;
    });
    // What comes behind the session's end is late: the player has nothing else to say.
    const isLate = this.#hasEnded || this.#offsets.comeBack(index, now.leastMs);
    if (earlier && isLate) return earlier;
    const isBeforeStart = (this.#tsMs[index] as number) + now.shiftMs < (this.#tsMs[0] as number) - BEFORE_START_MS;
    if (!isBeforeStart && isLate) return now;
    return this.#turn(index, "clock-back", this.#offsets.leastFrom(index) - now.leastMs);
  }

  #turn(index: number, rule: ClockMark["rule"], byMs: number): Epoch {
    this.marks.push({ index, rule, byMs });
    const { leastMs, shiftMs } = this.#epochs.at(-1) as Epoch;
    const epoch = { leastMs: leastMs + byMs, shiftMs: shiftMs + (this.#options.isOff(rule) ? 0 : byMs) };
    this.#epochs.push(epoch);
    return epoch;
  }
}

/** Whether a player's clock may have been set: in most sessions it was not. */
export function wasClockSet(
  { length, tsMs }: Pick<ArrivalColumns, "length" | "tsMs">,
  receivedAtMs: Float64Array,
): boolean {
  let leastMs = Number.POSITIVE_INFINITY;
  let latestMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i += 1) {
    const ts = tsMs[i] as number;
    const offset = (receivedAtMs[i] as number) - ts;
    if (i > 0 && offset < leastMs - FORWARD_MS) return true;
    if (offset > leastMs + BACK_MS && ts < latestMs - BACK_MS) return true;
    if (offset < leastMs) leastMs = offset;
    if (ts > latestMs) latestMs = ts;
  }
  return false;
}

/** The offsets of a session's arrivals, with what comes behind each. */
class Offsets {
  readonly #tsMs: Float64Array;
  readonly #receivedAtMs: Float64Array;
  readonly #duplicate: Uint8Array | undefined;
  /** The least offset from an event on. */
  readonly #leastFrom: Float64Array;

  constructor({ length, tsMs }: ArrivalColumns, receivedAtMs: Float64Array, duplicate: Uint8Array | undefined) {
    this.#tsMs = tsMs;
    this.#receivedAtMs = receivedAtMs;
    this.#duplicate = duplicate;
    this.#leastFrom = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY);
    for (let i = length - 1; i >= 0; i -= 1) {
      const offset = duplicate?.[i] === 1 ? Number.POSITIVE_INFINITY : this.of(i);
      this.#leastFrom[i] = Math.min(offset, this.#leastFrom[i + 1] as number);
    }
  }

  of(index: number): number {
    return (this.#receivedAtMs[index] as number) - (this.#tsMs[index] as number);
  }

  /** Whether a later arrival comes back to a least offset: the clock was not set, the event was late. */
  comeBack(index: number, leastMs: number): boolean {
    const behindMs = this.#leastFrom[index + 1] as number;
    if (behindMs > leastMs + BACK_MS) return false;
    if (behindMs >= leastMs - FORWARD_MS) return true;
    const end = Math.min(this.#tsMs.length, index + LOOK_MAX);
    for (let i = index + 1; i < end; i += 1) {
      const offset = this.of(i);
      if (this.#duplicate?.[i] !== 1 && offset <= leastMs + BACK_MS) return offset >= leastMs - FORWARD_MS;
    }
    return false;
  }

  /** The least offset from an event on, up to where the clock is set forward. */
  leastFrom(index: number): number {
    const allMs = this.#leastFrom[index] as number;
    if (allMs >= this.of(index) - FORWARD_MS) return allMs;
    let lowestMs = this.of(index);
    const end = Math.min(this.#tsMs.length, index + LOOK_MAX);
    for (let i = index + 1; i < end; i += 1) {
      if (this.#duplicate?.[i] === 1) continue;
      const offset = this.of(i);
      if (offset < lowestMs - FORWARD_MS) break;
      lowestMs = Math.min(lowestMs, offset);
    }
    return lowestMs;
  }
}

/**
 * Mends the clock of an array.
 *
 * @param byTs its events in the order of their raw instants, without duplicates
 * @param sort puts events in the order of other instants
 */
export function mendArray(
  columns: ArrivalColumns,
  byTs: Uint32Array,
  sort: (atMs: Float64Array) => Uint32Array,
  { duplicate, isOff }: ClockOptions,
): MendedClock {
  const { tsMs } = columns;
  const marks: ClockMark[] = [];
  let atMs = tsMs;
  let order = byTs;
  if (goesBack(columns, duplicate) && contradictionsIn(columns, byTs, tsMs) > 0) {
    const arrived = readByArrival(columns, duplicate);
    const byArrival = sort(arrived.atMs);
    if (contradictionsIn(columns, byArrival, arrived.atMs) < contradictionsIn(columns, byTs, tsMs)) {
      marks.push(...arrived.marks);
      if (!isOff("clock-back")) {
        atMs = arrived.atMs;
        order = byArrival;
      }
    }
  }
  const isReordered = atMs !== tsMs;
  const forward = closeDays(columns, order, atMs);
  marks.push(...forward.marks);
  if (forward.marks.length > 0 && !isOff("clock-forward")) atMs = forward.atMs;
  return { atMs, marks, isReordered };
}

function goesBack({ length, tsMs }: ArrivalColumns, duplicate: Uint8Array | undefined): boolean {
  let latestMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i += 1) {
    if (duplicate?.[i] === 1) continue;
    const ts = tsMs[i] as number;
    if (ts < latestMs - BACK_MS) return true;
    if (ts > latestMs) latestMs = ts;
  }
  return false;
}

/** Steps of the playhead that no player makes by playing, in an order of events and by some instants. */
function contradictionsIn({ playheadMs }: ArrivalColumns, order: Uint32Array, atMs: Float64Array): number {
  let count = 0;
  for (let place = 1; place < order.length; place += 1) {
    const from = order[place - 1] as number;
    const to = order[place] as number;
    const stepMs = (playheadMs[to] as number) - (playheadMs[from] as number);
    const ms = Math.max(0, (atMs[to] as number) - (atMs[from] as number));
    if (stepMs < -SLACK_MS || stepMs > SPEED_MAX * ms + SLACK_MS) count += 1;
  }
  return count;
}

/** The instants of events that follow one another as they arrived: where a `ts` goes back, the playhead tells time. */
function readByArrival(
  { length, tsMs, playheadMs }: ArrivalColumns,
  duplicate: Uint8Array | undefined,
): { atMs: Float64Array; marks: ClockMark[] } {
  const atMs = Float64Array.from(tsMs);
  const marks: ClockMark[] = [];
  let shiftMs = 0;
  let latestMs = tsMs[0] as number;
  let before = 0;
  for (let i = 1; i < length; i += 1) {
    atMs[i] = (tsMs[i] as number) + shiftMs;
    if (duplicate?.[i] === 1) continue;
    if ((atMs[i] as number) < latestMs - BACK_MS) {
      const advanceMs = Math.max(ADVANCE_MS_MIN, (playheadMs[i] as number) - (playheadMs[before] as number));
      const byMs = (atMs[before] as number) + advanceMs - (atMs[i] as number);
      marks.push({ index: i, rule: "clock-back", byMs });
      shiftMs += byMs;
      atMs[i] = (tsMs[i] as number) + shiftMs;
    }
    latestMs = Math.max(latestMs, atMs[i] as number);
    before = i;
  }
  return { atMs, marks };
}

/** Takes out what goes beyond a day between two events, but for what the playhead advanced. */
function closeDays(
  { playheadMs }: ArrivalColumns,
  order: Uint32Array,
  fromMs: Float64Array,
): { atMs: Float64Array; marks: ClockMark[] } {
  const marks: ClockMark[] = [];
  let atMs = fromMs;
  let shiftMs = 0;
  for (let place = 1; place < order.length; place += 1) {
    const before = order[place - 1] as number;
    const index = order[place] as number;
    const ms = (fromMs[index] as number) - (fromMs[before] as number);
    if (ms > FORWARD_IN_ARRAY_MS) {
      const advanceMs = Math.max(ADVANCE_MS_MIN, (playheadMs[index] as number) - (playheadMs[before] as number));
      marks.push({ index, rule: "clock-forward", byMs: advanceMs - ms });
      shiftMs += advanceMs - ms;
      if (atMs === fromMs) atMs = Float64Array.from(fromMs);
    }
    if (shiftMs !== 0) atMs[index] = (fromMs[index] as number) + shiftMs;
  }
  return { atMs, marks };
}

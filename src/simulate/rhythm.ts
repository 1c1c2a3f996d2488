/** When people watch: little at night, most in the evening, more at the weekend. All in UTC. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../base/units.ts";
import { Random } from "./random.ts";

const SLOT_MS = 15 * MINUTE_MS;
const STREAM = 1;

/** Relative starts at each full hour. */
const HOURS = [14, 8, 5, 4, 4, 6, 12, 22, 26, 24, 22, 24, 30, 32, 30, 32, 38, 50, 68, 88, 100, 92, 62, 30];
/** Relative starts on each day; the first day of the epoch was a Thursday. */
const DAYS_FROM_THURSDAY = [0.92, 1.05, 1.25, 1.3, 0.85, 0.88, 0.9];

interface RhythmOptions {
  readonly seed: number;
  readonly sessions: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Draws the instants at which exactly so many sessions start in a range, in order. */
export function* startInstants({ seed, sessions, fromMs, toMs }: RhythmOptions): Generator<number> {
  const random = new Random(seed, STREAM, 0);
  const total = sumOf(fromMs, toMs);
  let sum = 0;
  let done = 0;
  for (let slotMs = fromMs; slotMs < toMs; slotMs += SLOT_MS) {
    const endMs = Math.min(slotMs + SLOT_MS, toMs);
    sum += weightOf(slotMs, endMs);
    const due = endMs === toMs ? sessions : Math.round((sessions * sum) / total);
    yield* instantsWithin({ random, count: due - done, fromMs: slotMs, toMs: endMs });
    done = due;
  }
}

/** How much begins at an instant, compared with the busiest hour of a middling day. */
function rhythmAt(atMs: number): number {
  const hours = (atMs % DAY_MS) / HOUR_MS;
  const hour = Math.floor(hours);
  const before = HOURS[hour] ?? 0;
  const after = HOURS[(hour + 1) % HOURS.length] ?? 0;
  const day = DAYS_FROM_THURSDAY[Math.floor(atMs / DAY_MS) % DAYS_FROM_THURSDAY.length] ?? 1;
  return (day * (before + (after - before) * (hours - hour))) / Math.max(...HOURS);
}

function sumOf(fromMs: number, toMs: number): number {
  let sum = 0;
  for (let slotMs = fromMs; slotMs < toMs; slotMs += SLOT_MS) sum += weightOf(slotMs, Math.min(slotMs + SLOT_MS, toMs));
  return sum;
}

function weightOf(fromMs: number, toMs: number): number {
  return rhythmAt((fromMs + toMs) / 2) * (toMs - fromMs);
}

interface Within {
  readonly random: Random;
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

function instantsWithin({ random, count, fromMs, toMs }: Within): number[] {
  return Array.from({ length: count }, () => random.integer(fromMs, toMs - 1)).sort((a, b) => a - b);
}

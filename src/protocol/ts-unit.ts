/**
 * The unit of a `ts`. Some players send seconds or microseconds, and only the arrival tells which.
 *
 * The `sessionStart` decides for its session: the door asks {@link tsUnitOf} once, and the fold asks it again for what
 * was stored before the door did.
 *
 * @see docs/metrics.md, "Mending"
 */

import { DAY_MS, SECOND_MS } from "../base/units.ts";
import type { FlagRule } from "./flags.ts";

export type TsUnit = "milliseconds" | "seconds" | "microseconds";

const TEN_YEARS_MS = 3652.5 * DAY_MS;
const MICROSECONDS_PER_MS = 1000;
const SECONDS_RANGE = [1e9, 1e10] as const;
const MICROSECONDS_RANGE = [1e15, Number.MAX_SAFE_INTEGER + 1] as const;

/** Tells the unit in which a `ts` lies within ten years of its arrival: milliseconds unless only another one fits. */
export function tsUnitOf(ts: number, receivedAtMs: number): TsUnit {
  // Nearly every start.
  if (Math.abs(ts - receivedAtMs) <= TEN_YEARS_MS) return "milliseconds";
  const fits = (unit: TsUnit) => Math.abs(instantOf(ts, unit) - receivedAtMs) <= TEN_YEARS_MS;
  if (ts >= SECONDS_RANGE[0] && ts < SECONDS_RANGE[1] && fits("seconds")) return "seconds";
  if (ts >= MICROSECONDS_RANGE[0] && ts <= MICROSECONDS_RANGE[1] && fits("microseconds")) return "microseconds";
  return "milliseconds";
}

/** The flag of an event whose `ts` was converted. */
export const UNIT_FLAGS = {
  seconds: "ts-in-seconds",
  microseconds: "ts-in-microseconds",
} as const satisfies Record<Exclude<TsUnit, "milliseconds">, FlagRule>;

/** The unit of a session's `ts` by the flags of its start. */
export function unitInFlags(flags: readonly string[]): TsUnit {
  if (flags.includes(UNIT_FLAGS.seconds)) return "seconds";
  return flags.includes(UNIT_FLAGS.microseconds) ? "microseconds" : "milliseconds";
}

/** Converts a `ts` to integer milliseconds. */
export function instantOf(ts: number, unit: TsUnit): number {
  if (unit === "seconds") return Math.round(ts * SECOND_MS);
  return Math.round(unit === "microseconds" ? ts / MICROSECONDS_PER_MS : ts);
}

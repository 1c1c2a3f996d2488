/** How a number differs from an earlier period, if the two can be compared. */

import { type ColumnUnit, fixed, formatCount, formatMetricShort, isShare } from "../format/numbers.ts";
import { toneOf } from "./direction.ts";

interface Compared {
  readonly now: unknown;
  readonly before: unknown;
  /** Sessions of the earlier period. */
  readonly sessionsBefore: number;
  /** Whether sessions are known from before the earlier period, so that it lacks no days. */
  readonly isWhole: boolean;
}

export interface MetricChange {
  /** `▲ 4.8%`; absent where there is nothing to tell. */
  readonly by?: string;
  readonly tone: "good" | "bad" | "plain";
  /** What it was, or why the two can't be compared. */
  readonly note: string;
}

/** With fewer sessions a change says nothing. */
const SESSIONS_MIN = 30;
/** From this factor on, times say more than percents. */
const MANY_TIMES = 10;
const SAME_BELOW = 0.01;

export function changeOf(column: string, unit: ColumnUnit, compared: Compared): MetricChange {
  const { now, before, sessionsBefore, isWhole } = compared;
  const plain = (note: string): MetricChange => ({ tone: "plain", note });
  if (!isWhole) return plain("no full earlier period");
  if (typeof now !== "number" || typeof before !== "number") return plain("none before");
  if (sessionsBefore === 0 || (before === 0 && !isShare(unit))) return plain("none before");
  if (sessionsBefore < SESSIONS_MIN) return plain("too few before");
  const by = isShare(unit) ? points(now - before, Math.max(now, before)) : percent(now, before);
  if (by === undefined) return plain("unchanged");
  return { by, tone: toneOf(column, now, before), note: `was ${formatMetricShort(before, unit)}` };
}

/** Compares shares in points, since a percentage of a percentage would be misread. */
function points(difference: number, most: number): string | undefined {
  const text = fixed(Math.abs(difference) * 100, most < 0.01 ? 2 : 1);
  return Number(text) === 0 ? undefined : `${arrow(difference)} ${text} pts`;
}

function percent(now: number, before: number): string | undefined {
  const times = now / before;
  if (Math.abs(times - 1) < SAME_BELOW) return undefined;
  if (times >= MANY_TIMES) return `${formatCount(Math.round(times))}×`;
  return `${arrow(times - 1)} ${fixed(Math.abs(times - 1) * 100, 1)}%`;
}

function arrow(difference: number): string {
  return difference > 0 ? "▲" : "▼";
}

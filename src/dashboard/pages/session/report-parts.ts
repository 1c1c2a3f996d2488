/** What players report of quality: which report a number is, or how long each of them weighs. */

import { BITS_PER_KILOBIT, SECOND_MS, secondsOf } from "../../../base/units.ts";
import type { ParameterKey } from "../../../protocol/parameters.ts";
import type { MadeOf, Unit } from "../../../sessions/metrics/definition.ts";
import { reportedNumber } from "../../../sessions/reported.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import {
  type CountedPart,
  type Evidence,
  finite,
  inEvents,
  intervalsOf,
  type SessionCourse,
  type TakenEvent,
} from "./course.ts";

/** What an event reports of quality; bitrates are bits whatever the player said. 0 is no rate. */
function reportedBy({ qoeData, params, flags }: LedgerEvent, key: ParameterKey): number | undefined {
  const value = reportedNumber(qoeData[key]) ?? reportedNumber(params[key]);
  if (key === "media.qoe.framesPerSecond") return value || undefined;
  if (key !== "media.qoe.bitrate") return value;
  return value && flags.includes("bitrate-in-kilobits") ? value * BITS_PER_KILOBIT : value || undefined;
}

/** Time weighs with the value that was the latest by then. */
export function weighted(
  { taking }: SessionCourse,
  { time = [] }: MadeOf,
  key: ParameterKey,
  unit: Unit,
): Partial<Evidence> {
  const kinds: readonly string[] = time;
  const intervals: CountedPart[] = [];
  let weight: number | undefined;
  let ms = 0;
  let timesMs = 0;
  for (const each of taking) {
    weight = reportedBy(each.event, key) ?? weight;
    for (const { at, fromMs, toMs, countedAs } of intervalsOf(each)) {
      if (weight === undefined || toMs === fromMs || !kinds.includes(countedAs)) continue;
      intervals.push({ at, fromMs, toMs, weight });
      ms += toMs - fromMs;
      timesMs += weight * (toMs - fromMs);
    }
  }
  if (ms === 0) return { intervals };
  if (unit === "count") return { intervals, sum: finite(Math.round(timesMs / SECOND_MS)) };
  return { intervals, sum: finite(Math.round((timesMs / ms) * 1000) / 1000) };
}

/** The latest report under a key of quality data, where times are milliseconds. */
export function latest(facts: SessionCourse, { latest: key, only }: MadeOf, unit: Unit): Partial<Evidence> {
  const reports = facts.taking.filter(({ event }) => key && reportedBy(event, key) !== undefined);
  const isUpToStart = ({ at }: TakenEvent) => at <= facts.contentStartAt;
  const found = only === "up to the content start" ? (reports.findLast(isUpToStart) ?? reports[0]) : reports.at(-1);
  const value = found && key && reportedBy(found.event, key);
  const events = found ? [found.at] : [];
  if (unit === "flag") return { events, sum: Number((value ?? 0) > 0) };
  if (value === undefined) return { events, sum: null };
  return { events, sum: unit === "s" ? secondsOf(Math.round(value)) : value };
}

/** Reports: one that stands out, or those that differ from the one before. */
export function reportedChanges(
  { taking }: SessionCourse,
  { of, pick }: NonNullable<MadeOf["reports"]>,
): Partial<Evidence> {
  const reports = taking.flatMap(({ event, at }) => {
    const value = reportedBy(event, of);
    return value === undefined ? [] : [{ at, value }];
  });
  if (pick === "first" || pick === "highest") {
    const highest = Math.max(...reports.map(({ value }) => value));
    const found = pick === "first" ? reports[0] : reports.find(({ value }) => value === highest);
    return { events: found ? [found.at] : [], sum: found?.value ?? null };
  }
  const sign = pick === "rises" ? 1 : -1;
  const changes = reports.filter(({ value }, i) => sign * (value - (reports[i - 1]?.value ?? value)) > 0);
  return inEvents(changes.map(({ at }) => at));
}

/** Says since when something is so, and no more exactly than is known. */

import type { Finding } from "../api/answers.ts";
import { dateIn, formatTime } from "../format/times.ts";
import { nowMs } from "./clock.ts";

type When = Pick<Finding, "since" | "until" | "isNew" | "granularity">;

/** `since 14:00` of today, `since 24 Nov, 14:00`, `24 Nov, 14:00 to 18:00`; by days without the time. */
export function sinceWords({ since, until, isNew, granularity }: When, zone: string): string {
  if (since === null && until === null) return "all through the range";
  const format = (atMs: number, day: string) => {
    if (granularity === "day") return formatTime(atMs, "date", zone);
    return formatTime(atMs, dateIn(atMs, zone) === day ? "hour" : "minute", zone);
  };
  const today = dateIn(nowMs(), zone);
  // An end by days is the first day after it.
  const lastMs = until === null || granularity !== "day" ? until : until - 1;
  if (since === null) return `until ${format(lastMs ?? 0, today)}`;
  if (lastMs !== null) {
    const from = format(since, today);
    const to = format(lastMs, dateIn(since, zone));
    return from === to ? from : `${from} to ${to}`;
  }
  return `since ${isNew ? "its first session, " : ""}${format(since, today)}`;
}

/** From when to when, and for how long. */

import { SECOND_MS } from "../../base/units.ts";
import { formatSeconds } from "./numbers.ts";
import { dateIn, formatTime } from "./times.ts";

/** `Sun, 29 Nov 2026, 21:37:28 → 22:20:28 (43 min)`; without an end only its beginning. */
export function formatSpan(fromMs: number, toMs: number | undefined, zone: string): string {
  const from = formatTime(fromMs, "full", zone);
  if (toMs === undefined || toMs <= fromMs) return from;
  const isSameDay = dateIn(fromMs, zone) === dateIn(toMs, zone);
  const to = formatTime(toMs, isSameDay ? "time" : "second", zone);
  const seconds = (toMs - fromMs) / SECOND_MS;
  return `${from} → ${to} (${formatSeconds(seconds < 60 ? seconds : Math.round(seconds / 60) * 60)})`;
}

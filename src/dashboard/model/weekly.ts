/** A week of hours: what is usual on each weekday at each hour. */

import type { Report } from "../api/answers.ts";

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
export const HOURS = 24;

/** The mean audience of each hour of each weekday, Monday first; null where nothing played. */
export function weekOf(rows: Report["rows"]): (number | null)[][] {
  const cells = WEEKDAYS.map(() => Array.from({ length: HOURS }, (): number | null => null));
  for (const { dayOfWeek, hourOfDay, averageAudience } of rows) {
    const day = cells[Number(dayOfWeek) - 1];
    if (day && averageAudience) day[Number(hourOfDay)] = Number(averageAudience);
  }
  return cells;
}

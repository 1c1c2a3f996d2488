/** A week of hours from hourly numbers: what is usual on each weekday at each hour. */

interface Hourly {
  /** By the clock of the zone, with its offset. */
  readonly time: string;
  readonly mean: number;
}

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
export const HOURS = 24;

/** The mean of each hour of each weekday, Monday first; null where there was none such. */
export function weekOf(rows: readonly Hourly[]): (number | null)[][] {
  const cells = WEEKDAYS.map(() => Array.from({ length: HOURS }, () => ({ sum: 0, count: 0 })));
  for (const { time, mean } of rows) {
    // The local date and hour as they are written: the offset behind them is that of the zone.
    const weekday = (new Date(`${time.slice(0, "2026-10-25".length)}T00:00:00Z`).getUTCDay() + 6) % WEEKDAYS.length;
    const cell = cells[weekday]?.[Number(time.slice(11, 13))];
    if (!cell) continue;
    cell.sum += mean;
    cell.count += 1;
  }
  return cells.map((day) => day.map(({ sum, count }) => (count === 0 ? null : sum / count)));
}

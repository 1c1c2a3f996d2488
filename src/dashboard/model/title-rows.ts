/** Rows of titles: put together from several answers, narrowed down, and sorted as a report would sort them. */

import type { ColumnName, Report } from "../api/answers.ts";

type Rows = Report["rows"];

/** Rows of several answers, each title once. */
export function together(...answers: readonly Rows[]): Rows {
  return [
    ...new Map(answers.flat().map((row) => [JSON.stringify([row["media.id"], row["media.name"]]), row])).values(),
  ];
}

/** By a column, `-` in front for descending; what has no number comes last, as in the admin API's answers. */
export function sorted(rows: Rows, sort: string): Rows {
  const sign = sort.startsWith("-") ? -1 : 1;
  const column = sort.replace(/^-/, "") as ColumnName;
  return rows.toSorted((a, b) => {
    const x = a[column] ?? null;
    const y = b[column] ?? null;
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * String(x).localeCompare(String(y));
  });
}

/** How many sessions a title must have before its numbers say something, where so many titles have as many. */
const BOUNDS = [100, 50, 20, 10, 5];
const TITLES_MIN = 10;

/** The highest bound that leaves some titles; 1 where none does. */
export function boundFor(rows: Rows): number {
  return BOUNDS.find((bound) => withAtLeast(rows, bound).length >= TITLES_MIN) ?? 1;
}

export function withAtLeast(rows: Rows, sessions: number): Rows {
  return rows.filter(({ mediaStarts }) => Number(mediaStarts) >= sessions);
}

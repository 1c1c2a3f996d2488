/** Turns measurements into figures, the table and the lines of results.jsonl. */

import { type Figure, isMissed } from "./question.ts";
import type { Line } from "./results-page.ts";

/** The median. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** Rounds to four significant digits: the machine gives no more. */
export function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

/** Formats a value for people. */
export function format(value: number): string {
  return rounded(value).toLocaleString("en", { maximumFractionDigits: 4 });
}

/** Says a figure's target, and whether it is met; empty without a target. */
export function verdictOf(figure: Figure): { readonly target?: string; readonly met?: boolean } {
  if (!figure.target) return {};
  return { target: `${figure.target.is} ${figure.target.value.toLocaleString("en")}`, met: !isMissed(figure) };
}

/** A figure as a line of results.jsonl. */
export function lineOf(figure: Figure): Line {
  return { figure: figure.figure, value: rounded(figure.value), unit: figure.unit, ...verdictOf(figure) };
}

/** Renders a question's figures for people. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { target = "", met } = verdictOf(figure);
    const verdict = met === undefined ? "" : met ? "met" : "MISSED";
    return [figure.figure, format(figure.value), figure.unit, target, verdict];
  });
  return tabulate([["figure", "value", "unit", "target", ""], ...rows], [1]);
}

/** Renders rows of cells with their columns below each other. @param numbers the columns to be set flush right */
export function tabulate(rows: ReadonlyArray<readonly string[]>, numbers: readonly number[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const padded = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return numbers.includes(column) ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => `  ${row.map(padded).join("  ").trimEnd()}`).join("\n");
}

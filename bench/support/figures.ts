/** Turns measurements into figures, the table and the lines of results.jsonl. */

import { type Figure, isMissed } from "./question.ts";

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

/** Renders a question's figures for people. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { target = "", met } = verdictOf(figure);
    const verdict = met === undefined ? "" : met ? "met" : "MISSED";
    return [figure.figure, format(figure.value), figure.unit, target, verdict];
  });
  const table = [["figure", "value", "unit", "target", ""], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => column === 1;
  return table
    .map((row) =>
      row.map((cell, i) => (isNumber(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  "),
    )
    .map((line) => `  ${line.trimEnd()}`)
    .join("\n");
}

/** Where an axis of numbers has its marks, and how these are written: round in their unit, and all in the same one. */

import { BITS_PER_KILOBIT, BITS_PER_MEGABIT, HOUR_S, MINUTE_S } from "../../base/units.ts";
import { type ColumnUnit, fixed, formatCompact, isShare } from "./numbers.ts";

/** Beyond the largest number that is ever drawn, since uPlot fails if its list of steps ends too early. */
const TOP = 18;

const SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
  10_800, 21_600, 43_200, 86_400,
];
const DECADES = [1, 2, 5];

function decades(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => DECADES.map((each) => each * 10 ** (from + at))).flat();
}

/** The steps between two marks to choose from, ascending. */
export function axisSteps(column: ColumnUnit): number[] {
  if (isShare(column)) return decades(-6, 1);
  if (column.unit === "s") return [...SECONDS, ...decades(1, TOP).flatMap((each) => (each >= 50 ? each * HOUR_S : []))];
  const isWhole = column.unit === "bit/s" || column.unit === "flag" || isCount(column);
  return decades(isWhole ? 0 : -4, TOP);
}

/** Sums of counts are whole. */
function isCount({ unit, aggregation }: ColumnUnit): boolean {
  return unit === "count" && aggregation === "sum";
}

/** Keeps the highest value off the edge. */
const HEADROOM = 1.08;
/** The end of a share's axis if all shares are zero: 100% would hide that the chart shows small ones. */
const SHARE_TOP = 0.01;

/** Where an axis from 0 on ends: a little above the highest value. */
export function axisTop(highest: number, column: ColumnUnit): number {
  if (highest > 0) return highest * HEADROOM;
  return isShare(column) ? SHARE_TOP : 1;
}

/** The labels of marks that are a step apart; zero has no unit. */
export function axisLabels(marks: readonly number[], step: number, column: ColumnUnit): string[] {
  const write = writerOf(step, column);
  return marks.map((mark) => (mark === 0 ? "0" : write(mark)));
}

function writerOf(step: number, column: ColumnUnit): (mark: number) => string {
  if (isShare(column)) {
    const decimals = decimalsOf(step * 100);
    return (mark) => `${fixed(mark * 100, decimals)}%`;
  }
  if (column.unit === "s") {
    const [size, word] = step >= HOUR_S ? [HOUR_S, "h"] : step >= MINUTE_S ? [MINUTE_S, "min"] : [1, "s"];
    const decimals = decimalsOf(step / size);
    return (mark) =>
      `${decimals === 0 ? formatCompact(Math.round(mark / size)) : fixed(mark / size, decimals)} ${word}`;
  }
  if (column.unit === "bit/s") {
    const [size, word] =
      step >= BITS_PER_MEGABIT / 10
        ? [BITS_PER_MEGABIT, "Mbit/s"]
        : step >= BITS_PER_KILOBIT / 10
          ? [BITS_PER_KILOBIT, "kbit/s"]
          : [1, "bit/s"];
    const decimals = decimalsOf(step / size);
    return (mark) => `${fixed(mark / size, decimals)} ${word}`;
  }
  const decimals = decimalsOf(step);
  return (mark) => (decimals === 0 ? formatCompact(Math.round(mark)) : fixed(mark, decimals));
}

/** How many decimals a step needs: two for 0.05. */
function decimalsOf(step: number): number {
  if (Number.isInteger(step)) return 0;
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
}

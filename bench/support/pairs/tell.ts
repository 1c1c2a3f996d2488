/** A comparison for people, and as lines of results.jsonl. */

import { format, median, rounded, tabulate } from "../figures.ts";
import type { Line } from "../results-page.ts";
import { inWords } from "./interval.ts";
import type { Comparison } from "./take-pairs.ts";

/** Renders each figure of both sides, and the verdict of the one that decides. */
export function tellComparison(name: string, against: string, { figures, rounds, pairs }: Comparison): string {
  const rows = figures.map(({ figure, here, there, verdict, ...interval }) => {
    const values = [format(median(here)), format(median(there))];
    return [figure.figure, ...values, figure.unit, inWords(interval), verdict];
  });
  const table = tabulate([["figure", "working tree", against, "unit", "times as fast", ""], ...rows], [1, 2]);
  const [decides] = figures;
  const verdict = `${decides.verdict}: ${inWords(decides)} times as fast as ${against}`;
  return `${table}\n${name}: ${verdict} (rounds: ${rounds}, pairs of processes: ${pairs})`;
}

/** A line for each figure; its value is the ratio of speeds. */
export function linesOf(against: string, { figures, rounds, pairs }: Comparison): Line[] {
  return figures.map(({ figure, ratio, low, high, verdict }) => {
    // JSON knows no infinity: without an interval the line has none.
    const interval = Number.isFinite(high) ? { interval: [rounded(low), rounded(high)] as const } : {};
    return {
      figure: figure.figure,
      value: rounded(ratio),
      unit: "ratio",
      against,
      ...interval,
      verdict,
      rounds,
      pairs,
    };
  });
}

/** Tells whether the working tree is known to be no slower. */
export function isAsFast({ figures: [decides] }: Comparison): boolean {
  return decides.verdict === "faster" || decides.verdict.startsWith("same");
}

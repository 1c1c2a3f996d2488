/** From the ratios of rounds to an interval, when to stop, and the verdict. */

/** A ratio of speeds and its 95 % interval; above 1 the working tree is faster. */
export interface Interval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** With fewer pairs a few that agree by chance would end a comparison too soon. */
export const PAIRS_MIN = 8;
/** Fewer cannot give an interval of 95 %: all of them lie on one side of the truth too often. */
const WILCOXON_MIN = 6;
/** Half of the width of 95 % of the normal distribution, in standard deviations. */
const Z = 1.96;

/**
 * The middle of the pairs, with the interval of Wilcoxon's signed-rank test (Hodges and Lehmann, 1963).
 *
 * It takes logarithms, because half as fast and twice as fast must cancel out, and ranks instead of a mean, because
 * rounds in which the disk or the host stood still are far off and say nothing: Student's interval needs three times the
 * rounds when a twentieth of them are such. Being paired and in random order, the logarithms spread evenly around the
 * truth, which is all that the test asks. The sample is pairs and not rounds, because two processes of the same code
 * differ for as long as they live; counting the rounds of a pair as independent would make the interval too narrow.
 *
 * @param pairs for each pair the ratios of its rounds
 */
export function intervalOf(pairs: ReadonlyArray<readonly number[]>): Interval {
  const means = pairMeansOf(pairs.map((ratios) => middleOf(pairMeansOf(ratios.map(Math.log)))));
  const ratio = Math.exp(middleOf(means));
  const count = pairs.length;
  if (count < WILCOXON_MIN) return { ratio, low: 0, high: Number.POSITIVE_INFINITY };
  const deviation = Math.sqrt((count * (count + 1) * (2 * count + 1)) / 24);
  // As the exact tables from 6 on, or one rank wider.
  const rank = Math.floor((count * (count + 1)) / 4 - Z * deviation - 0.5);
  const at = (index: number) => Math.exp(means.at(index) ?? Number.NaN);
  return { ratio, low: at(rank), high: at(-1 - rank) };
}

/** The means of every two of some values, each with itself too, in ascending order. */
function pairMeansOf(values: readonly number[]): Float64Array {
  const means = values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2));
  return Float64Array.from(means).sort();
}

function middleOf(sorted: Float64Array): number {
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/**
 * Tells whether an interval is narrow enough to stop.
 *
 * Only its width may say so: stopping at the first interval that leaves out 1 would find a difference sooner or later
 * where there is none.
 *
 * @param within half of the width, in percent
 */
export function isNarrow({ low, high }: Interval, pairs: number, within: number): boolean {
  return pairs >= PAIRS_MIN && high / low <= marginOf(within);
}

/** One that is narrow enough is always decided: it lies within the margin, or beside 1. */
export function verdictOf({ low, high }: Interval, within: number): string {
  const margin = marginOf(within);
  if (low >= 1 / margin && high <= margin) return `same within ${2 * within} %`;
  if (low > 1) return "faster";
  if (high < 1) return "slower";
  return "not decided";
}

/** The ratio up to which two commits count as the same: twice as far as the interval reaches to either side. */
function marginOf(within: number): number {
  return 1 + (2 * within) / 100;
}

/** "1.004 (0.991 to 1.017)" */
export function inWords({ ratio, low, high }: Interval): string {
  const interval = high === Number.POSITIVE_INFINITY ? "no interval yet" : `${low.toFixed(3)} to ${high.toFixed(3)}`;
  return `${ratio.toFixed(3)} (${interval})`;
}

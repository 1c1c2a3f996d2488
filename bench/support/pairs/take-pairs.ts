/** The rounds of a comparison: pair after pair, both sides in random order in each round, until the interval is narrow. */

import { MINUTE_MS } from "../../../src/base/units.ts";
import type { Bounds } from "../options.ts";
import type { Context } from "../question.ts";
import { type Interval, intervalOf, inWords, isNarrow, verdictOf } from "./interval.ts";
import type { PairedFigure, PairedQuestion, Round, SideAt, Sides } from "./paired-question.ts";

/** A figure of both sides, compared. */
export interface Compared extends Interval {
  readonly figure: PairedFigure;
  readonly verdict: string;
  /** Each side's values, for their medians. */
  readonly here: readonly number[];
  readonly there: readonly number[];
}

export interface Comparison {
  /** The first one decides. */
  readonly figures: readonly [Compared, ...Compared[]];
  readonly rounds: number;
  readonly pairs: number;
}

/** Pairs that may be left out. */
const FAILURES_MAX = 3;

/** @throws Error when a side cannot be asked, or proves nothing */
export async function takePairs(
  question: PairedQuestion,
  context: Context,
  sides: Sides,
  bounds: Bounds,
): Promise<Comparison> {
  const untilMs = performance.now() + bounds.minutes * MINUTE_MS;
  const pairs: Round[][] = [];
  const isOver = () => pairs.flat().length >= bounds.rounds || performance.now() >= untilMs;
  let failures = 0;
  do {
    context.say(`starting pair ${pairs.length + 1}`);
    const rounds: Round[] = [];
    pairs.push(rounds);
    try {
      await using pair = await question.open(context, sides);
      do {
        // The second one would find a disk that the first one left busy.
        rounds.push(await pair.takeRound(Math.random() < 0.5 ? 0 : 1));
        context.say(progressOf(question, pairs, bounds));
      } while (rounds.length < question.roundsPerPair && !isOver());
    } catch (error) {
      pairs.pop();
      failures += 1;
      // A machine that has too much to do breaks one now and then; a fault of a commit comes again.
      if (failures > FAILURES_MAX) throw error;
      context.say(`leaving out a pair: ${(error as Error).message}`);
    }
  } while (!isOver() && !isNarrow(intervalOf(ratiosOf(question.figures[0], 0, pairs)), pairs.length, bounds.within));
  const [first, ...others] = question.figures;
  const rest = others.map((figure, at) => comparedOf(figure, at + 1, pairs, bounds));
  return {
    figures: [comparedOf(first, 0, pairs, bounds), ...rest],
    rounds: pairs.flat().length,
    pairs: pairs.length,
  };
}

/** @returns for each pair its rounds' ratios of speed */
function ratiosOf({ faster }: PairedFigure, at: number, pairs: readonly Round[][]): number[][] {
  return pairs.map((rounds) =>
    rounds.map(([here, there]) => {
      const ratio = (here[at] ?? Number.NaN) / (there[at] ?? Number.NaN);
      return faster === "more" ? ratio : 1 / ratio;
    }),
  );
}

function comparedOf(figure: PairedFigure, at: number, pairs: readonly Round[][], { within }: Bounds): Compared {
  const interval = intervalOf(ratiosOf(figure, at, pairs));
  const valuesOf = (side: SideAt) => pairs.flat().map((round) => round[side][at] ?? Number.NaN);
  return {
    ...interval,
    figure,
    verdict: verdictOf(interval, within),
    here: valuesOf(0),
    there: valuesOf(1),
  };
}

function progressOf({ figures }: PairedQuestion, pairs: readonly Round[][], { within }: Bounds): string {
  const ratios = ratiosOf(figures[0], 0, pairs);
  const last = ratios.at(-1)?.at(-1) ?? Number.NaN;
  const interval = intervalOf(ratios);
  const where = `pair ${pairs.length}, round ${ratios.flat().length}`;
  return `${where}: ${last.toFixed(3)}, so far ${inWords(interval)}, wanted ± ${within} %`;
}

/** What can be asked of two commits at once: a pair of their processes, measured round by round. */

import type { OptionName } from "../options.ts";
import type { Context } from "../question.ts";

/** A commit's files: the working tree, or the checkout of another commit. */
export interface Side {
  readonly name: string;
  readonly root: string;
}

export type Sides = readonly [here: Side, there: Side];

/** A number that each side's turn gives. */
export interface PairedFigure {
  readonly figure: string;
  readonly unit: string;
  /** What a faster commit has of it. */
  readonly faster: "more" | "less";
}

/** What each side gave in a round: a value for each of the question's figures. */
export type Round = readonly [here: readonly number[], there: readonly number[]];

/** A place in `Sides` and in `Round`. */
export type SideAt = 0 | 1;

/** Processes of both sides, side by side. Disposing of it ends them and removes their files. */
export interface Pair extends AsyncDisposable {
  /** Measures both sides; while one is asked, the other has nothing to do. */
  takeRound(first: SideAt): Promise<Round>;
}

/** A round in which one side is measured, and then the other. */
export async function byTurns(first: SideAt, measure: (at: SideAt) => Promise<readonly number[]>): Promise<Round> {
  const one = await measure(first);
  const other = await measure(first === 0 ? 1 : 0);
  return first === 0 ? [one, other] : [other, one];
}

export interface PairedQuestion {
  /** That of the question it belongs to. */
  readonly name: string;
  /** The options that it knows beside those of every comparison. */
  readonly takes: readonly OptionName[];
  /** The first one decides when to stop, and the verdict; the others are reported beside it. */
  readonly figures: readonly [PairedFigure, ...PairedFigure[]];
  /** How often a pair is measured before a new one takes its place. */
  readonly roundsPerPair: number;
  /** Starts both sides and warms them up. @throws Error when one of them cannot be asked */
  open(context: Context, sides: Sides): Promise<Pair>;
}

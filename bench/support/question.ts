/** A question of the benchmark, and what it is given. */

import type { OptionName } from "./options.ts";
import type { Processes } from "./processes.ts";

export interface Question {
  /** Its name on the command line. */
  readonly name: string;
  /** The question in one sentence, for `--help`. */
  readonly asks: string;
  /** The options that change what it does; any other is refused. */
  readonly takes: readonly OptionName[];
  /** @throws Error when the run proves nothing: a refused request, a server that died */
  run(context: Context): Promise<Figure[]>;
}

export interface Context {
  /** From `--rounds`; each question has its own default. */
  readonly rounds: number | undefined;
  /** How long one measurement lasts. */
  readonly seconds: number;
  /** Events in the log of `restart` and `memory`. */
  readonly events: number;
  readonly connections: number;
  /** Sessions behind the reports of `report`. */
  readonly sessions: number;
  /** An empty directory on the real disk, removed after the question. */
  readonly directory: string;
  readonly processes: Processes;
  /** Reports progress. */
  say(text: string): void;
}

export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target;
}

export interface Target {
  readonly is: ">=" | "<" | "<=" | "=";
  readonly value: number;
}

/** Tells whether a figure misses its target; one without a target misses nothing. */
export function isMissed({ value, target }: Figure): boolean {
  if (!target) return false;
  switch (target.is) {
    case ">=":
      return value < target.value;
    case "<":
      return value >= target.value;
    case "<=":
      return value > target.value;
    case "=":
      return value !== target.value;
  }
}

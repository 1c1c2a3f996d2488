/** Compares the durable server with the same server without storage, turn by turn. */

import { join } from "node:path";
import { writeTemplates } from "./bodies.ts";
import { median } from "./figures.ts";
import type { Kind } from "./load.ts";
import { startPlayhead } from "./playhead-trial.ts";
import type { Context, Figure } from "./question.ts";
import type { Storage } from "./storage.ts";
import { type Line, measureService, otherWorkOf, ratiosOf, speedOf, takeTurns } from "./turns.ts";

/** On a machine whose speed doubles and halves within seconds, rounds of one run gave ratios from 0.63 to 0.82. */
const ROUNDS = 7;
/** Warm-up: at full load the compilers are busy for so long, more with storage than without. */
const WARM_UP_SECONDS = 15;

export interface Comparison {
  readonly kind: Kind;
  /** The smallest ratio that meets the target. */
  readonly ratioMin?: number;
}

/**
 * Measures both in turns.
 *
 * Each turn has a new server with an empty disk: otherwise both would carry memory from earlier rounds, the faster one
 * more.
 */
export async function compare(context: Context, { kind, ratioMin }: Comparison): Promise<Figure[]> {
  const bodies = join(context.directory, "bodies");
  writeTemplates(bodies);
  const entrant = (name: string, storage: Storage) => {
    const start = (directory: string) => startPlayhead(context.processes, directory, { storage });
    const trial = { name, kind, bodies, start, warmUpSeconds: WARM_UP_SECONDS };
    return { name, measure: () => measureService(context, trial) };
  };
  const entrants = [entrant("durable", "sqlite"), entrant("without storage", "null")];
  const lines = await takeTurns({ ...context, rounds: context.rounds ?? ROUNDS }, kind, entrants);
  const [durable, free] = lines as [Line, Line];
  const ratios = ratiosOf(durable, free);
  const target = ratioMin === undefined ? {} : { target: { is: ">=", value: ratioMin } as const };
  return [
    ...lines.flatMap((line) => speedOf(kind, line)),
    { figure: `${kind}: durable / without storage`, value: median(ratios), unit: "ratio", ...target },
    { figure: `${kind}: ratio, lowest`, value: Math.min(...ratios), unit: "ratio" },
    { figure: `${kind}: ratio, highest`, value: Math.max(...ratios), unit: "ratio" },
    {
      figure: "load generator busy, without storage",
      value: median(free.turns.map(({ generatorBusyRatio = 0 }) => generatorBusyRatio)),
      unit: "ratio",
    },
    otherWorkOf(kind, lines),
  ];
}

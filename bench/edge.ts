/** Durable pings of Media Edge against those of the first dialect, in turns. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { median } from "./support/figures.ts";
import type { Kind } from "./support/load.ts";
import { startPlayhead } from "./support/playhead-trial.ts";
import type { Question } from "./support/question.ts";
import { type Line, measureService, otherWorkOf, ratiosOf, speedOf, takeTurns } from "./support/turns.ts";

/** The compilers are busy for so long. */
const WARM_UP_SECONDS = 15;
const RATIO_MIN = 0.8;

export const question: Question = {
  name: "edge",
  asks: "How many pings of Media Edge a second are durable, and what part of the first dialect's is that?",
  takes: ["rounds", "seconds", "connections"],
  async run(context) {
    const bodies = join(context.directory, "bodies");
    writeTemplates(bodies);
    const start = (directory: string) => startPlayhead(context.processes, directory);
    const entrant = (name: string, kind: Kind) => {
      const trial = { name, kind, bodies, start, warmUpSeconds: WARM_UP_SECONDS };
      return { name, measure: () => measureService(context, trial) };
    };
    const entrants = [entrant("Media Edge", "edge"), entrant("Media Collection", "events")];
    const lines = await takeTurns(context, "edge", entrants);
    const [edge, collection] = lines as [Line, Line];
    const byCpu = median(edge.turns.map(perCpuSecond)) / median(collection.turns.map(perCpuSecond));
    const byClock = ratiosOf(edge, collection);
    return [
      ...lines.flatMap((line) => speedOf("events", line)),
      {
        figure: "Media Edge / Media Collection, by processor time",
        value: byCpu,
        unit: "ratio",
        target: { is: ">=", value: RATIO_MIN },
      },
      { figure: "Media Edge / Media Collection, by the clock", value: median(byClock), unit: "ratio" },
      otherWorkOf("edge", lines),
    ];
  },
};

function perCpuSecond({ perCpuSecond: found = Number.NaN }: Line["turns"][number]): number {
  return found;
}

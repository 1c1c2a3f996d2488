/** Durable starts and pings against the least that reads, checks and answers them, in turns. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { CHECKED, OURS } from "./support/contenders.ts";
import { median } from "./support/figures.ts";
import { writeSchemas } from "./support/peer-schemas.ts";
import type { Figure, Question } from "./support/question.ts";
import { type Line, measureService, otherWorkOf, ratiosOf, speedOf, takeTurns } from "./support/turns.ts";

/** The compilers are busy for so long. */
const WARM_UP_SECONDS = 15;
const RATIO_MIN = { starts: 0.5, events: 0.55 } as const;
const KINDS = ["starts", "events"] as const;

export const question: Question = {
  name: "limits",
  asks: "What part of the speed of a server that reads, checks and answers, and keeps nothing, is durable?",
  takes: ["rounds", "seconds", "connections"],
  async run(context) {
    const { processes, directory: scratch } = context;
    const bodies = join(scratch, "bodies");
    const schemasPath = join(scratch, "schemas.json");
    writeTemplates(bodies);
    writeSchemas(schemasPath);
    const figures: Figure[] = [];
    for (const kind of KINDS) {
      const entrants = [OURS, CHECKED].map(({ name, start }) => {
        const started = (directory: string) => start({ processes, directory, schemasPath });
        const trial = { name, kind, bodies, start: started, warmUpSeconds: WARM_UP_SECONDS };
        return { name, measure: () => measureService(context, trial) };
      });
      const lines = await takeTurns(context, kind, entrants);
      const [ours, checked] = lines as [Line, Line];
      const target = { is: ">=", value: RATIO_MIN[kind] } as const;
      figures.push(
        ...lines.flatMap((line) => speedOf(kind, line)),
        {
          figure: `${kind}: durable / checked, not kept`,
          value: median(ratiosOf(ours, checked)),
          unit: "ratio",
          target,
        },
        { figure: `${kind}: by processor time`, value: perCpuSecond(ours) / perCpuSecond(checked), unit: "ratio" },
        otherWorkOf(kind, lines),
      );
    }
    return figures;
  },
};

/** How many requests a second of the server's processor time gave. */
function perCpuSecond({ turns }: Line): number {
  return median(turns.map(({ perCpuSecond: found = Number.NaN }) => found));
}

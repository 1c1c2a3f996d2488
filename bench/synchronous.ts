/** What it costs that a commit survives a power cut. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { median } from "./support/figures.ts";
import { startPlayhead } from "./support/playhead-trial.ts";
import type { Figure, Question } from "./support/question.ts";
import { type Line, measureService, otherWorkOf, ratiosOf, speedOf, takeTurns } from "./support/turns.ts";

const KINDS = ["starts", "events"] as const;

export const question: Question = {
  name: "synchronous",
  asks: "What does synchronous=FULL cost, against NORMAL, which loses the last commits in a power cut?",
  takes: ["rounds", "seconds", "connections"],
  async run(context) {
    const bodies = join(context.directory, "bodies");
    writeTemplates(bodies);
    const figures: Figure[] = [];
    for (const kind of KINDS) {
      const entrant = (name: "FULL" | "NORMAL") => {
        const config = { synchronous: name };
        const start = (directory: string) => startPlayhead(context.processes, directory, { config });
        return { name, measure: () => measureService(context, { name, kind, bodies, start }) };
      };
      const lines = await takeTurns(context, kind, [entrant("FULL"), entrant("NORMAL")]);
      const [full, normal] = lines as [Line, Line];
      const ratio = median(ratiosOf(full, normal));
      figures.push(...lines.flatMap((line) => speedOf(kind, line)));
      figures.push({ figure: `${kind}: FULL / NORMAL`, value: ratio, unit: "ratio" }, otherWorkOf(kind, lines));
    }
    return figures;
  },
};

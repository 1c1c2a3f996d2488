/** Whether a server slows down as its log grows, and what open sessions cost beside it. */

import { cpSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS } from "../src/base/units.ts";
import { writeTemplates } from "./support/bodies.ts";
import { median } from "./support/figures.ts";
import { type FillSize, fillDirectory } from "./support/fill-directory.ts";
import { startPlayhead } from "./support/playhead-trial.ts";
import type { Question } from "./support/question.ts";
import { type Line, measureService, otherWorkOf, ratiosOf, speedOf, takeTurns } from "./support/turns.ts";

/** How many times the `--events` that the grown log has. */
const TIMES_EVENTS = 10;
const SESSIONS = 50_000;
const RATIO_MIN = 0.95;
/** So long that every turn has a checkpoint: a server that continues after a kill reaches it sooner. */
const TIMES_SECONDS = 3;
/** No session falls due during a measurement, however long ago the directory was filled. */
const PATIENT = { idleTimeoutMs: DAY_MS, stallTimeoutMs: DAY_MS };

export const question: Question = {
  name: "growth",
  asks: "How many pings a second are durable behind a log of ten million events, and at its start?",
  takes: ["rounds", "seconds", "events", "connections"],
  async run(context) {
    const { directory, processes, say } = context;
    const bodies = join(directory, "bodies");
    writeTemplates(bodies);
    const kind = "events";
    const longer = { ...context, seconds: TIMES_SECONDS * context.seconds };
    /** Each turn has a copy: earlier turns would have added to one log and not to the other. */
    const entrant = async (name: string, { events, sessions }: Omit<FillSize, "eventsBehind">) => {
      const filled = join(directory, name);
      say(`filling ${events.toLocaleString("en")} events of ${sessions.toLocaleString("en")} open sessions`);
      await fillDirectory(processes, filled, { events, sessions, eventsBehind: 0 });
      const start = async (turn: string) => {
        cpSync(filled, join(turn, "data"), { recursive: true });
        await processes.syncDisk();
        return startPlayhead(processes, turn, { config: PATIENT });
      };
      return { name, measure: () => measureService(longer, { name, kind, bodies, start, rowsBefore: events }) };
    };
    const lines = await takeTurns(context, kind, [
      await entrant("grown", { events: TIMES_EVENTS * context.events, sessions: SESSIONS }),
      await entrant("at the start", { events: 0, sessions: SESSIONS }),
      await entrant("at the start, no open sessions", { events: 0, sessions: 0 }),
    ]);
    const [grown, young, alone] = lines as [Line, Line, Line];
    return [
      ...lines.flatMap((line) => speedOf(kind, line)),
      {
        figure: "grown / at the start",
        value: median(ratiosOf(grown, young)),
        unit: "ratio",
        target: { is: ">=", value: RATIO_MIN },
      },
      {
        figure: `with ${SESSIONS.toLocaleString("en")} more open sessions / without`,
        value: median(ratiosOf(young, alone)),
        unit: "ratio",
      },
      { figure: "grown / at the start, no open sessions", value: median(ratiosOf(grown, alone)), unit: "ratio" },
      otherWorkOf(kind, lines),
    ];
  },
};

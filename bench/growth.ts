/** Whether a server slows down as its log grows. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { median } from "./support/figures.ts";
import { fillDirectory } from "./support/fill-directory.ts";
import { startPlayhead } from "./support/playhead-trial.ts";
import type { Question } from "./support/question.ts";
import { type Line, measureService, otherWorkOf, ratiosOf, speedOf, takeTurns } from "./support/turns.ts";

/** Of the events that `--events` says. */
const TIMES_EVENTS = 10;
const SESSIONS = 50_000;
const RATIO_MIN = 0.95;
/** So long that there is a checkpoint in every turn: a server that goes on behind a kill comes to it sooner. */
const TIMES_SECONDS = 3;

export const question: Question = {
  name: "growth",
  asks: "How many pings a second are durable behind a log of ten million events, and at its start?",
  async run(context) {
    const { directory, processes, say } = context;
    const bodies = join(directory, "bodies");
    writeTemplates(bodies);
    const grown = join(directory, "grown");
    const events = TIMES_EVENTS * context.events;
    say(`filling ${events.toLocaleString("en")} events`);
    await fillDirectory(processes, join(grown, "data"), { events, sessions: SESSIONS, eventsBehind: 0 });
    const kind = "events";
    const longer = { ...context, seconds: TIMES_SECONDS * context.seconds };
    const entrant = (name: string, rowsBefore: number, directoryOf: (turn: string) => string) => {
      const start = (turn: string) => startPlayhead(processes, directoryOf(turn));
      return { name, measure: () => measureService(longer, { name, kind, bodies, start, rowsBefore }) };
    };
    // What each turn adds stays: the log grows by some more.
    const entrants = [entrant("grown", events, () => grown), entrant("new", 0, (turn) => turn)];
    const lines = await takeTurns(context, kind, entrants);
    const [after, before] = lines as [Line, Line];
    const ratio = median(ratiosOf(after, before));
    return [
      ...lines.flatMap((line) => speedOf(kind, line)),
      { figure: "grown / new", value: ratio, unit: "ratio", target: { is: ">=", value: RATIO_MIN } },
      otherWorkOf(kind, lines),
    ];
  },
};

/** Whole sessions, one behind the other, against the same server with storage taken out. */

import { compare } from "./support/compare.ts";
import type { Question } from "./support/question.ts";

export const question: Question = {
  name: "mixed",
  asks: "How many requests a second are durable of sessions as they are: a start, 30 pings, 5 other events, an end?",
  takes: ["rounds", "seconds", "connections"],
  run: (context) => compare(context, { kind: "mixed", ratioMin: 0.6 }),
};

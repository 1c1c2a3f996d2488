/** Durable pings against the same server with storage taken out. */

import { compare } from "./support/compare.ts";
import type { Question } from "./support/question.ts";

export const question: Question = {
  name: "events",
  asks: "How many pings a second to 10,000 open sessions are durable, and what part of the server's own speed is that?",
  takes: ["rounds", "seconds", "connections"],
  run: (context) => compare(context, { kind: "events", ratioMin: 0.8 }),
};

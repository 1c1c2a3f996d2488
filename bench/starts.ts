/** Durable session starts against the same server with storage taken out. */

import { compare } from "./support/compare.ts";
import type { Question } from "./support/question.ts";

export const question: Question = {
  name: "starts",
  asks: "How many session starts a second are durable, and what part of the server's own speed is that?",
  takes: ["rounds", "seconds", "connections"],
  run: (context) => compare(context, { kind: "starts", ratioMin: 0.65 }),
};

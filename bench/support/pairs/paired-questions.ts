/** Every question that can be asked of two commits. */

import { childPair } from "./child-pair.ts";
import { latencyPair, throughputPair } from "./load-pair.ts";
import type { PairedQuestion } from "./paired-question.ts";
import { reportPair } from "./report-pair.ts";

export const PAIRED: readonly PairedQuestion[] = [
  throughputPair("starts"),
  throughputPair("events"),
  throughputPair("mixed"),
  latencyPair,
  childPair("fold", [
    { figure: "events folded, in order", unit: "events/s", faster: "more" },
    { figure: "events folded, arrived out of order", unit: "events/s", faster: "more" },
  ]),
  childPair("close", [
    { figure: "closing and folding all", unit: "ms", faster: "less" },
    { figure: "longest pause of the loop", unit: "ms", faster: "less" },
  ]),
  reportPair,
];

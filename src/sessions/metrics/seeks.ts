/** The numbers of seeks. */

import { secondsOf } from "../../base/units.ts";
import type { MetricDefinition } from "./definition.ts";

export const SEEK_METRICS = [
  {
    id: "seeks",
    group: "viewing",
    unit: "count",
    definition:
      "How often the playhead jumped while content played, or content went on elsewhere than where it stopped; " +
      "neither a loop nor midnight in live content is one.",
    formula: "jumps of the playhead by more than 1 s",
    of: ({ seeking }) => seeking.count,
    madeOf: { jumps: "all" },
  },
  {
    id: "seekForwardTime",
    group: "viewing",
    unit: "s",
    definition: "How far forward the playhead jumped, from one event to the next one.",
    formula: "Σ seconds of content of forward seeks",
    of: ({ seeking }) => secondsOf(seeking.forwardMs),
    madeOf: { jumps: "forward" },
  },
  {
    id: "seekBackTime",
    group: "viewing",
    unit: "s",
    definition: "How far back the playhead jumped, from one event to the next one.",
    formula: "Σ seconds of content of seeks back",
    of: ({ seeking }) => secondsOf(seeking.backMs),
    madeOf: { jumps: "back" },
  },
  {
    id: "seekImpactedStreams",
    label: "Sessions with seeks",
    group: "viewing",
    unit: "flag",
    definition: "Whether the viewer moved the playhead.",
    formula: "1 if seeks > 0",
    of: ({ seeking }) => Number(seeking.count > 0),
    madeOf: { jumps: "all" },
  },
] as const satisfies readonly MetricDefinition[];

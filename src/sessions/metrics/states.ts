/** The numbers that each player state has: how often it became active, whether, and for how long. */

import type { MetricDefinition } from "./definition.ts";

export type StatePart = "Count" | "StreamsImpacted" | "TotalDuration";

/** By what stands behind the state's name in the metric's id. */
export const STATE_PARTS: Readonly<Record<StatePart, Pick<MetricDefinition, "unit" | "definition" | "formula">>> = {
  Count: {
    unit: "count",
    definition: "How often the player state became active.",
    formula: "stateStart while it is not active",
  },
  StreamsImpacted: { unit: "flag", definition: "Whether it became active.", formula: "1 if its count > 0" },
  TotalDuration: {
    unit: "s",
    definition: "Time for which it was active.",
    formula: "Σ time from stateStart to stateEnd, or to the last event",
  },
};

/** Numbers that no other gives from these events: ratios, and failures. */

import { secondsOf } from "../../base/units.ts";
import { type MetricDefinition, shareOf } from "./definition.ts";

export const DERIVED_METRICS = [
  {
    id: "rebufferingDuration",
    unit: "s",
    definition: "Time buffering from the content start on.",
    formula: "totalBufferDuration after the content start",
    of: ({ bufferMsAfterStart }) => secondsOf(bufferMsAfterStart),
    madeOf: { time: ["buffer"], only: "from the content start" },
    betterWhen: "less",
  },
  {
    id: "rebufferingRatio",
    unit: "ratio",
    definition:
      "Share of buffering in the time that content buffered or played, from its start on; none without such time.",
    formula: "rebufferingDuration / (rebufferingDuration + contentTimeSpent)",
    ratio: { of: ["rebufferingDuration"], by: ["rebufferingDuration", "contentTimeSpent"] },
    of: ({ bufferMsAfterStart, contentMs }) => shareOf(bufferMsAfterStart, bufferMsAfterStart + contentMs),
    betterWhen: "less",
  },
  {
    id: "completionRate",
    unit: "ratio",
    definition: "Completes among content starts; none without a content start.",
    formula: "contentCompletes / contentStarts",
    ratio: { of: ["contentCompletes"], by: ["contentStarts"] },
    of: ({ contentCompleted, contentStarted }) => shareOf(Number(contentCompleted), Number(contentStarted)),
    betterWhen: "more",
  },
  {
    id: "adCompletionRate",
    unit: "ratio",
    definition: "Completes among ad starts; none without an ad.",
    formula: "adCompletes / adStarts",
    ratio: { of: ["adCompletes"], by: ["adStarts"] },
    of: ({ counts }) => shareOf(counts.adCompletes, counts.ads),
    betterWhen: "more",
  },
  {
    id: "exitsBeforeStart",
    unit: "ratio",
    definition: "Drops before start among media starts.",
    formula: "dropsBeforeStart / mediaStarts",
    ratio: { of: ["dropsBeforeStart"], by: ["mediaStarts"] },
    of: ({ closed, contentStarted }) => Number(closed && !contentStarted),
    betterWhen: "less",
  },
  {
    id: "playbackFailures",
    unit: "flag",
    definition: "The session closed without a content start and with an error.",
    formula: "1 if dropsBeforeStart and errorEvents > 0",
    of: ({ closed, contentStarted, counts }) => Number(closed && !contentStarted && counts.errors > 0),
    madeOf: {
      events: "error",
      terms: ["dropsBeforeStart", "errorEvents"],
      from: (drops, errors = 0) => Number(drops === 1 && errors > 0),
    },
    betterWhen: "less",
  },
] as const satisfies readonly MetricDefinition[];

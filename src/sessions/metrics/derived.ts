/** Numbers that no other gives from these events: ratios, and failures. */

import { SECOND_MS, secondsOf } from "../../base/units.ts";
import { lengthOf } from "../watched.ts";
import { type MetricDefinition, type Outcome, shareOf } from "./definition.ts";

export const DERIVED_METRICS = [
  {
    id: "rebufferingDuration",
    label: "Rebuffering time",
    group: "quality",
    unit: "s",
    definition: "Time buffering from the content start on.",
    formula: "totalBufferDuration after the content start",
    of: ({ bufferMsAfterStart }) => secondsOf(bufferMsAfterStart),
    madeOf: { time: ["buffer"], only: "from the content start" },
    betterWhen: "less",
  },
  {
    id: "rebufferingRatio",
    label: "Rebuffering",
    group: "quality",
    unit: "ratio",
    definition:
      "Share of buffering in the time that content buffered or played, from its start on; none without such time.",
    formula: "rebufferingDuration / (rebufferingDuration + contentTimeSpent)",
    ratio: { of: ["rebufferingDuration"], by: ["rebufferingDuration", "contentTimeSpent"] },
    of: ({ bufferMsAfterStart, contentMs }) => shareOf(bufferMsAfterStart, bufferMsAfterStart + contentMs),
    betterWhen: "less",
  },
  {
    id: "rebufferFrequency",
    label: "Rebuffers a minute",
    group: "quality",
    unit: "1/min",
    definition: "Rebuffers a minute of content; none without content.",
    formula: "60 × rebufferEvents / contentTimeSpent",
    ratio: { of: ["rebufferEvents"], by: ["contentTimeSpent"], times: { rebufferEvents: 60 } },
    of: ({ bufferedBy, contentMs }) => shareOf(60 * bufferedBy.playback.count * SECOND_MS, contentMs),
    betterWhen: "less",
  },
  {
    id: "droppedFrameRatio",
    label: "Dropped frames, share",
    group: "quality",
    unit: "ratio",
    definition: "Dropped frames among those that were to be shown; none unless both are known.",
    formula: "droppedFrames / expectedFrames",
    ratio: { of: ["droppedFrames"], by: ["expectedFrames"], isPartial: true },
    of: ({ reports: { droppedFrames, fpsMs, fpsTimesMs } }) =>
      droppedFrames === undefined || fpsMs === 0 ? null : shareOf(droppedFrames, Math.round(fpsTimesMs / SECOND_MS)),
    betterWhen: "less",
  },
  {
    id: "averagePercentWatched",
    label: "Share watched",
    group: "viewing",
    unit: "ratio",
    definition: "Share of the content that was watched; none without a content start, or if the length is unknown.",
    formula: "uniqueTimePlayed / contentLength",
    ratio: { of: ["uniqueTimePlayed"], by: ["contentLength"], isPartial: true },
    of: ({ contentStarted, content, watched }) =>
      contentStarted && content.lengthMs !== undefined
        ? shareOf(lengthOf(watched), Math.round(content.lengthMs))
        : null,
    betterWhen: "more",
  },
  {
    id: "averagePlaybackSpeed",
    group: "viewing",
    unit: "ratio",
    definition: "How fast the watched parts were played: 1 is the content's own speed. None if no time was watched.",
    formula: "watchedLength / watchingTime",
    ratio: { of: ["watchedLength"], by: ["watchingTime"] },
    of: ({ watchedMs, watchingMs }) => shareOf(watchedMs, watchingMs),
  },
  {
    id: "completionRate",
    label: "Completion",
    group: "viewing",
    unit: "ratio",
    definition: "Completes among content starts; none without a content start.",
    formula: "contentCompletes / contentStarts",
    ratio: { of: ["contentCompletes"], by: ["contentStarts"] },
    of: ({ completionSaid, contentStarted }) =>
      shareOf(Number(completionSaid && contentStarted), Number(contentStarted)),
    betterWhen: "more",
  },
  {
    id: "adCompletionRate",
    label: "Ad completion",
    group: "ads",
    unit: "ratio",
    definition: "Completes among ad starts; none without an ad.",
    formula: "adCompletes / adStarts",
    ratio: { of: ["adCompletes"], by: ["adStarts"] },
    of: ({ counts }) => shareOf(counts.adCompletes, counts.ads),
    betterWhen: "more",
  },
  {
    id: "exitsBeforeStart",
    label: "Left before start",
    group: "quality",
    unit: "ratio",
    definition: "Drops before start among media starts.",
    formula: "dropsBeforeStart / mediaStarts",
    ratio: { of: ["dropsBeforeStart"], by: ["mediaStarts"] },
    of: ({ closed, contentStarted }) => Number(closed && !contentStarted),
    betterWhen: "less",
  },
  {
    id: "playbackFailures",
    label: "Failed to start",
    group: "quality",
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
  {
    id: "exitsWithoutError",
    group: "quality",
    unit: "flag",
    definition: "The session closed without a content start and without an error.",
    formula: "1 if dropsBeforeStart and errorEvents = 0",
    of: ({ closed, contentStarted, counts }) => Number(closed && !contentStarted && counts.errors === 0),
    madeOf: {
      terms: ["dropsBeforeStart", "errorEvents"],
      from: (drops, errors = 0) => Number(drops === 1 && errors === 0),
    },
    betterWhen: "less",
  },
  {
    id: "exitsDuringPreRoll",
    group: "quality",
    unit: "flag",
    definition: "The session closed without a content start, after an ad break had begun.",
    formula: "1 if dropsBeforeStart and adBreaks > 0",
    of: ({ closed, contentStarted, counts }) => Number(closed && !contentStarted && counts.adBreaks > 0),
    madeOf: {
      events: "adBreakStart",
      terms: ["dropsBeforeStart", "adBreaks"],
      from: (drops, breaks = 0) => Number(drops === 1 && breaks > 0),
    },
    betterWhen: "less",
  },
  {
    id: "midstreamFailures",
    label: "Failed midstream",
    group: "quality",
    unit: "flag",
    definition:
      "The session closed without a completion, and less than 1 s played behind its latest error since the content " +
      "start; a standing playhead plays only in live content.",
    formula: "1 if closed, not contentCompletes, and < 1 s played behind the latest error since the content start",
    of: (outcome) => Number(outcome.closed && hasFailedMidstream(outcome)),
    madeOf: { lastError: true, terms: ["closed", "contentCompletes"] },
    betterWhen: "less",
  },
  {
    id: "playbackSuccessScore",
    label: "Playback success",
    group: "quality",
    unit: "ratio",
    definition:
      "1 for a session that started and didn't fail, 0.5 for one that failed midstream, 0 for one that failed to " +
      "start; none for the others.",
    formula: "(contentStarts - midstreamFailures / 2) / (contentStarts + playbackFailures)",
    ratio: {
      of: ["contentStarts", "midstreamFailures"],
      by: ["contentStarts", "playbackFailures"],
      times: { midstreamFailures: -0.5 },
    },
    of: (outcome) => successOf(outcome),
    betterWhen: "more",
  },
] as const satisfies readonly MetricDefinition[];

/** What plays at least, if something does: a playhead is sampled, and rounded. */
const PLAYED_MS_MIN = SECOND_MS;

/** Whether playback is over for good when so much has played behind an error. */
export function isOverBehind(playedMs: number): boolean {
  return playedMs < PLAYED_MS_MIN;
}

function hasFailedMidstream({ completionSaid, playedMsSinceError }: Outcome): boolean {
  return !completionSaid && playedMsSinceError !== undefined && isOverBehind(playedMsSinceError);
}

function successOf(outcome: Outcome): number | null {
  const { closed, contentStarted, counts } = outcome;
  if (contentStarted) return closed && hasFailedMidstream(outcome) ? 0.5 : 1;
  return closed && counts.errors > 0 ? 0 : null;
}

/** Which way of a number is the better one: the catalogue behind green and red. */

export type Tone = "good" | "bad" | "plain";

/** Ids of metrics. What is in neither list is neither good nor bad: a pause, a skipped ad, a muted player. */
export const BETTER = {
  more: [
    ...["mediaStarts", "contentStarts", "contentCompletes", "completionRate", "contentResumes"],
    ...["contentTimeSpent", "mediaTimeSpent", "uniqueTimePlayed", "averageMinuteAudience", "contentSegmentViews"],
    ...["progress10", "progress25", "progress50", "progress75", "progress95", "estimatedStreams"],
    ...["adStarts", "adCount", "adCompletes", "adCompletionRate", "adBreaks", "adTimeSpent"],
    ...["chapterStarts", "chapterCount", "chapterCompletes", "chapterTimeSpent", "averageBitrate"],
  ],
  less: [
    ...["timeToStart", "dropsBeforeStart", "exitsBeforeStart", "playbackFailures"],
    ...["bufferEvents", "bufferImpactedStreams", "totalBufferDuration", "rebufferingDuration", "rebufferingRatio"],
    ...["stallEvents", "stallImpactedStreams", "totalStallingDuration"],
    ...["errorEvents", "errorImpactedStreams", "droppedFrames", "droppedFrameImpactedStreams"],
  ],
} as const satisfies Record<string, readonly string[]>;

const MORE: ReadonlySet<string> = new Set(BETTER.more);
const LESS: ReadonlySet<string> = new Set(BETTER.less);

/** Whether a metric, as a report names it, has become better since. */
export function toneOf(column: string, now: unknown, before: unknown): Tone {
  if (typeof now !== "number" || typeof before !== "number" || now === before) return "plain";
  const [id = ""] = column.split(":");
  if (!MORE.has(id) && !LESS.has(id)) return "plain";
  return now > before === MORE.has(id) ? "good" : "bad";
}

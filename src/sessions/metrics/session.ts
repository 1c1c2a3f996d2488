/** The numbers of a session as a whole. */

import { MINUTE_MS, SECOND_MS, secondsOf } from "../../base/units.ts";
import { lengthOf, segmentsIn } from "../watched.ts";
import { type MetricDefinition, type Outcome, occurrenceMetrics } from "./definition.ts";
import { SEEK_METRICS } from "./seeks.ts";

const STREAM_MS = 30 * MINUTE_MS;
const MS_PER_PERCENT_SECOND = 10;
/** A share that is reached exactly must not be missed by the last bit of a product: 8.002 s × 50 % is over 4001 ms. */
const EXACTLY = 1 - 1e-12;
const PROGRESS_PERCENTS = [10, 25, 50, 75, 95] as const;

export const SESSION_METRICS = [
  {
    id: "mediaStarts",
    unit: "count",
    definition: "Sessions that started.",
    formula: "1",
    contextData: "a.media.view",
    xdm: "sessionDetails.isViewed",
    of: () => 1,
    madeOf: { events: "sessionStart" },
    betterWhen: "more",
  },
  {
    id: "contentStarts",
    unit: "flag",
    definition: "A `play` on main content occurred, outside an ad break, or the playhead implied one.",
    formula: "1 if main content played",
    contextData: "a.media.play",
    xdm: "sessionDetails.isPlayed",
    of: ({ contentStarted }) => Number(contentStarted),
    madeOf: { contentStart: true },
    betterWhen: "more",
  },
  {
    id: "contentCompletes",
    unit: "flag",
    definition: "`sessionComplete` occurred in a session with a content start, before it or behind it.",
    formula: "1 if sessionComplete and contentStarts",
    contextData: "a.media.complete",
    xdm: "sessionDetails.isCompleted",
    of: ({ completionSaid, contentStarted }) => Number(completionSaid && contentStarted),
    madeOf: { events: "sessionComplete" },
    betterWhen: "more",
  },
  {
    id: "dropsBeforeStart",
    unit: "flag",
    definition: "The session closed without a content start; 0 while it is open.",
    formula: "1 if closed and not contentStarts",
    contextData: "a.media.qoe.dropBeforeStart",
    xdm: "qoeDataDetails.isDroppedBeforeStart",
    of: ({ closed, contentStarted }) => Number(closed && !contentStarted),
    madeOf: {
      terms: ["closed", "contentStarts"],
      from: (isClosed, starts) => Number(isClosed === 1 && starts === 0),
    },
    betterWhen: "less",
  },
  {
    id: "contentTimeSpent",
    unit: "s",
    definition: "Time playing main content, stalls excluded.",
    formula: "Σ intervals `content`",
    contextData: "a.media.timePlayed",
    xdm: "sessionDetails.timePlayed",
    of: ({ contentMs }) => secondsOf(contentMs),
    madeOf: { time: ["content"] },
    betterWhen: "more",
  },
  {
    id: "adTimeSpent",
    unit: "s",
    definition: "Time playing ads.",
    formula: "Σ intervals `ad`",
    contextData: "a.media.ad.timePlayed",
    xdm: "advertisingDetails.timePlayed",
    of: ({ adMs }) => secondsOf(adMs),
    madeOf: { time: ["ad"] },
    betterWhen: "more",
  },
  {
    id: "mediaTimeSpent",
    unit: "s",
    definition: "Time playing content or ads.",
    formula: "contentTimeSpent + adTimeSpent",
    contextData: "a.media.totalTimePlayed",
    xdm: "sessionDetails.totalTimePlayed",
    of: ({ contentMs, adMs }) => secondsOf(contentMs + adMs),
    madeOf: { time: ["content", "ad"], terms: ["contentTimeSpent", "adTimeSpent"] },
    betterWhen: "more",
  },
  {
    id: "uniqueTimePlayed",
    unit: "s",
    definition: "Length of the content that was watched at least once.",
    formula: "length of the union of watched intervals",
    contextData: "a.media.uniqueTimePlayed",
    xdm: "sessionDetails.uniqueTimePlayed",
    of: ({ watched }) => secondsOf(lengthOf(watched)),
    madeOf: { watched: true },
    betterWhen: "more",
  },
  {
    id: "averageMinuteAudience",
    unit: "ratio",
    definition:
      "Viewers in the average minute of the content: how many times its length was played. A session adds its part; " +
      "none if the length is unknown.",
    formula: "contentTimeSpent / media.length",
    aggregate: "sum",
    ratio: { of: ["contentTimeSpent"], by: ["media.length"] },
    contextData: "a.media.averageMinuteAudience",
    xdm: "sessionDetails.averageMinuteAudience",
    of: ({ contentMs, length }) => (length === undefined ? null : secondsOf(contentMs) / length),
    betterWhen: "more",
  },
  ...PROGRESS_PERCENTS.map(
    (percent): MetricDefinition<`progress${typeof percent}`> => ({
      id: `progress${percent}`,
      unit: "flag",
      definition: `From the content start on a playhead reached ${percent} % of the length; none if it is unknown.`,
      formula: `1 if max playhead ≥ ${percent / 100} × media.length`,
      contextData: `a.media.progress${percent}`,
      xdm: `sessionDetails.hasProgress${percent}`,
      of: ({ playheadMsMax, length }) =>
        length === undefined ? null : Number(reachesShare(playheadMsMax, length, percent)),
      madeOf: { percent },
      betterWhen: "more",
    }),
  ),
  {
    id: "contentSegmentViews",
    unit: "count",
    definition: "Five-minute segments of content of which something was watched.",
    formula: "segments that the watched intervals touch",
    contextData: "a.media.segmentView",
    xdm: "sessionDetails.hasSegmentView",
    of: ({ watched }) => segmentsIn(watched),
    madeOf: { watched: true },
    betterWhen: "more",
  },
  {
    id: "contentResumes",
    unit: "flag",
    definition: "`media.resume` was true.",
    formula: "1 if media.resume",
    contextData: "a.media.resume",
    xdm: "sessionDetails.hasResume",
    of: ({ start }) => Number(start.params?.["media.resume"] === true),
    madeOf: { start: "media.resume" },
    betterWhen: "more",
  },
  {
    id: "estimatedStreams",
    unit: "count",
    definition: "One for each half-hour of content and ads that was begun.",
    formula: "floor(mediaTimeSpent / 1800) + 1",
    contextData: "a.media.estimatedStreams",
    xdm: "sessionDetails.estimatedStreams",
    of: ({ contentMs, adMs }) => streamsIn(contentMs + adMs),
    madeOf: { terms: ["mediaTimeSpent"], from: (seconds = 0) => streamsIn(Math.round(seconds * SECOND_MS)) },
    betterWhen: "more",
  },
  {
    id: "authorized",
    unit: "flag",
    definition: '`media.pass.auth` is "true", in whatever case.',
    formula: '1 if lower(media.pass.auth) = "true"',
    contextData: "a.media.pass.auth",
    of: ({ start }) => Number(String(start.params?.["media.pass.auth"]).toLowerCase() === "true"),
    madeOf: { start: "media.pass.auth" },
  },
  ...occurrenceMetrics({
    became: "paused",
    ids: ["pauseEvents", "pausedImpactedStreams", "totalPauseDuration"],
    contextData: ["a.media.pauseCount", "a.media.pause", "a.media.pauseTime"],
    xdm: ["sessionDetails.pauseCount", "sessionDetails.hasPauseImpactedStreams", "sessionDetails.pauseTime"],
    count: ({ pauseEvents }) => pauseEvents,
    ms: ({ pauseMs }) => pauseMs,
    counted: { events: "pauseStart" },
    spent: { time: ["pause"] },
  }),
  {
    id: "newStreams",
    unit: "count",
    definition: "Sessions that didn't resume what was begun before.",
    formula: "mediaStarts - contentResumes",
    of: ({ start }) => 1 - Number(start.params?.["media.resume"] === true),
    madeOf: { terms: ["mediaStarts", "contentResumes"], from: (starts = 0, resumes = 0) => starts - resumes },
    betterWhen: "more",
  },
  ...SEEK_METRICS,
  {
    id: "watchedLength",
    unit: "s",
    definition: "Length of the watched parts of the content; what was watched twice counts twice.",
    formula: "Σ length of the watched intervals",
    of: ({ watchedMs }) => secondsOf(watchedMs),
    madeOf: { advance: true },
    betterWhen: "more",
  },
  {
    id: "watchingTime",
    unit: "s",
    definition: "Time that the watched parts took, at whatever speed.",
    formula: "Σ intervals `content` in which the playhead went on",
    of: ({ watchingMs }) => secondsOf(watchingMs),
    madeOf: { time: ["content"], only: "while watched" },
    betterWhen: "more",
  },
  {
    id: "contentLength",
    unit: "s",
    definition: "Length of the content that started; none without a content start, or if the length is unknown.",
    formula: "media.length if contentStarts",
    of: (outcome) => (outcome.contentStarted ? knownLength(outcome) : null),
    madeOf: { lengthOnceStarted: true },
  },
  {
    id: "mendings",
    unit: "count",
    definition: "How often a rule mended what the player said, since its playhead or a clock contradicts it.",
    formula: "Σ flags `mended`",
    of: ({ mendings }) => mendings,
    madeOf: { mended: "events" },
    betterWhen: "less",
  },
  {
    id: "mendedTime",
    unit: "s",
    definition: "Time that counts as another kind than what the player says alone would make it.",
    formula: "Σ intervals of another kind than without mending",
    of: ({ mendedMs }) => secondsOf(mendedMs),
    madeOf: { mended: "time" },
    betterWhen: "less",
  },
] as const satisfies readonly MetricDefinition[];

function knownLength({ content: { lengthMs } }: Outcome): number | null {
  return lengthMs === undefined ? null : secondsOf(Math.round(lengthMs));
}

/** How many half-hours began. */
function streamsIn(ms: number): number {
  return Math.floor(ms / STREAM_MS) + 1;
}

/** Whether a playhead is at this share of a length in seconds, or behind it. */
export function reachesShare(playheadMs: number, length: number, percent: number): boolean {
  return playheadMs >= length * percent * MS_PER_PERCENT_SECOND * EXACTLY;
}

/** The numbers of a session as a whole. */

import { secondsOf } from "../../base/units.ts";
import { lengthOf, segmentsIn } from "../watched.ts";
import { type MetricDefinition, occurrenceMetrics } from "./definition.ts";

export const STREAM_MS = 1800 * 1000;
const MS_PER_PERCENT_SECOND = 10;
/** A share that is reached exactly must not be missed by the last bit of a product: 8.002 s × 50 % is over 4001 ms. */
const EXACTLY = 1 - 1e-12;
export const PROGRESS_PERCENTS = [10, 25, 50, 75, 95] as const;

export const SESSION_METRICS: readonly MetricDefinition[] = [
  {
    id: "mediaStarts",
    unit: "count",
    definition: "Sessions, known from the 201 on.",
    formula: "1",
    contextData: "a.media.view",
    xdm: "sessionDetails.isViewed",
    of: () => 1,
  },
  {
    id: "contentStarts",
    unit: "flag",
    definition: "A `play` on main content occurred, outside an ad break.",
    formula: "1 if play outside a break",
    contextData: "a.media.play",
    xdm: "sessionDetails.isPlayed",
    of: ({ contentStarted }) => Number(contentStarted),
  },
  {
    id: "contentCompletes",
    unit: "flag",
    definition: "`sessionComplete` occurred.",
    formula: "1 if sessionComplete",
    contextData: "a.media.complete",
    xdm: "sessionDetails.isCompleted",
    of: ({ contentCompleted }) => Number(contentCompleted),
  },
  {
    id: "dropsBeforeStart",
    unit: "flag",
    definition: "The session closed without a content start; 0 while it is open.",
    formula: "1 if closed and not contentStarts",
    contextData: "a.media.qoe.dropBeforeStart",
    xdm: "qoeDataDetails.isDroppedBeforeStart",
    of: ({ closed, contentStarted }) => Number(closed && !contentStarted),
  },
  {
    id: "contentTimeSpent",
    unit: "s",
    definition: "Time playing main content, stalls excluded.",
    formula: "Σ intervals `content`",
    contextData: "a.media.timePlayed",
    xdm: "sessionDetails.timePlayed",
    of: ({ contentMs }) => secondsOf(contentMs),
  },
  {
    id: "adTimeSpent",
    unit: "s",
    definition: "Time playing ads.",
    formula: "Σ intervals `ad`",
    contextData: "a.media.ad.timePlayed",
    xdm: "advertisingDetails.timePlayed",
    of: ({ adMs }) => secondsOf(adMs),
  },
  {
    id: "mediaTimeSpent",
    unit: "s",
    definition: "Time playing content or ads.",
    formula: "contentTimeSpent + adTimeSpent",
    contextData: "a.media.totalTimePlayed",
    xdm: "sessionDetails.totalTimePlayed",
    of: ({ contentMs, adMs }) => secondsOf(contentMs + adMs),
  },
  {
    id: "uniqueTimePlayed",
    unit: "s",
    definition: "Length of the content that was watched at least once.",
    formula: "length of the union of watched intervals",
    contextData: "a.media.uniqueTimePlayed",
    xdm: "sessionDetails.uniqueTimePlayed",
    of: ({ watched }) => secondsOf(lengthOf(watched)),
  },
  {
    id: "averageMinuteAudience",
    unit: "ratio",
    definition: "How many times the content's length was played; none if the length is unknown.",
    formula: "contentTimeSpent / media.length",
    aggregate: "sum",
    ratio: { of: ["contentTimeSpent"], by: ["media.length"] },
    contextData: "a.media.averageMinuteAudience",
    xdm: "sessionDetails.averageMinuteAudience",
    of: ({ contentMs, length }) => (length === undefined ? null : secondsOf(contentMs) / length),
  },
  ...PROGRESS_PERCENTS.map(
    (percent): MetricDefinition => ({
      id: `progress${percent}`,
      unit: "flag",
      definition: `From the content start on a playhead reached ${percent} % of the length; none if it is unknown.`,
      formula: `1 if max playhead ≥ ${percent / 100} × media.length`,
      contextData: `a.media.progress${percent}`,
      xdm: `sessionDetails.hasProgress${percent}`,
      of: ({ playheadMsMax, length }) =>
        length === undefined ? null : Number(reachesShare(playheadMsMax, length, percent)),
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
  },
  {
    id: "contentResumes",
    unit: "flag",
    definition: "`media.resume` was true.",
    formula: "1 if media.resume",
    contextData: "a.media.resume",
    xdm: "sessionDetails.hasResume",
    of: ({ start }) => Number(start.params?.["media.resume"] === true),
  },
  {
    id: "estimatedStreams",
    unit: "count",
    definition: "One for each half-hour of content and ads that was begun.",
    formula: "floor(mediaTimeSpent / 1800) + 1",
    contextData: "a.media.estimatedStreams",
    xdm: "sessionDetails.estimatedStreams",
    of: ({ contentMs, adMs }) => Math.floor((contentMs + adMs) / STREAM_MS) + 1,
  },
  {
    id: "authorized",
    unit: "flag",
    definition: '`media.pass.auth` is "true", in whatever case.',
    formula: '1 if lower(media.pass.auth) = "true"',
    contextData: "a.media.pass.auth",
    xdm: "sessionDetails.isAuthorized",
    of: ({ start }) => Number(String(start.params?.["media.pass.auth"]).toLowerCase() === "true"),
  },
  ...occurrenceMetrics({
    became: "paused",
    ids: ["pauseEvents", "pausedImpactedStreams", "totalPauseDuration"],
    contextData: ["a.media.pauseCount", "a.media.pause", "a.media.pauseTime"],
    xdm: ["sessionDetails.pauseCount", "sessionDetails.hasPauseImpactedStreams", "sessionDetails.pauseTime"],
    count: ({ pauseEvents }) => pauseEvents,
    ms: ({ pauseMs }) => pauseMs,
  }),
];

/** Whether a playhead is at this share of a length in seconds, or behind it. */
export function reachesShare(playheadMs: number, length: number, percent: number): boolean {
  return playheadMs >= length * percent * MS_PER_PERCENT_SECOND * EXACTLY;
}

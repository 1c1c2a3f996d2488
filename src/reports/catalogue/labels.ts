/** What metrics and dimensions are called by people. A name that says it by its own words needs no row here. */

import type { MetricId } from "../../sessions/metrics.ts";
import type { DimensionName } from "./dimensions.ts";

const METRIC_LABELS: Readonly<Partial<Record<MetricId | "events", string>>> = {
  mediaStarts: "Sessions",
  contentStarts: "Plays",
  contentCompletes: "Completed",
  dropsBeforeStart: "Left before start, sessions",
  exitsBeforeStart: "Left before start",
  contentTimeSpent: "Content time",
  adTimeSpent: "Ad time",
  mediaTimeSpent: "Content and ad time",
  uniqueTimePlayed: "Unique content time",
  averageMinuteAudience: "Average-minute audience",
  completionRate: "Completion",
  progress10: "Reached 10%",
  progress25: "Reached 25%",
  progress50: "Reached 50%",
  progress75: "Reached 75%",
  progress95: "Reached 95%",
  contentResumes: "Resumes",
  pauseEvents: "Pauses",
  pausedImpactedStreams: "Sessions with pauses",
  totalPauseDuration: "Paused time",
  seekImpactedStreams: "Sessions with seeks",
  adCompletionRate: "Ad completion",
  adAbandons: "Left in an ad",
  emptyAdBreaks: "Empty breaks",
  bufferEvents: "Buffering",
  bufferImpactedStreams: "Sessions with buffering",
  totalBufferDuration: "Buffering time",
  stallEvents: "Stalls",
  stallImpactedStreams: "Sessions with stalls",
  totalStallingDuration: "Stalled time",
  errorEvents: "Errors",
  errorImpactedStreams: "Sessions with errors",
  bitrateChangeImpactedStreams: "Sessions with bitrate changes",
  averageBitrate: "Bitrate",
  averageFps: "Frame rate",
  droppedFrameImpactedStreams: "Sessions with dropped frames",
  droppedFrameRatio: "Dropped frames, share",
  timeToStart: "Startup time",
  computedTimeToStart: "Startup time, by events",
  timeToFirstAd: "Time to the first ad",
  rebufferEvents: "Rebuffers",
  rebufferingDuration: "Rebuffering time",
  rebufferingRatio: "Rebuffering",
  rebufferFrequency: "Rebuffers a minute",
  averagePercentWatched: "Share watched",
  playbackFailures: "Failed to start",
  midstreamFailures: "Failed midstream",
  playbackSuccessScore: "Playback success",
};

const DIMENSION_LABELS: Readonly<Partial<Record<DimensionName, string>>> = {
  sid: "Session ID",
  closeReason: "How it ended",
  "media.name": "Title",
  "media.id": "Title ID",
  "media.playerName": "Player",
  "media.sdkVersion": "Version",
  "media.streamType": "Stream",
  "media.streamFormat": "Quality tier",
  "media.downloaded": "Played offline",
  "media.showType": "Kind of show",
  "media.pass.mvpd": "TV provider",
  "media.pass.auth": "Authorised",
  "media.label": "Record label",
  "media.qoe.errorID": "Error",
  "media.qoe.errorSource": "Error source",
  "media.errorId": "Error, older key",
  "media.errorSource": "Error source, older key",
  "media.ad.id": "Ad ID",
  "media.ad.name": "Ad",
  "media.ad.length": "Ad length",
  "media.ad.podFriendlyName": "Break",
  "media.ad.podIndex": "Break number",
  "media.ad.podSecond": "Break second",
  "media.ad.podPosition": "Position in the break",
  "media.ad.playerName": "Ad player",
  "media.ad.campaignId": "Campaign",
  "media.ad.creativeId": "Creative",
  "media.ad.siteId": "Ad site",
  "media.ad.placementId": "Placement",
  "media.chapter.friendlyName": "Chapter",
  "media.chapter.index": "Chapter number",
  "media.chapter.offset": "Chapter second",
  "media.chapter.length": "Chapter length",
  "media.state.name": "Player state",
  "visitor.marketingCloudUserId": "Visitor",
  "visitor.marketingCloudOrgId": "Organisation",
  "analytics.visitorId": "Visitor ID",
};

const IMPACTED = /StreamsImpacted$/;

export function labelOfMetric(id: string): string {
  const known = METRIC_LABELS[id as MetricId];
  return known ?? wordsOf(id.replace(IMPACTED, "Sessions").replace(/TotalDuration$/, "Time"));
}

export function labelOfDimension(name: string): string {
  return DIMENSION_LABELS[name as DimensionName] ?? wordsOf(name.slice(name.lastIndexOf(".") + 1));
}

/** The words of an id, the first with a capital. */
function wordsOf(id: string): string {
  const words = id.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

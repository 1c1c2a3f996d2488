/** Quality: how fast, how sharp and how smoothly titles play, what goes wrong, and where. */

import type { MetricId } from "../../sessions/metrics.ts";
import type { Aggregation, Labels } from "../api/answers.ts";
import { useReport } from "../api/use-report.ts";
import { granularityOf, scope } from "../model/scope.ts";
import { Breakdown, type Tab, TabbedBreakdown } from "../parts/breakdown.tsx";
import { ChartPanel, type View } from "../parts/chart-panel.tsx";
import { Headed, type Headline } from "../parts/headlines.tsx";
import { NothingHere } from "../parts/nothing-here.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { WorstTitles } from "./quality/worst-titles.tsx";

const HEADLINES: readonly Headline[] = [
  ["timeToStart:p50", "Startup, median"],
  ["timeToStart:p95", "Startup, p95"],
  ["rebufferingRatio", "Rebuffering"],
  ["averageBitrate", "Bitrate, mean"],
  ["stallImpactedStreams:mean", "Sessions with stalls"],
  ["errorImpactedStreams:mean", "Sessions with errors"],
  ["exitsBeforeStart", "Left before start"],
  ["playbackFailures:mean", "Failed to start"],
];

const percentiles = (id: MetricId, aggregations: readonly Aggregation[]): View["metrics"] =>
  aggregations.map((each) => ({ column: `${id}:${each}` as const, label: each === "p50" ? "median" : each }));

interface Chart {
  readonly title: string;
  readonly note: string;
  readonly views: readonly [View, ...View[]];
}

const CHARTS: readonly Chart[] = [
  {
    title: "Startup time",
    note: "From the request to play to the first frame, as players report it, or up to the content start by events.",
    views: [
      { label: "Reported", metrics: percentiles("timeToStart", ["p50", "p90", "p95", "p99"]) },
      { label: "By events", metrics: percentiles("computedTimeToStart", ["p50", "p90", "p95", "p99"]) },
    ],
  },
  {
    title: "Bitrate",
    note: "A session's own average, over sessions.",
    views: [{ label: "Bitrate", metrics: percentiles("averageBitrate", ["mean", "p50", "p90", "p95"]) }],
  },
  {
    title: "Rebuffering and stalls",
    note: "Waiting from the content start on.",
    views: [
      { label: "Rebuffering", metrics: [{ column: "rebufferingRatio", label: "Rebuffering ratio" }] },
      {
        label: "Rebuffers a minute",
        metrics: [{ column: "rebufferFrequency", label: "Rebuffers a minute of content" }],
      },
      {
        label: "Stalled time",
        metrics: [
          { column: "totalStallingDuration", label: "Stalled" },
          { column: "rebufferingDuration", label: "Rebuffering" },
        ],
      },
    ],
  },
  {
    title: "Impaired sessions",
    note: "The share of sessions with any of it.",
    views: [
      {
        label: "Share of sessions",
        metrics: [
          { column: "bufferImpactedStreams:mean", label: "Buffering" },
          { column: "stallImpactedStreams:mean", label: "Stalls" },
          { column: "errorImpactedStreams:mean", label: "Errors" },
          { column: "droppedFrameImpactedStreams:mean", label: "Dropped frames" },
        ],
      },
    ],
  },
  {
    title: "Drops and failures",
    note: "Closed before any content played, or after an error behind which nothing did.",
    views: [
      {
        label: "Share",
        metrics: [
          { column: "exitsBeforeStart", label: "Left before start" },
          { column: "playbackFailures:mean", label: "Failed to start" },
          { column: "midstreamFailures:mean", label: "Failed midstream" },
        ],
      },
      {
        label: "Sessions",
        metrics: [
          { column: "dropsBeforeStart", label: "Left before start" },
          { column: "playbackFailures", label: "Failed to start" },
          { column: "midstreamFailures", label: "Failed midstream" },
        ],
      },
      {
        label: "Success",
        metrics: [{ column: "playbackSuccessScore", label: "Playback success" }],
      },
    ],
  },
  {
    title: "Errors",
    note: "Error events.",
    views: [{ label: "Errors", metrics: [{ column: "errorEvents", label: "Errors" }] }],
  },
];
const CHART_HEIGHT = 220;
const TABLE_HEIGHT = 342;

const WHERE = [
  { by: "media.playerName", label: "Player" },
  { by: "media.channel", label: "Channel" },
  { by: "media.sdkVersion", label: "Version" },
] as const satisfies readonly Tab[];
const LABELS: Labels = {
  "media.playerName": "Player",
  "media.channel": "Channel",
  "media.sdkVersion": "Version",
  "media.qoe.errorID": "Error",
  mediaStarts: "Sessions",
  "timeToStart:p50": "Startup, median",
  "timeToStart:p95": "Startup, p95",
  rebufferingRatio: "Rebuffering",
  averageBitrate: "Bitrate, mean",
  "stallImpactedStreams:mean": "With stalls",
  "errorImpactedStreams:mean": "With errors",
  dropsBeforeStart: "Left before start",
  exitsBeforeStart: "Share of sessions",
  playbackFailures: "Failed to start",
  errorEvents: "Errors",
};

export function QualityPage() {
  const headlines = useReport({ metrics: HEADLINES.map(([column]) => column).join(","), compare: "previous" });
  return (
    <>
      <PageHead title="Quality" isScoped />
      <Headed asked={headlines} metrics={HEADLINES} empty={<Unplayed />}>
        {() => (
          <>
            <Charts />
            <Tables />
          </>
        )}
      </Headed>
    </>
  );
}

function Unplayed() {
  return (
    <NothingHere title="No session played in this range">
      <p>
        Quality is told by sessions: their states, their errors, and what players send as <code>qoeData</code>.
      </p>
    </NothingHere>
  );
}

/** Draws every chart from one question. */
function Charts() {
  const granularity = granularityOf(scope.value.range);
  const columns = CHARTS.flatMap(({ views }) => views.flatMap(({ metrics }) => metrics.map(({ column }) => column)));
  const asked = useReport({ metrics: columns.join(","), granularity });
  return (
    <div class="columns charts">
      {CHARTS.map((chart) => (
        <ChartPanel key={chart.title} {...chart} asked={asked} granularity={granularity} height={CHART_HEIGHT} />
      ))}
    </div>
  );
}

function Tables() {
  return (
    <>
      <Breakdown
        title="Errors by id and player"
        note="A session counts once for each error that it had."
        name="errors"
        by="media.qoe.errorID,media.playerName"
        metrics={["errorEvents", "mediaStarts", "playbackFailures"]}
        labels={{ ...LABELS, mediaStarts: "Sessions with it" }}
        heightMax={TABLE_HEIGHT}
        empty={<p>No errors in this range.</p>}
      />
      <TabbedBreakdown
        title="Playback"
        note="How each starts and keeps playing."
        name="playback"
        tabs={WHERE}
        metrics={[
          "mediaStarts",
          "timeToStart:p50",
          "timeToStart:p95",
          "rebufferingRatio",
          "averageBitrate",
          "stallImpactedStreams:mean",
          "errorImpactedStreams:mean",
        ]}
        labels={LABELS}
        heightMax={TABLE_HEIGHT}
      />
      <TabbedBreakdown
        title="Where sessions drop before start"
        note="Closed sessions that never reached content."
        name="drops"
        tabs={WHERE}
        metrics={["dropsBeforeStart", "exitsBeforeStart", "playbackFailures", "mediaStarts"]}
        labels={LABELS}
        heightMax={TABLE_HEIGHT}
      />
      <WorstTitles />
    </>
  );
}

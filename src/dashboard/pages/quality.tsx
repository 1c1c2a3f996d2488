/** Quality: what broke, for whom, since when. */

import type { MetricId } from "../../sessions/metrics.ts";
import type { Aggregation, Labels, MetricColumn, Report, ReportRow } from "../api/answers.ts";
import type { AnswerState } from "../hooks/use-answer.ts";
import { useReport } from "../hooks/use-report.ts";
import { toneOf } from "../model/direction.ts";
import { granularityOf, scope } from "../model/scope.ts";
import { Breakdown, type BreakdownTab, TabbedBreakdown } from "../parts/breakdown.tsx";
import { ChartPanel, shownView, type View } from "../parts/chart-panel.tsx";
import { Headed, type Headline } from "../parts/headlines.tsx";
import { TITLE_DIMENSIONS, TITLE_HEADS } from "../parts/name-and-id.tsx";
import { NothingHere } from "../parts/nothing-here.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { WhatGotWorse } from "./quality/worse.tsx";

const HEADLINES: readonly Headline[] = [
  ["playbackFailures:mean", "Failed to start"],
  ["timeToStart:p95", "Startup, p95"],
  ["rebufferingRatio", "Rebuffering"],
  ["errorImpactedStreams:mean", "Sessions with errors"],
  ["timeToStart:p50", "Startup, median"],
  ["averageBitrate", "Bitrate, mean"],
  ["stallImpactedStreams:mean", "Sessions with stalls"],
  ["exitsBeforeStart", "Left before start"],
];

const PERCENTILES = ["p50", "p95", "p99"] as const satisfies readonly Aggregation[];
/** One hue, the paler the rarer, filled between the median and p95. */
const percentiles = (id: MetricId): Pick<View, "metrics" | "bands"> => ({
  metrics: PERCENTILES.map((each) => {
    return { column: `${id}:${each}` as const, label: each === "p50" ? "median" : each, tone: each };
  }),
  bands: [[1, 0]],
});
const share = (column: MetricColumn, label: string) => ({ column, label });

interface Chart {
  readonly title: string;
  readonly name: string;
  readonly note: string;
  readonly views: readonly [View, ...View[]];
}

const CHARTS: readonly Chart[] = [
  {
    title: "Startup",
    name: "startup",
    note: "From pressing play to the first frame, as reported by players.",
    views: [
      { label: "Reported", ...percentiles("timeToStart") },
      { label: "By events", ...percentiles("computedTimeToStart") },
    ],
  },
  {
    title: "Rebuffering",
    name: "rebuffering",
    note: "Waiting from the content start on, as a share of playing and waiting.",
    views: [
      { label: "Ratio", metrics: [share("rebufferingRatio", "Rebuffering")] },
      { label: "Stalls", metrics: [share("stallImpactedStreams:mean", "Sessions with stalls")] },
      { label: "Bitrate", metrics: [share("averageBitrate:mean", "mean"), share("averageBitrate:p50", "median")] },
    ],
  },
  {
    title: "Errors and failures",
    name: "failures",
    note: "The share of sessions with any of it.",
    views: [
      {
        label: "Share",
        metrics: [
          share("errorImpactedStreams:mean", "With errors"),
          share("playbackFailures:mean", "Failed to start"),
          share("exitsBeforeStart", "Left before start"),
          share("midstreamFailures:mean", "Failed midstream"),
        ],
      },
      { label: "Errors", metrics: [share("errorEvents", "Errors")] },
    ],
  },
];

const CHART_HEIGHT = 200;
const WHERE: readonly [BreakdownTab, ...BreakdownTab[]] = [
  { by: "media.playerName", label: "Player" },
  { by: "media.sdkVersion", label: "Version" },
  { by: "media.channel", label: "Channel" },
  { by: "media.contentType", label: "Content type" },
  { by: TITLE_DIMENSIONS, label: "Title", heads: TITLE_HEADS },
];
const LABELS: Labels = {
  "timeToStart:p95": "Startup, p95",
  rebufferingRatio: "Rebuffering",
  averageBitrate: "Bitrate",
  "stallImpactedStreams:mean": "With stalls",
  "errorImpactedStreams:mean": "With errors",
  "playbackFailures:mean": "Failed to start",
  exitsBeforeStart: "Left before start",
};
const METRICS = [
  "mediaStarts",
  "playbackFailures:mean",
  "exitsBeforeStart",
  "timeToStart:p95",
  "rebufferingRatio",
  "stallImpactedStreams:mean",
  "errorImpactedStreams:mean",
  "averageBitrate",
] as const satisfies readonly MetricColumn[];
/** How far from the total a cell is tinted, and with how many sessions it means something. */
const TINT_TIMES = 2;
const TINT_SESSIONS_MIN = 30;

export function QualityPage() {
  const { range, compare } = scope.value;
  const columns = CHARTS.flatMap((chart) => shownView(chart).metrics.map(({ column }) => column));
  const tiles = ["mediaStarts", ...HEADLINES.map(([column]) => column)].join(",");
  const headlines = useReport({ metrics: tiles, ...(compare && { compare }) });
  // Asked together with the numbers above, so that neither waits for the other.
  const charts = useReport({ metrics: columns.join(","), granularity: granularityOf(range) });
  return (
    <>
      <PageHead title="Quality" isScoped />
      <Headed asked={headlines} metrics={HEADLINES} empty={<Unplayed />}>
        <WhatGotWorse />
        <Charts asked={charts} />
        <Tables />
      </Headed>
    </>
  );
}

function Unplayed() {
  return (
    <NothingHere>
      <p>
        Quality comes from sessions: their states, their errors, and what players send as <code>qoeData</code>.
      </p>
    </NothingHere>
  );
}

/** Draws every chart from one question. */
function Charts({ asked }: { readonly asked: AnswerState<Report> }) {
  return (
    <div class="columns charts">
      {CHARTS.map((chart) => (
        <ChartPanel key={chart.title} {...chart} asked={asked} height={CHART_HEIGHT} />
      ))}
    </div>
  );
}

function Tables() {
  return (
    <>
      <Breakdown
        title="Errors"
        note="A session counts once for each error that it had."
        name="errors"
        by="media.qoe.errorID,media.playerName"
        metrics={["errorEvents", "mediaStarts", "playbackFailures"]}
        labels={{ ...LABELS, mediaStarts: "Sessions with it", playbackFailures: "Failed to start" }}
        isBrief
        empty={<p>No errors in this range.</p>}
      />
      <TabbedBreakdown
        title="Where it plays well, and where not"
        note="Tinted: twice as bad as all together."
        name="playback"
        tabs={WHERE}
        metrics={METRICS}
        labels={LABELS}
        isBrief
        toneIn={tintsIn}
      />
    </>
  );
}

/** Tints the numbers that are far worse than those of all sessions. */
function tintsIn({ totals }: Report) {
  return (row: ReportRow, column: MetricColumn): string => {
    const value = Number(row[column] ?? 0);
    const all = Number(totals[column] ?? 0);
    if (Number(row.mediaStarts ?? 0) < TINT_SESSIONS_MIN || all <= 0 || column === "mediaStarts") return "";
    if (toneOf(column, value, all) !== "bad") return "";
    return value >= all * TINT_TIMES || value <= all / TINT_TIMES ? "bad" : "";
  };
}

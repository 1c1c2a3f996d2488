/** Ads: whether they run, whether they are seen to their end, where in the content, and whose they are. */

import type { Dimensions, MetricColumn, Report } from "../api/answers.ts";
import { formatCount, formatShare } from "../format/numbers.ts";
import type { AnswerState } from "../hooks/use-answer.ts";
import { useReport } from "../hooks/use-report.ts";
import { equals } from "../model/equals.ts";
import { addFilter, granularityOf, scope } from "../model/scope.ts";
import { type BreakdownTab, TabbedBreakdown } from "../parts/breakdown.tsx";
import { ChartPanel, shownView, type View } from "../parts/chart-panel.tsx";
import { Headed, type Headline } from "../parts/headlines.tsx";
import { AD_DIMENSIONS, AD_HEADS, AD_LABELS, TITLE_DIMENSIONS, TITLE_HEADS } from "../parts/name-and-id.tsx";
import { NothingHere } from "../parts/nothing-here.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Answered, Panel } from "../parts/panel.tsx";
import { Whole } from "../parts/whole.tsx";

/** Asked of sessions with a break alone, so that the sessions counted are those; every ad is in one of them. */
const WITH_BREAKS = "adBreaks>0";
const HEADLINES: readonly Headline[] = [
  ["adStarts", "Ad starts"],
  ["adCompletionRate", "Completion"],
  ["adSkips", "Skips"],
  ["adTimeSpent", "Ad time"],
  ["adStarts:mean", "Ads per session"],
  ["mediaStarts", "Sessions with breaks"],
];
const VIEWS: readonly [View, ...View[]] = [
  {
    label: "Ads",
    metrics: [
      { column: "adStarts", label: "Starts" },
      { column: "adCompletes", label: "Completes" },
      { column: "adSkips", label: "Skips" },
    ],
  },
  { label: "Completion", metrics: [{ column: "adCompletionRate", label: "Completion" }] },
  { label: "Time", metrics: [{ column: "adTimeSpent", label: "Ad time" }] },
  {
    label: "Quartiles",
    metrics: [
      { column: "adQuartile25", label: "25%" },
      { column: "adQuartile50", label: "50%" },
      { column: "adQuartile75", label: "75%" },
    ],
  },
  {
    label: "Trouble",
    metrics: [
      { column: "adErrors", label: "Errors" },
      { column: "adAbandons", label: "Left in an ad" },
      { column: "emptyAdBreaks", label: "Empty breaks" },
    ],
  },
];
/** Sums over ads alone: to count sessions beside them takes several times as long. */
const METRICS: readonly MetricColumn[] = [
  "adStarts",
  "adCompletes",
  "adCompletionRate",
  "adSkips",
  "adErrors",
  "adTimeSpent",
];
const BREAK_DIMENSIONS = "media.ad.podIndex,media.ad.podFriendlyName" satisfies Dimensions;
const TABS: readonly [BreakdownTab, ...BreakdownTab[]] = [
  { by: "media.ad.advertiser", label: "Advertiser" },
  { by: "media.ad.campaignId", label: "Campaign" },
  { by: "media.ad.creativeId", label: "Creative" },
  { by: AD_DIMENSIONS, label: "Ad", heads: AD_HEADS },
  { by: BREAK_DIMENSIONS, label: "Break" },
  { by: "media.ad.playerName", label: "Player" },
  { by: "media.channel", label: "Channel" },
  { by: TITLE_DIMENSIONS, label: "Title", heads: TITLE_HEADS },
];

export function AdsPage() {
  const { compare, range } = scope.value;
  const headlines = useReport({
    metrics: ["adCompletes" satisfies MetricColumn, ...HEADLINES.map(([column]) => column)].join(","),
    ...(compare && { compare }),
    filter: [WITH_BREAKS],
  });
  const all = useReport({ metrics: "mediaStarts" satisfies MetricColumn }).answer?.sessions.total ?? 0;
  const columns = shownView({ name: "ads", views: VIEWS }).metrics.map(({ column }) => column);
  // Asked together with the numbers above, so that neither waits for the other.
  const series = useReport({
    metrics: columns.join(","),
    granularity: granularityOf(range),
    ...(compare && { compare }),
    filter: [WITH_BREAKS],
  });
  return (
    <>
      <PageHead title="Ads" isScoped />
      <Headed
        asked={headlines}
        metrics={HEADLINES}
        remarkOf={(column) =>
          column === "mediaStarts" && all > 0 && headlines.answer
            ? `${formatShare(headlines.answer.sessions.total / all)} of all`
            : undefined
        }
        empty={<NoAds />}
      >
        <div class="columns broad-first">
          <ChartPanel title="Over time" name="ads" asked={series} views={VIEWS} />
          <Outcome asked={headlines} />
        </div>
        <Breaks />
        <TabbedBreakdown
          title="Ads by"
          note="Each number is of those ads alone; channel and title are those of the content."
          name="ads"
          tabs={TABS}
          metrics={METRICS}
          labels={AD_LABELS}
          isBrief
        />
      </Headed>
    </>
  );
}

function NoAds() {
  return (
    <NothingHere title="No ads were shown">
      <p>
        Players report ads by events: <code>adBreakStart</code> opens a break, <code>adStart</code> an ad in it,{" "}
        <code>adComplete</code> or <code>adSkip</code> ends the ad, <code>adBreakComplete</code> the break. An ad
        outside a break is not counted.
      </p>
    </NothingHere>
  );
}

/** What becomes of the ads that begin: one whole in three parts. */
function Outcome({ asked }: { readonly asked: AnswerState<Report> }) {
  return (
    <Panel title="Outcome" note="Of all ads that began.">
      <Answered asked={asked}>
        {({ totals }) => {
          const [starts, completes, skips] = (["adStarts", "adCompletes", "adSkips"] as const).map((id) =>
            Number(totals[id] ?? 0),
          ) as [number, number, number];
          return (
            <div class="panel-body">
              <Whole
                label="How ads end"
                parts={[
                  { label: "Completed", count: completes, tone: "first" },
                  { label: "Skipped", count: skips, tone: "fourth" },
                  { label: "Neither", count: Math.max(0, starts - completes - skips), tone: "previous" },
                ]}
              />
              <p class="says">Neither: the viewer left, or the next ad began.</p>
            </div>
          );
        }}
      </Answered>
    </Panel>
  );
}

interface Break {
  readonly key: string;
  readonly index: unknown;
  readonly label: string;
  readonly order: number;
  readonly starts: number;
  readonly completion: number;
}

const AFTER_ALL = 1000;
const SHOWN_MAX = 12;

/** Breaks in the order of the content; some players count them from 0, others from 1. */
function breaksOf({ rows }: Report): Break[] {
  const all = rows.map(breakOf).toSorted((a, b) => a.order - b.order || b.starts - a.starts);
  return all.slice(0, SHOWN_MAX);
}

function breakOf(row: Report["rows"][number]): Break {
  const index = row["media.ad.podIndex"] ?? null;
  const name = row["media.ad.podFriendlyName"] ?? null;
  return {
    key: JSON.stringify([index, name]),
    index,
    ...kindOf(index, name),
    starts: Number(row.adStarts ?? 0),
    completion: Number(row.adCompletionRate ?? 0),
  };
}

/** Players begin to count at 0 or at 1, so a name says more of a pre-roll than its index. */
function kindOf(index: unknown, name: unknown): Pick<Break, "label" | "order"> {
  if (/pre/i.test(String(name)) || (name === null && index === 0)) return { label: "Pre-roll", order: -1 };
  if (/post/i.test(String(name)) || Number(index) < 0) return { label: "Post-roll", order: AFTER_ALL };
  return { label: String(name ?? `Break ${String(index)}`), order: Number(index ?? AFTER_ALL) };
}

/** Where in the content ads play: as long as their number, the stronger the more of them are watched to their end. */
function Breaks() {
  const asked = useReport({ metrics: "adStarts,adCompletionRate", dimension: BREAK_DIMENSIONS, limit: "100" });
  return (
    <Panel
      title="Placement"
      note="Breaks along the content: as long as their ads are many, the stronger the more are completed."
    >
      <Answered asked={asked} height={110}>
        {(report) => (
          <ol class="breaks">
            {breaksOf(report).map(({ key, index, label, starts, completion }) => {
              const filter = equals("media.ad.podIndex", index);
              const ofAll = starts / Math.max(1, Number(report.totals.adStarts ?? 0));
              return (
                <li key={key} style={{ "--starts": String(Math.max(1, starts)), "--of-all": `${ofAll * 100}%` }}>
                  <button
                    type="button"
                    class="break"
                    style={{ "--share": String(completion) }}
                    disabled={filter === undefined}
                    title={`${label}, number ${String(index)}`}
                    onClick={() => filter !== undefined && addFilter(filter)}
                  >
                    <b>{label}</b>
                    <span class="break-count">
                      {formatCount(starts)} · {formatShare(completion)}
                    </span>
                  </button>
                </li>
              );
            })}
          </ol>
        )}
      </Answered>
    </Panel>
  );
}

/** Ads: how many begin, how they end, in which breaks, and whose they are. */

import type { Labels, MetricColumn, Report } from "../api/answers.ts";
import type { Asked } from "../api/use-answer.ts";
import { useReport } from "../api/use-report.ts";
import { formatCount, formatShare } from "../format/numbers.ts";
import { Breakdown, type Tab, TabbedBreakdown } from "../parts/breakdown.tsx";
import { OverTime, type View } from "../parts/chart-panel.tsx";
import { Headed, type Headline } from "../parts/headlines.tsx";
import { AD_DIMENSIONS, AD_HEADS, AD_LABELS, TITLE_DIMENSIONS, TITLE_HEADS } from "../parts/name-and-id.tsx";
import { NothingHere } from "../parts/nothing-here.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Answered, Panel } from "../parts/panel.tsx";
import { Steps } from "../parts/steps.tsx";

/** Asked of sessions with a break alone, so that the sessions counted are those; every ad is in one of them. */
const WITH_BREAKS = "adBreaks>0";
const HEADLINES: readonly Headline[] = [
  ["adStarts", "Ad starts"],
  ["adCompletionRate", "Completion"],
  ["adSkips", "Skips"],
  ["adTimeSpent", "Ad time"],
  ["adBreaks", "Breaks"],
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
      { column: "adQuartile25", label: "25 %" },
      { column: "adQuartile50", label: "50 %" },
      { column: "adQuartile75", label: "75 %" },
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
const OF_BREAKS: Labels = {
  ...AD_LABELS,
  "media.ad.podIndex": "Break",
  "media.ad.podFriendlyName": "Called",
  adBreaks: "Breaks",
  emptyAdBreaks: "Empty",
};
const WHOSE: readonly [Tab, ...Tab[]] = [
  { by: "media.ad.advertiser", label: "Advertiser" },
  { by: "media.ad.campaignId", label: "Campaign" },
  { by: "media.ad.creativeId", label: "Creative" },
  { by: AD_DIMENSIONS, label: "Ad", heads: AD_HEADS },
];
const WHERE: readonly [Tab, ...Tab[]] = [
  { by: "media.ad.playerName", label: "Player" },
  { by: "media.channel", label: "Channel" },
  { by: TITLE_DIMENSIONS, label: "Title", heads: TITLE_HEADS },
];
const TAB_LABELS: Labels = {
  ...AD_LABELS,
  "media.ad.advertiser": "Advertiser",
  "media.ad.campaignId": "Campaign",
  "media.ad.creativeId": "Creative",
  "media.ad.playerName": "Player",
  "media.channel": "Channel",
};
const TABLE_HEIGHT = 380;

export function AdsPage() {
  const headlines = useReport({
    metrics: ["adCompletes" satisfies MetricColumn, ...HEADLINES.map(([column]) => column)].join(","),
    compare: "previous",
    filter: [WITH_BREAKS],
  });
  return (
    <>
      <PageHead title="Ads" isScoped />
      <Headed asked={headlines} metrics={HEADLINES} empty={<NoAds />}>
        {() => <Shown headlines={headlines} />}
      </Headed>
    </>
  );
}

function NoAds() {
  return (
    <NothingHere title="No ads were shown">
      <p>
        Players tell of ads by events: <code>adBreakStart</code> opens a break, <code>adStart</code> an ad in it,{" "}
        <code>adComplete</code> or <code>adSkip</code> ends the ad, <code>adBreakComplete</code> the break. An ad
        outside a break is not counted.
      </p>
    </NothingHere>
  );
}

function Shown({ headlines }: { readonly headlines: Asked<Report> }) {
  return (
    <>
      <div class="columns broad-first">
        <OverTime views={VIEWS} />
        <Ends asked={headlines} />
      </div>
      <Breakdown
        title="By break"
        note="The number of a break in the content; −1 is a post-roll."
        name="breaks"
        by="media.ad.podIndex,media.ad.podFriendlyName"
        metrics={[...METRICS, "adBreaks", "emptyAdBreaks"]}
        labels={OF_BREAKS}
        heightMax={TABLE_HEIGHT}
      />
      <TabbedBreakdown
        title="Whose ads"
        note="Each number is of those ads alone, not of all ads of their sessions."
        name="whose"
        tabs={WHOSE}
        metrics={METRICS}
        labels={TAB_LABELS}
        heightMax={TABLE_HEIGHT}
      />
      <TabbedBreakdown
        title="Where they are shown"
        note="The player that renders the ad; channel and title are those of the content."
        name="where"
        tabs={WHERE}
        metrics={METRICS}
        labels={TAB_LABELS}
        heightMax={TABLE_HEIGHT}
      />
    </>
  );
}

/** What becomes of the ads that begin. */
function Ends({ asked }: { readonly asked: Asked<Report> }) {
  return (
    <Panel title="How they end" note="Of all ads that began.">
      <Answered asked={asked}>
        {({ totals }) => {
          const [starts, completes, skips] = (["adStarts", "adCompletes", "adSkips"] as const).map((id) =>
            Number(totals[id] ?? 0),
          );
          return <EndsOf starts={starts ?? 0} completes={completes ?? 0} skips={skips ?? 0} />;
        }}
      </Answered>
    </Panel>
  );
}

function EndsOf({ starts, completes, skips }: Readonly<Record<"starts" | "completes" | "skips", number>>) {
  const rest = starts - completes - skips;
  const share = (count: number) => (starts === 0 ? null : count / starts);
  return (
    <div class="panel-body">
      <Steps
        label="How ads end"
        unit="Ads"
        of="Of all"
        follow={false}
        steps={[
          { id: "adStarts", label: "Started", count: starts, share: share(starts) },
          { id: "adCompletes", label: "Watched to the end", count: completes, share: share(completes) },
          { id: "adSkips", label: "Skipped", count: skips, share: share(skips) },
        ]}
      />
      {rest > 0 && (
        <p class="says">
          The other {formatCount(rest)} ({formatShare(share(rest))}) ended neither way: the viewer left, or the next ad
          began.
        </p>
      )}
    </div>
  );
}

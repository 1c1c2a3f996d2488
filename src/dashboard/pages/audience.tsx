/** Audience: how many, whether it is more than before, and who: any metric over time, and by anything. */

import { VIEWER_KEYS } from "../../protocol/personal.ts";
import type { MetricColumn } from "../api/answers.ts";
import { useReport } from "../hooks/use-report.ts";
import { AGGREGATION_WORDS, catalogue, hintOf, labelOf } from "../model/catalogue.ts";
import { nextDimension } from "../model/drill.ts";
import { addressOf, addressWith, change, place } from "../model/place.ts";
import { chooseSpan, granularityOf, keptWith, scope } from "../model/scope.ts";
import { type BreakdownTab, TabbedBreakdown } from "../parts/breakdown.tsx";
import { Choice } from "../parts/choice.tsx";
import { Combobox } from "../parts/combobox.tsx";
import { Headed, type Headline } from "../parts/headlines.tsx";
import { metricOptions } from "../parts/names.ts";
import { NothingHere } from "../parts/nothing-here.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Answered, Panel, Waiting } from "../parts/panel.tsx";
import { ReportChart } from "../parts/report-chart.tsx";

/** Viewers come first where the server counts them. */
const VIEWERS = "uniqueViewers" as MetricColumn;
const TILES: readonly Headline[] = [
  ["mediaStarts", "Sessions"],
  ["contentStarts", "Plays"],
  ["contentTimeSpent", "Content time"],
  ["contentTimeSpent:mean", "Time per session"],
  ["exitsBeforeStart", "Left before start"],
  ["rebufferingRatio", "Rebuffering"],
];
const BESIDE: readonly MetricColumn[] = [
  "mediaStarts",
  "contentTimeSpent",
  "contentTimeSpent:mean",
  "exitsBeforeStart",
  "rebufferingRatio",
];
const LABELS = { "contentTimeSpent:mean": "Per session" } as const;
const TABS: readonly [BreakdownTab, ...BreakdownTab[]] = [
  { by: "media.name", label: "Title" },
  { by: "media.show", label: "Show" },
  { by: "media.channel", label: "Channel" },
  { by: "media.playerName", label: "Player" },
  { by: "media.sdkVersion", label: "Version" },
  { by: "media.contentType", label: "Content type" },
];

export function AudiencePage() {
  const { params } = place.value;
  const { range, compare } = scope.value;
  const hasViewers = catalogue.value?.metrics.some(({ id }) => id === VIEWERS) ?? false;
  const tiles: readonly Headline[] = hasViewers ? [[VIEWERS, "Viewers"], ...TILES.slice(0, -1)] : TILES;
  // The admin API checks what an address asks for.
  const metric = (params.get("metric") ?? tiles[0]?.[0] ?? "mediaStarts") as MetricColumn;
  const granularity = params.get("granularity") ?? granularityOf(range);
  const metrics = [...new Set([...tiles.map(([id]) => id), metric])];
  const isKnown = catalogue.value !== undefined;
  // One question gives the numbers above, their lines and the chart.
  const asked = useReport({ metrics: metrics.join(","), granularity, ...(compare && { compare }) }, isKnown);
  return (
    <>
      <PageHead title="Audience" isScoped />
      <Headed
        asked={asked}
        metrics={tiles}
        hrefOf={(id) => addressWith({ metric: id })}
        chosen={metric}
        empty={<NothingHere>A longer range may bring some, and so may fewer filters.</NothingHere>}
      >
        {asked.answer?.totals[VIEWERS] === 0 && <Unnamed />}
        {isKnown ? (
          <div class="chart-and-table">
            <Panel
              title={`${labelOf(metric)} by ${granularity}`}
              note={hintOf(metric)}
              actions={<ChartChoices metric={metric} granularity={granularity} />}
            >
              <Answered asked={asked}>
                {(report) => (
                  <ReportChart
                    report={report}
                    metrics={[{ column: metric, label: labelOf(metric) }]}
                    label={`${labelOf(metric)} by ${granularity}`}
                    onSelect={chooseSpan}
                  />
                )}
              </Answered>
            </Panel>
            <Who metric={metric} />
          </div>
        ) : (
          <Waiting height={600} />
        )}
      </Headed>
    </>
  );
}

/** If no viewer is known, zero would be a wrong number of viewers. */
function Unnamed() {
  return (
    <p class="panel refusals" role="note">
      No session names its viewer, so viewers can't be counted. By default <code>{VIEWER_KEYS[0]}</code> among the{" "}
      <code>params</code> of a session's start names one: <a href="docs">see the documentation</a>.
    </p>
  );
}

function ChartChoices({ metric, granularity }: { readonly metric: MetricColumn; readonly granularity: string }) {
  const [id = ""] = metric.split(":");
  const aggregations = catalogue.value?.metrics.find((each) => each.id === id)?.aggregations ?? [];
  return (
    <>
      <Combobox
        label="Metric"
        isLabelHidden
        recentAs="metrics"
        value={id}
        options={metricOptions()}
        onChoose={(chosen) => change({ metric: chosen })}
      />
      <Choice
        label="Aggregation"
        isLabelHidden
        value={metric}
        options={aggregations.map((each, at) => {
          return { value: at === 0 ? id : `${id}:${each}`, label: AGGREGATION_WORDS[each] ?? each };
        })}
        onChoose={(chosen) => change({ metric: chosen })}
      />
      <Choice
        label="by"
        value={granularity}
        options={(catalogue.value?.granularities ?? []).map((value) => ({ value, label: value }))}
        onChoose={(value) => change({ granularity: value })}
      />
    </>
  );
}

function Who({ metric }: { readonly metric: MetricColumn }) {
  return (
    <TabbedBreakdown
      title="Who watches"
      tabs={TABS}
      isOpenToAll
      metrics={[...new Set([metric, ...BESIDE])]}
      labels={LABELS}
      changeOf={metric}
      hrefOf={deeper}
    />
  );
}

/** Narrows to what was chosen and breaks that down; the last step leads to the sessions. */
function deeper(filter: string, name: string): string {
  const filters = [...new Set([...scope.value.filters, filter])];
  const next = nextDimension(name, filters);
  if (next === undefined) return addressOf(["sessions"], keptWith([filter]));
  return addressWith({ filter: filters, by: next, sort: undefined });
}

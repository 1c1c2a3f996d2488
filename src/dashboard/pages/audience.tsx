/** Audience: any metric over time with the period before it, and broken down by anything, down to single sessions. */

import type { DimensionName, MetricColumn } from "../api/answers.ts";
import { useReport } from "../api/use-report.ts";
import { titleOf } from "../format/names.ts";
import { catalogue, hintOf } from "../model/catalogue.ts";
import { nextDimension } from "../model/drill.ts";
import { addressWith, change, place } from "../model/place.ts";
import { chooseRange, granularityOf, scope } from "../model/scope.ts";
import { Breakdown } from "../parts/breakdown.tsx";
import { Choice, type Option } from "../parts/choice.tsx";
import { AUDIENCE, Headlines } from "../parts/headlines.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Answered, Panel } from "../parts/panel.tsx";
import { ReportChart } from "../parts/report-chart.tsx";

const METRIC_DEFAULT: MetricColumn = "mediaStarts";
const DIMENSION_DEFAULT: DimensionName = "media.name";
const BESIDE: readonly MetricColumn[] = [
  "mediaStarts",
  "contentStarts",
  "contentTimeSpent",
  "completionRate",
  "rebufferingRatio",
];

export function AudiencePage() {
  const { params } = place.value;
  const { range } = scope.value;
  // What an address asks for, the admin API checks.
  const metric = (params.get("metric") ?? METRIC_DEFAULT) as MetricColumn;
  const by = (params.get("by") ?? DIMENSION_DEFAULT) as DimensionName;
  const granularity = params.get("granularity") ?? granularityOf(range);
  const headlines = useReport({ metrics: AUDIENCE.map(([id]) => id).join(","), compare: "previous" });
  const series = useReport({ metrics: metric, granularity, compare: "previous" });
  return (
    <>
      <PageHead title="Audience" isScoped />
      <div class="rows">
        <Headlines asked={headlines} metrics={AUDIENCE} hrefOf={(id) => addressWith({ metric: id })} />
        <Panel
          title="Over time"
          note={hintOf(metric)}
          actions={
            <>
              <Choice
                label="Metric"
                value={metric}
                options={metricOptions()}
                onChoose={(id) => change({ metric: id })}
              />
              <Choice
                label="Aggregation"
                isLabelHidden
                value={metric}
                options={aggregationOptions(metric)}
                onChoose={(id) => change({ metric: id })}
              />
              <Choice
                label="By the"
                value={granularity}
                options={(catalogue.value?.granularities ?? []).map((value) => ({ value, label: value }))}
                onChoose={(value) => change({ granularity: value })}
              />
            </>
          }
        >
          <Answered asked={series}>
            {(report) => (
              <ReportChart
                report={report}
                metrics={[{ column: metric, label: titleOf(metric) }]}
                granularity={granularity}
                label={`${titleOf(metric)} by the ${granularity}`}
                onSelect={(fromMs, toMs) => chooseRange(`${Math.round(fromMs)}..${Math.round(toMs)}`)}
              />
            )}
          </Answered>
        </Panel>
        <Breakdown
          by={by}
          metrics={[...new Set([metric, ...BESIDE])]}
          onChooseDimension={(name) => change({ by: name, sort: undefined })}
          onPick={drillDown}
        />
      </div>
    </>
  );
}

/** Only what was chosen, and what it is made of. */
function drillDown(filter: string, name: string): void {
  const filters = [...new Set([...scope.value.filters, filter])];
  change({ filter: filters, by: nextDimension(name, filters), sort: undefined });
}

function metricOptions(): Option[] {
  return (catalogue.value?.metrics ?? []).map(({ id }) => ({ value: id, label: titleOf(id) }));
}

function aggregationOptions(column: string): Option[] {
  const [id = ""] = column.split(":");
  const aggregations = catalogue.value?.metrics.find((each) => each.id === id)?.aggregations ?? [];
  return aggregations.map((each, at) => ({ value: at === 0 ? id : `${id}:${each}`, label: each }));
}

/** Audience: any metric over time with the period before it, and broken down by anything, down to single sessions. */

import type { Report } from "../api/answers.ts";
import { type Asked, useAnswer } from "../api/use-answer.ts";
import { titleOf } from "../format/names.ts";
import { formatChange, formatMetricShort } from "../format/numbers.ts";
import { catalogue, hintOf, unitOf } from "../model/catalogue.ts";
import { addressWith, change, place } from "../model/place.ts";
import { chooseRange, granularityOf, question, scope } from "../model/scope.ts";
import { Breakdown } from "../parts/breakdown.tsx";
import { Choice, type Option } from "../parts/choice.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Answered, Panel } from "../parts/panel.tsx";
import { ReportChart } from "../parts/report-chart.tsx";
import { Stat, Stats } from "../parts/stat.tsx";

/** The metrics that stand above, with what they are called there. */
const HEADLINES = [
  ["mediaStarts", "Sessions"],
  ["contentStarts", "Content starts"],
  ["contentTimeSpent", "Content time"],
  ["contentTimeSpent:mean", "Mean content time"],
  ["completionRate", "Completion"],
  ["rebufferingRatio", "Rebuffering"],
] as const;
const METRIC_DEFAULT = "mediaStarts";
const DIMENSION_DEFAULT = "media.name";
const BESIDE = ["mediaStarts", "contentStarts", "contentTimeSpent", "completionRate", "rebufferingRatio"];
const REFRESH_MS = 60_000;

export function AudiencePage() {
  const { params } = place.value;
  const { range } = scope.value;
  const metric = params.get("metric") ?? METRIC_DEFAULT;
  const by = params.get("by") ?? DIMENSION_DEFAULT;
  const granularity = params.get("granularity") ?? granularityOf(range);
  const headlines = useAnswer<Report>(
    question("/admin/api/reports", { metrics: HEADLINES.map(([id]) => id).join(","), compare: "previous" }),
    REFRESH_MS,
  );
  const series = useAnswer<Report>(
    question("/admin/api/reports", { metrics: metric, granularity, compare: "previous" }),
    REFRESH_MS,
  );
  return (
    <>
      <PageHead title="Audience" isScoped />
      <div class="rows">
        <Headlines asked={headlines} />
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
        />
      </div>
    </>
  );
}

function Headlines({ asked }: { readonly asked: Asked<Report> }) {
  const { answer } = asked;
  return (
    <Stats label="In this range, and how it differs from the period before">
      {HEADLINES.map(([id, label]) => {
        const [now, before] = [answer?.totals[id], answer?.totals[`${id}:previous`]];
        const up = typeof now === "number" && typeof before === "number" ? now - before : 0;
        return (
          <Stat
            key={id}
            label={label}
            hint={hintOf(id)}
            value={formatMetricShort(now, unitOf(id))}
            note={`${formatChange(now, before)} from ${formatMetricShort(before, unitOf(id))}`}
            tone={up > 0 ? "good" : up < 0 ? "bad" : "plain"}
            href={addressWith({ metric: id })}
          />
        );
      })}
    </Stats>
  );
}

function metricOptions(): Option[] {
  return (catalogue.value?.metrics ?? []).map(({ id }) => ({ value: id, label: titleOf(id) }));
}

function aggregationOptions(column: string): Option[] {
  const [id = ""] = column.split(":");
  const aggregations = catalogue.value?.metrics.find((each) => each.id === id)?.aggregations ?? [];
  return aggregations.map((each, at) => ({ value: at === 0 ? id : `${id}:${each}`, label: each }));
}

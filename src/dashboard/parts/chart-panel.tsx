/** A panel with a chart over time, of which a part that is drawn over becomes the range. */

import { useState } from "preact/hooks";
import type { Report } from "../api/answers.ts";
import type { Asked } from "../api/use-answer.ts";
import { useReport } from "../api/use-report.ts";
import { hintOf } from "../model/catalogue.ts";
import { chooseRange, granularityOf, scope } from "../model/scope.ts";
import { Switch } from "./choice.tsx";
import { Answered, Panel } from "./panel.tsx";
import { ReportChart, type ReportChartProps } from "./report-chart.tsx";

export interface View {
  readonly label: string;
  /** Up to four columns of one unit. */
  readonly metrics: ReportChartProps["metrics"];
}

interface ChartPanelProps {
  readonly title: string;
  /** Said instead of what the first number means. */
  readonly note?: string;
  /** A report by time. */
  readonly asked: Asked<Report>;
  /** Several are changed between by buttons. */
  readonly views: readonly [View, ...View[]];
  readonly granularity: string;
  readonly height?: number;
}

export function ChartPanel({ title, note, asked, views, granularity, height }: ChartPanelProps) {
  const [chosen, choose] = useState(views[0].label);
  const view = views.find(({ label }) => label === chosen) ?? views[0];
  const [first] = view.metrics;
  return (
    <Panel
      title={title}
      note={note ?? (first && hintOf(first.column))}
      actions={
        views.length > 1 && (
          <Switch
            label={`${title}: what is drawn`}
            value={view.label}
            options={views.map(({ label }) => ({ value: label, label }))}
            onChoose={choose}
          />
        )
      }
    >
      <Answered
        asked={asked}
        isEmpty={({ rows }) => view.metrics.every(({ column }) => rows.every((row) => row[column] === null))}
        empty={<p>No session in this range told it.</p>}
      >
        {(report) => (
          <ReportChart
            report={report}
            metrics={view.metrics}
            granularity={granularity}
            label={`${title}${views.length > 1 ? `, ${view.label}` : ""} by the ${granularity}`}
            onSelect={(fromMs, toMs) => chooseRange(`${Math.round(fromMs)}..${Math.round(toMs)}`)}
            {...(height !== undefined && { height })}
          />
        )}
      </Answered>
    </Panel>
  );
}

interface OverTimeProps extends Pick<ChartPanelProps, "views"> {
  /** Filters beside those of the page. */
  readonly filters?: readonly string[];
}

/** Numbers over time, beside those of the period before: one question for all views. */
export function OverTime({ views, filters = [] }: OverTimeProps) {
  const granularity = granularityOf(scope.value.range);
  const metrics = views.flatMap((view) => view.metrics.map(({ column }) => column)).join(",");
  const asked = useReport({ metrics, granularity, compare: "previous", filter: filters });
  return <ChartPanel title="Over time" asked={asked} views={views} granularity={granularity} />;
}

/** A panel with a chart over time; dragging over a part of it makes that the range. */

import type { Report } from "../api/answers.ts";
import type { AnswerState } from "../hooks/use-answer.ts";
import { useReport } from "../hooks/use-report.ts";
import { hintOf } from "../model/catalogue.ts";
import { change, place } from "../model/place.ts";
import { chooseSpan, granularityOf, scope } from "../model/scope.ts";
import { Switch } from "./choice.tsx";
import { Answered, Panel } from "./panel.tsx";
import { ReportChart, type ReportChartProps } from "./report-chart.tsx";

export interface View extends Pick<ReportChartProps, "metrics" | "bands"> {
  /** Up to four columns of one unit. */
  readonly label: string;
}

interface ChartPanelProps {
  readonly title: string;
  /** Names its view in the address. */
  readonly name: string;
  /** Said instead of what the first number means. */
  readonly note?: string;
  /** A report by time. */
  readonly asked: AnswerState<Report>;
  /** Several are changed between by buttons. */
  readonly views: readonly [View, ...View[]];
  readonly height?: number;
}

function paramOf(name: string): string {
  return `view-${name}`;
}

/** The view that the address names, else the first: a page need ask only for its numbers. */
export function shownView({ name, views }: Pick<ChartPanelProps, "name" | "views">): View {
  const chosen = place.value.params.get(paramOf(name));
  return views.find(({ label }) => label === chosen) ?? views[0];
}

export function ChartPanel({ title, name, note, asked, views, height }: ChartPanelProps) {
  const view = shownView({ name, views });
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
            onChoose={(label) =>
              change({ [paramOf(name)]: label === views[0].label ? undefined : label }, { replace: true })
            }
          />
        )
      }
    >
      <Answered
        asked={asked}
        height={(height ?? 260) + CHART_REST}
        isEmpty={({ rows }) => view.metrics.every(({ column }) => rows.every((row) => row[column] === null))}
        empty={<p>No sessions in this range reported this metric.</p>}
      >
        {(report) => (
          <ReportChart
            report={report}
            metrics={view.metrics}
            label={`${title}${views.length > 1 ? `, ${view.label}` : ""}`}
            onSelect={chooseSpan}
            {...(view.bands && { bands: view.bands })}
            {...(height !== undefined && { height })}
          />
        )}
      </Answered>
    </Panel>
  );
}

/** What a chart has beside its drawing: a legend. */
const CHART_REST = 30;

interface OverTimeProps extends Pick<ChartPanelProps, "views" | "title" | "name"> {
  /** Filters beside those of the page. */
  readonly filters?: readonly string[];
}

/** Numbers over time, beside those of the earlier period: one question for the view that is shown. */
export function OverTime({ views, filters = [], ...panel }: OverTimeProps) {
  const metrics = shownView({ name: panel.name, views })
    .metrics.map(({ column }) => column)
    .join(",");
  const asked = useReport({
    metrics,
    granularity: granularityOf(scope.value.range),
    compare: scope.value.compare,
    filter: filters,
  });
  return <ChartPanel {...panel} asked={asked} views={views} />;
}

/** A report by time as a chart; a single number is drawn over the same days of an earlier period, if asked for. */

import { useMemo } from "preact/hooks";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../base/units.ts";
import type { ColumnName, MetricColumn, Report } from "../api/answers.ts";
import { unitOf } from "../model/catalogue.ts";
import { changeOf } from "../model/change.ts";
import { nowMs } from "../model/clock.ts";
import { scope } from "../model/scope.ts";
import type { PlotLine } from "./plot.ts";
import { TimeChart, type TimeChartProps } from "./time-chart.tsx";

export interface ReportChartProps extends Pick<TimeChartProps, "label" | "height" | "onSelect" | "bands"> {
  readonly report: Report;
  /** Up to four columns of one unit, in the order of their colours. */
  readonly metrics: readonly {
    readonly column: MetricColumn;
    readonly label: string;
    readonly tone?: PlotLine["tone"];
  }[];
}

const TONES = ["first", "second", "third", "fourth"] as const;
const PREVIOUS = "previous";
const LENGTH_MS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 28 * DAY_MS,
};

export function ReportChart({ report, metrics, ...props }: ReportChartProps) {
  const [first] = metrics;
  const key = metrics.map(({ column }) => column).join();
  const { times, lines } = useMemo(() => linesOf(report, metrics), [report, key]);
  const unit = unitOf(first?.column ?? "");
  // The granularity of the answer: the next one, by another, may still be on its way.
  const granularity = report.columns.find(({ kind }) => kind === "time")?.unit ?? "day";
  const toMs = Math.min(report.to, nowMs());
  const beforeMs = report.from - (report.previous?.from ?? report.from);
  const before = lines.find(({ tone }) => tone === PREVIOUS);
  const noteOf = (at: number) => {
    const compared = { now: lines.at(-1)?.values[at], before: before?.values[at] };
    return changeOf(first?.column ?? "", unit, { ...compared, sessionsBefore: Number.POSITIVE_INFINITY, isWhole: true })
      .by;
  };
  return (
    <TimeChart
      {...props}
      times={times}
      lines={lines}
      granularity={granularity}
      unit={unit}
      toMs={toMs}
      beforeMs={beforeMs}
      zone={scope.value.zone}
      isUnfinished={times.length > 1 && (times.at(-1) ?? 0) + (LENGTH_MS[granularity] ?? 0) > toMs}
      noteOf={before && noteOf}
    />
  );
}

function linesOf(report: Report, metrics: ReportChartProps["metrics"]) {
  const now = nowMs();
  // A range may end in the future, where nothing is known rather than nothing played.
  const rows = report.rows.filter(({ time }) => Date.parse(String(time)) <= now);
  const valuesOf = (column: ColumnName) => rows.map((row) => (typeof row[column] === "number" ? row[column] : null));
  const alone = metrics.length === 1 ? metrics : [];
  const previous = alone.flatMap(({ column }): PlotLine[] => {
    const name = `${column}:${PREVIOUS}` as const;
    const values = report.columns.some((each) => each.name === name) ? valuesOf(name) : [];
    return values.some((value) => value) ? [{ label: "Earlier period", values, tone: PREVIOUS }] : [];
  });
  const current = metrics.map(({ column, label, tone }, at): PlotLine => {
    const own = tone ?? TONES[at % TONES.length] ?? "first";
    return { label, values: valuesOf(column), tone: own, filled: metrics.length === 1 };
  });
  return { times: rows.map(({ time }) => Date.parse(String(time))), lines: [...previous, ...current] };
}

/** A report by time as a chart; a single number is drawn over its previous period, if that was asked for. */

import { useMemo } from "preact/hooks";
import type { ColumnName, MetricColumn, Report } from "../api/answers.ts";
import { formatMetricShort } from "../format/numbers.ts";
import { unitOf } from "../model/catalogue.ts";
import { scope } from "../model/scope.ts";
import type { Line } from "./plot.ts";
import { TimeChart } from "./time-chart.tsx";

export interface ReportChartProps {
  readonly report: Report;
  /** Up to four columns of one unit, in the order of their colours. */
  readonly metrics: readonly { readonly column: MetricColumn; readonly label: string }[];
  readonly granularity: string;
  readonly label: string;
  readonly height?: number;
  readonly onSelect?: (fromMs: number, toMs: number) => void;
}

const TONES = ["first", "second", "third", "fourth"] as const;
const PREVIOUS = "previous";

export function ReportChart({ report, metrics, label, granularity, height, onSelect }: ReportChartProps) {
  const [first] = metrics;
  const key = metrics.map(({ column }) => column).join();
  const { times, lines } = useMemo(() => linesOf(report, metrics), [report, key]);
  return (
    <TimeChart
      label={label}
      times={times}
      lines={lines}
      granularity={granularity}
      zone={scope.value.zone}
      format={(value) => formatMetricShort(value, unitOf(first?.column ?? ""))}
      {...(height !== undefined && { height })}
      {...(onSelect && { onSelect })}
    />
  );
}

function linesOf({ rows, columns }: Report, metrics: ReportChartProps["metrics"]) {
  const valuesOf = (column: ColumnName) => rows.map((row) => (typeof row[column] === "number" ? row[column] : null));
  const alone = metrics.length === 1 ? metrics : [];
  const previous = alone.flatMap(({ column, label }): Line[] => {
    const name = `${column}:${PREVIOUS}` as const;
    const isThere = columns.some((each) => each.name === name);
    return isThere ? [{ label: `${label}, before`, values: valuesOf(name), tone: PREVIOUS }] : [];
  });
  const current = metrics.map(({ column, label }, at): Line => {
    return { label, values: valuesOf(column), tone: TONES[at % TONES.length] ?? "first", filled: metrics.length === 1 };
  });
  return { times: rows.map(({ time }) => Date.parse(String(time))), lines: [...previous, ...current] };
}

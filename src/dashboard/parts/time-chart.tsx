/** Lines over time, with a legend that follows the pointer, and the same in words. */

import { useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { SECOND_MS } from "../../base/units.ts";
import { formatMarks, formatPeriod } from "../format/times.ts";
import { axesOf, type Line, lineInWords, PLOT_HEIGHT, seriesOf, usePlot, Y_SCALE } from "./plot.ts";

interface TimeChartProps {
  /** What is drawn, for screen readers. */
  readonly label: string;
  /** Where each period begins, milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly granularity: string;
  readonly zone: string;
  readonly format: (value: number | null) => string;
  readonly height?: number;
  /** Called with the first and last instant of the dragged range. */
  readonly onSelect?: (fromMs: number, toMs: number) => void;
}

const SELECT_PX_MIN = 8;

export function TimeChart(props: TimeChartProps) {
  const { times, lines, granularity, zone, height = PLOT_HEIGHT } = props;
  const latest = useRef(props);
  latest.current = props;
  const xs = useMemo(() => times.map((ms) => ms / SECOND_MS), [times]);
  const shape = [granularity, zone];
  const holder = usePlot({ shape, xs, lines, height, options: () => optionsOf(latest) });
  return <div class="chart" ref={holder} role="img" aria-label={inWords(props)} style={{ minHeight: `${height}px` }} />;
}

function optionsOf(latest: { readonly current: TimeChartProps }): Omit<uPlot.Options, "width" | "height"> {
  const { lines, granularity, zone, onSelect } = latest.current;
  const format = (value: number | null) => latest.current.format(value);
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * SECOND_MS), zone),
    cursor: { points: { size: 7 }, drag: { x: onSelect !== undefined, y: false, setScale: false } },
    scales: { x: { time: true }, y: Y_SCALE },
    axes: axesOf(format, { values: (_plot, splits, _axis, _space, step) => marksOf(splits, step, zone) }),
    series: [
      { value: (_plot, seconds) => periodOf(seconds, granularity, zone) },
      ...lines.map((line) => seriesOf(line, format)),
    ],
    hooks: { setSelect: [(plot) => select(plot, latest.current)] },
  };
}

/** After a new question the pointer may still be over a period that is gone. */
function periodOf(seconds: number | null | undefined, granularity: string, zone: string): string {
  return typeof seconds === "number" ? formatPeriod(seconds * SECOND_MS, granularity, zone) : "";
}

function marksOf(splits: readonly number[], step: number, zone: string): string[] {
  return formatMarks(
    splits.map((seconds) => seconds * SECOND_MS),
    step * SECOND_MS,
    zone,
  );
}

function select(plot: uPlot, { onSelect }: TimeChartProps): void {
  const { left, width } = plot.select;
  if (width < SELECT_PX_MIN) return;
  const from = plot.posToVal(left, "x");
  const to = plot.posToVal(left + width, "x");
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onSelect?.(from * SECOND_MS, to * SECOND_MS);
}

function inWords({ label, times, lines, format, granularity, zone }: TimeChartProps): string {
  const where = (at: number) => formatPeriod(times[at] ?? 0, granularity, zone);
  return [`${label}.`, ...lines.map((line) => lineInWords(line, format, where))].join(" ");
}

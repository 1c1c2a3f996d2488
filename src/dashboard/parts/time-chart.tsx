/** Lines over time: what they are above, a tip at the pointer, and the same in words. */

import { useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { SECOND_MS } from "../../base/units.ts";
import { type ColumnUnit, formatMetric } from "../format/numbers.ts";
import { formatMarks, formatPeriod, knownZone } from "../format/times.ts";
import { Legend } from "./legend.tsx";
import {
  AXIS_LINES_PX,
  axesOf,
  colourOf,
  lineInWords,
  PLOT_HEIGHT,
  type PlotLine,
  scaleOf,
  type Tip,
  usePlot,
} from "./plot.ts";
import { useListed } from "./use-listed.ts";

export interface TimeChartProps {
  /** What is drawn, for screen readers. */
  readonly label: string;
  /** Where each period begins, milliseconds since the epoch. */
  readonly times: readonly number[];
  /** Where the last period ends, or how far it is known. */
  readonly toMs: number;
  readonly lines: readonly PlotLine[];
  readonly granularity: string;
  readonly zone: string;
  readonly unit: ColumnUnit;
  readonly isUnfinished?: boolean;
  /** How much earlier the line of the period before is, in milliseconds. */
  readonly beforeMs?: number;
  /** A remark under the values of a period. */
  readonly noteOf?: ((at: number) => string | undefined) | undefined;
  readonly height?: number;
  /** Pairs of lines, by their places, between which the chart is filled. */
  readonly bands?: readonly (readonly [upper: number, lower: number])[];
  /** Called with the first and last instant of whole periods: those dragged over, or the one clicked. */
  readonly onSelect?: ((fromMs: number, toMs: number) => void) | undefined;
}

const SELECT_PX_MIN = 8;

export function TimeChart(props: TimeChartProps) {
  const { times, lines, granularity, zone, unit, height = PLOT_HEIGHT, isUnfinished = false } = props;
  const [hidden, toggle] = useListed("without", props.label);
  const latest = useRef(props);
  latest.current = props;
  const xs = useMemo(() => times.map((ms) => ms / SECOND_MS), [times]);
  const holder = usePlot({
    shape: [granularity, zone, unit, props.bands],
    xs,
    lines,
    hidden,
    height,
    isUnfinished,
    tipOf: (at) => tipOf(latest.current, hidden, at),
    options: () => optionsOf(latest),
  });
  return (
    <div class="chart-box">
      <Legend lines={lines} hidden={hidden} onToggle={toggle} />
      <div class="chart" ref={holder} role="img" aria-label={inWords(props)} style={{ minHeight: `${height}px` }} />
    </div>
  );
}

function tipOf(props: TimeChartProps, hidden: ReadonlySet<string>, at: number): Tip {
  const { times, lines, granularity, zone, unit, beforeMs = 0, isUnfinished, noteOf } = props;
  const atMs = times[at] ?? 0;
  const period = (ms: number) => formatPeriod(ms, granularity, zone);
  return {
    title: `${period(atMs)}${isUnfinished && at === times.length - 1 ? " (so far)" : ""}`,
    rows: lines
      .filter(({ label }) => !hidden.has(label))
      .map(({ label, tone, values }) => ({
        tone,
        label: tone === "previous" ? period(atMs - beforeMs) : label,
        value: formatMetric(values[at], unit),
      })),
    note: noteOf?.(at),
  };
}

function optionsOf(latest: { readonly current: TimeChartProps }): Omit<uPlot.Options, "width" | "height" | "series"> {
  const { zone, unit, granularity, onSelect, bands = [], isUnfinished, lines } = latest.current;
  const axis: uPlot.Axis = {
    values: (_plot, splits, _axis, _space, step) => marksOf(splits, step, zone),
    // Marks within days have the day beneath.
    ...(["minute", "hour"].includes(granularity) && { size: AXIS_LINES_PX }),
  };
  // The last report's chart may be drawn once more with a zone that the server is about to refuse.
  const drawnZone = knownZone(zone);
  const ways = isUnfinished ? [0, lines.length] : [0];
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * SECOND_MS), drawnZone),
    cursor: { drag: { x: onSelect !== undefined, y: false, setScale: false } },
    scales: { x: { time: true }, y: scaleOf(unit) },
    axes: axesOf(unit, axis),
    bands: bands.flatMap(([upper, lower]) =>
      ways.map((way) => ({ series: [upper + way + 1, lower + way + 1] as uPlot.Band.Bounds, fill: bandFill() })),
    ),
    hooks: { ready: [(plot) => listenToClicks(plot, latest)], setSelect: [(plot) => select(plot, latest.current)] },
  };
}

function bandFill(): string {
  return `color-mix(in srgb, ${colourOf("--line-p50")} 12%, transparent)`;
}

function marksOf(splits: readonly number[], step: number, zone: string): string[] {
  return formatMarks(
    splits.map((seconds) => seconds * SECOND_MS),
    step * SECOND_MS,
    zone,
  );
}

/** A drag chooses the periods under it. */
function select(plot: uPlot, props: TimeChartProps): void {
  const { left, width } = plot.select;
  if (width < SELECT_PX_MIN) return;
  const first = plot.posToIdx(left);
  const last = plot.posToIdx(left + width);
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  choose(props, first, last);
}

/** A click chooses one period; by touch it shows the tip alone. */
function listenToClicks(plot: uPlot, latest: { readonly current: TimeChartProps }): void {
  let downAt = 0;
  plot.over.addEventListener("pointerdown", ({ clientX }) => {
    downAt = clientX;
  });
  plot.over.addEventListener("click", (event) => {
    const { pointerType } = event as PointerEvent;
    const isDrag = Math.abs(event.clientX - downAt) >= SELECT_PX_MIN;
    const { idx } = plot.cursor;
    if (pointerType === "touch" || isDrag || typeof idx !== "number" || latest.current.granularity === "minute") return;
    choose(latest.current, idx, idx);
  });
}

function choose({ times, toMs, onSelect }: TimeChartProps, first: number, last: number): void {
  const fromMs = times[first];
  if (fromMs !== undefined && times.length > 1) onSelect?.(fromMs, times[last + 1] ?? toMs);
}

function inWords({ label, times, lines, unit, granularity, zone }: TimeChartProps): string {
  const where = (at: number) => formatPeriod(times[at] ?? 0, granularity, zone);
  const format = (value: number | null) => formatMetric(value, unit);
  return [`${label}.`, ...lines.map((line) => lineInWords(line, format, where))].join(" ");
}

/** Numbers over time as lines: uPlot on a canvas, a legend that follows the pointer, and the same in words. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { formatMarks, formatPeriod } from "../format/times.ts";
import { isDark } from "../model/theme.ts";

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** `previous` lies behind the others, dashed. */
  readonly tone: "first" | "second" | "third" | "fourth" | "previous";
  readonly filled?: boolean;
}

export interface TimeChartProps {
  /** What is drawn, for whoever cannot see it. */
  readonly label: string;
  /** Where each period begins, milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly granularity: string;
  readonly zone: string;
  readonly format: (value: number | null) => string;
  readonly height?: number;
  /** Called with the first and last instant of a part that was drawn over. */
  readonly onSelect?: (fromMs: number, toMs: number) => void;
}

const HEIGHT = 260;
const MS_PER_S = 1000;
const AXIS_CHARS_PX = 7;
const AXIS_PX_MIN = 44;
const SELECT_PX_MIN = 8;

export function TimeChart(props: TimeChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const { times, lines, granularity, zone, height = HEIGHT } = props;
  const latest = useRef(props);
  latest.current = props;
  const dark = isDark.value;
  const shape = JSON.stringify([
    lines.map(({ label, tone, filled }) => [label, tone, filled]),
    granularity,
    zone,
    height,
  ]);
  const chart = useRef<uPlot | undefined>(undefined);
  // Colours come from the style sheet, which changes with `dark`.
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const plot = new uPlot(optionsOf(latest, element.clientWidth), dataOf(latest.current), element);
    chart.current = plot;
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, [shape, dark]);
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [times, lines]);
  return <div class="chart" ref={holder} role="img" aria-label={inWords(props)} style={{ minHeight: `${height}px` }} />;
}

function dataOf({ times, lines }: TimeChartProps): uPlot.AlignedData {
  return [times.map((ms) => ms / MS_PER_S), ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
}

function optionsOf(latest: { readonly current: TimeChartProps }, width: number): uPlot.Options {
  const { lines, granularity, zone, height = HEIGHT, onSelect } = latest.current;
  const format = (value: number | null) => latest.current.format(value);
  const [ink, grid] = [colourOf("--ink-faint"), colourOf("--line")];
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return {
    width,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * MS_PER_S), zone),
    cursor: { points: { size: 7 }, drag: { x: onSelect !== undefined, y: false, setScale: false } },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, splits, _axis, _space, step) => marksOf(splits, step, zone) },
      { ...axis, values: (_plot, splits) => splits.map(format), size: (_plot, texts) => axisWidth(texts) },
    ],
    series: [
      { value: (_plot, seconds) => (seconds === null ? "" : formatPeriod(seconds * MS_PER_S, granularity, zone)) },
      ...lines.map((line) => seriesOf(line, format)),
    ],
    hooks: { setSelect: [(plot) => select(plot, latest.current)] },
  };
}

function seriesOf({ label, tone, filled }: Line, format: (value: number | null) => string): uPlot.Series {
  const stroke = colourOf(`--line-${tone}`);
  return {
    label,
    stroke,
    width: tone === "previous" ? 1.5 : 2,
    ...(tone === "previous" && { dash: [4, 4] }),
    ...(filled && { fill: `color-mix(in srgb, ${stroke} 14%, transparent)` }),
    points: { show: false },
    value: (_plot, value) => format(value),
  };
}

function marksOf(splits: readonly number[], step: number, zone: string): string[] {
  return formatMarks(
    splits.map((seconds) => seconds * MS_PER_S),
    step * MS_PER_S,
    zone,
  );
}

function select(plot: uPlot, { onSelect }: TimeChartProps): void {
  const { left, width } = plot.select;
  if (width < SELECT_PX_MIN) return;
  const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onSelect?.(from * MS_PER_S, to * MS_PER_S);
}

function axisWidth(texts: readonly string[] | null): number {
  const longest = Math.max(0, ...(texts ?? []).map((text) => text?.length ?? 0));
  return Math.max(AXIS_PX_MIN, longest * AXIS_CHARS_PX + 16);
}

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** What the lines say at their end and at their highest. */
function inWords({ label, times, lines, format, granularity, zone }: TimeChartProps): string {
  const sentences = lines.map((line) => {
    const known = line.values.flatMap((value, at) => (value === null ? [] : [{ value, at: times[at] ?? 0 }]));
    const last = known.at(-1);
    if (!last) return `${line.label}: no values.`;
    const most = known.reduce((a, b) => (b.value > a.value ? b : a));
    const when = formatPeriod(most.at, granularity, zone);
    return `${line.label}: ${format(last.value)} at the end, at most ${format(most.value)} (${when}).`;
  });
  return [label, ...sentences].join(". ");
}

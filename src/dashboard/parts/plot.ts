/** uPlot inside a component: rebuilt when its shape changes, fed when its numbers do, as wide as its place. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { isDark } from "../model/theme.ts";

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** `previous` lies behind the others, dashed. */
  readonly tone: "first" | "second" | "third" | "fourth" | "previous";
  readonly filled?: boolean;
}

export type Format = (value: number | null) => string;

interface Plotted {
  /** A change of this rebuilds the chart. */
  readonly shape: unknown;
  readonly xs: readonly number[];
  readonly lines: readonly Line[];
  readonly height: number;
  /** Called whenever the chart is rebuilt. */
  readonly options: () => Omit<uPlot.Options, "width" | "height">;
}

export const PLOT_HEIGHT = 260;
const AXIS_CHARS_PX = 7;
const AXIS_PX_MIN = 44;
/** Keeps the highest value off the edge. */
const HEADROOM = 1.08;

/** Draws into the element that holds the answer. */
export function usePlot(plotted: Plotted): RefObject<HTMLDivElement | null> {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef(plotted);
  latest.current = plotted;
  const { xs, lines, height } = plotted;
  const shape = JSON.stringify([plotted.shape, height, lines.map(({ values: _, ...line }) => line)]);
  // The chart copies its colours from the stylesheet, which changes with the theme.
  const dark = isDark.value;
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const size = () => ({ width: element.clientWidth, height });
    const options = latest.current.options();
    const hooks = { ...options.hooks, setLegend: [tellLast] };
    const plot = new uPlot({ ...options, ...size(), hooks }, dataOf(latest.current), element);
    chart.current = plot;
    const resized = new ResizeObserver(() => plot.setSize(size()));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, [shape, dark]);
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [xs, lines]);
  return holder;
}

/** Without a pointer, the legend shows the last values. */
function tellLast(plot: uPlot): void {
  if (typeof plot.cursor.idx !== "number") plot.setLegend({ idx: plot.data[0].length - 1 }, false);
}

function dataOf({ xs, lines }: Plotted): uPlot.AlignedData {
  return [[...xs], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
}

/** The two axes; the one at the side is as wide as its labels. */
export function axesOf(format: Format, x: uPlot.Axis = {}): uPlot.Axis[] {
  const stroke = colourOf("--ink-faint");
  const line = colourOf("--line");
  const axis = { stroke, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return [
    { ...axis, grid: { show: false }, ...x },
    { ...axis, values: (_plot, splits) => splits.map(format), size: (_plot, texts) => axisWidth(texts) },
  ];
}

/** From 0 to a little above the highest value. */
export const Y_SCALE: uPlot.Scale = { range: (_plot, _min, max) => [0, max > 0 ? max * HEADROOM : 1] };

export function seriesOf({ label, tone, filled }: Line, format: Format): uPlot.Series {
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

function axisWidth(texts: readonly string[] | null): number {
  const longest = Math.max(0, ...(texts ?? []).map((text) => text?.length ?? 0));
  return Math.max(AXIS_PX_MIN, longest * AXIS_CHARS_PX + 16);
}

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Describes a line by its last and its highest value. @param where the place of a value, in words */
export function lineInWords({ label, values }: Line, format: Format, where: (at: number) => string): string {
  const known = values.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
  const last = known.at(-1);
  if (!last) return `${label}: no values.`;
  const most = known.reduce((a, b) => (b.value > a.value ? b : a));
  return `${label}: ${format(last.value)} at the end, at most ${format(most.value)} (${where(most.at)}).`;
}

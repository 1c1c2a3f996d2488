/** uPlot inside a component: rebuilt when its shape changes, fed when its numbers do, as wide as its place. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { axisLabels, axisSteps, axisTop } from "../format/axes.ts";
import type { ColumnUnit } from "../format/numbers.ts";
import { isDark } from "../model/theme.ts";

export interface PlotLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** `previous` lies behind the others, dashed; percentiles are one hue, the paler the rarer. */
  readonly tone: "first" | "second" | "third" | "fourth" | "previous" | "p50" | "p90" | "p95" | "p99";
  readonly filled?: boolean;
  /** Drawn as bars along the foot of the chart, on a scale of their own. */
  readonly isBars?: boolean;
}

type Format = (value: number | null) => string;

/** What the tip says of a point: a heading, and a row for each line. */
export interface Tip {
  readonly title: string;
  readonly rows: readonly { readonly tone: PlotLine["tone"]; readonly label: string; readonly value: string }[];
  /** The change between two of the rows. */
  readonly note?: string | undefined;
}

interface Plotted {
  /** A change of this rebuilds the chart. */
  readonly shape: unknown;
  readonly xs: readonly number[];
  readonly lines: readonly PlotLine[];
  /** Lines that the reader has taken away, by their labels. */
  readonly hidden?: ReadonlySet<string>;
  readonly height: number;
  /** Whether the last point is of a period that goes on: the way to it is dashed. */
  readonly isUnfinished?: boolean;
  readonly tipOf: (at: number) => Tip;
  /** Called whenever the chart is rebuilt. */
  readonly options: () => Omit<uPlot.Options, "width" | "height" | "series">;
}

export const PLOT_HEIGHT = 260;
const AXIS_CHARS_PX = 7;
const AXIS_PX_MIN = 34;
/** As high as a line of labels, and as two. */
const AXIS_LINE_PX = 24;
export const AXIS_LINES_PX = 40;
const TIP_GAP_PX = 14;
const DASH = [4, 4];

/** Draws into the element that holds the answer. */
export function usePlot(plotted: Plotted): RefObject<HTMLDivElement | null> {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef(plotted);
  latest.current = plotted;
  const { xs, lines, height, isUnfinished, hidden } = plotted;
  const styles = lines.map(({ values: _, ...line }) => line);
  const shape = JSON.stringify([plotted.shape, height, styles, isUnfinished, [...(hidden ?? [])]]);
  // The chart copies its colours from the stylesheet, which changes with the theme.
  const dark = isDark.value;
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const size = () => ({ width: element.clientWidth, height });
    const plot = new uPlot({ ...optionsOf(latest), ...size() }, dataOf(latest.current), element);
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

type Latest = { readonly current: Plotted };

function optionsOf(latest: Latest): Omit<uPlot.Options, "width" | "height"> {
  const { lines, hidden, isUnfinished = false, options } = latest.current;
  const own = options();
  const tip = tipPlugin(latest);
  return {
    ...own,
    scales: { ...own.scales, ...(lines.some(({ isBars }) => isBars) && { [BARS]: BARS_SCALE }) },
    legend: { show: false },
    padding: [8, 14, 0, 0],
    cursor: { ...own.cursor, y: false, move: toPoint, points: { size: 7, ...own.cursor?.points } },
    series: [
      {},
      ...lines.map((line) => ({ ...seriesOf(line), show: !hidden?.has(line.label) })),
      ...(isUnfinished ? lines.map((line) => ({ ...goingOnOf(line), show: !hidden?.has(line.label) })) : []),
    ],
    plugins: [tip],
  };
}

/** Moves the pointer's line to the nearest point: what the tip tells of is where the line stands. */
function toPoint(plot: uPlot, left: number, top: number): [number, number] {
  const x = plot.data[0][plot.posToIdx(left)];
  return x === undefined || left < 0 ? [left, top] : [plot.valToPos(x, "x"), top];
}

/** A box beside the pointer. */
function tipPlugin(latest: Latest): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "tip";
  box.hidden = true;
  return {
    hooks: {
      init: (plot) => void plot.over.append(box),
      setCursor: (plot) => {
        const { idx, left = 0 } = plot.cursor;
        box.hidden = typeof idx !== "number" || left < 0;
        if (box.hidden || typeof idx !== "number") return;
        box.replaceChildren(...tipNodes(latest.current.tipOf(idx)));
        const isRight = left > plot.over.clientWidth / 2;
        box.style.left = isRight ? "auto" : `${left + TIP_GAP_PX}px`;
        box.style.right = isRight ? `${plot.over.clientWidth - left + TIP_GAP_PX}px` : "auto";
      },
    },
  };
}

function tipNodes({ title, rows, note }: Tip): HTMLElement[] {
  const element = (name: string, className: string, text: string) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };
  const lines = rows.map(({ tone, label, value }) => {
    const row = element("div", "tip-row", "");
    row.append(element("i", `line-swatch ${tone}`, ""), element("span", "", label), element("b", "", value));
    return row;
  });
  return [
    element("div", "tip-title", title),
    ...lines,
    ...(note === undefined ? [] : [element("div", "tip-note", note)]),
  ];
}

/** With an unfinished period each line is two: the finished part, and the way to the last point. */
function dataOf({ xs, lines, isUnfinished = false }: Plotted): uPlot.AlignedData {
  const last = xs.length - 1;
  if (!isUnfinished) return [[...xs], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
  const finished = lines.map(({ values, tone }) =>
    values.map((value, at) => (at === last && tone !== "previous" ? null : value)),
  );
  const goingOn = lines.map(({ values, tone }) =>
    values.map((value, at) => (at < last - 1 || tone === "previous" ? null : value)),
  );
  return [[...xs], ...finished, ...goingOn] as uPlot.AlignedData;
}

/** The two axes; the one at the side has round marks in the unit of its numbers, and is as wide as their labels. */
export function axesOf(unit: ColumnUnit, x: uPlot.Axis = {}): uPlot.Axis[] {
  const stroke = colourOf("--ink-faint");
  const line = colourOf("--line");
  const axis = { stroke, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui", gap: 6 };
  return [
    { ...axis, grid: { show: false }, size: AXIS_LINE_PX, ...x },
    {
      ...axis,
      incrs: axisSteps(unit),
      values: (_plot, marks, _axis, _space, step) => axisLabels(marks, step, unit),
      size: (_plot, texts) => axisWidth(texts),
    },
  ];
}

/** The scale of the numbers at the side. */
export function scaleOf(unit: ColumnUnit): uPlot.Scale {
  return { range: (_plot, _min, max) => [0, axisTop(max, unit)] };
}

/** Bars take the lowest part of the chart. */
const BARS_SCALE: uPlot.Scale = { range: (_plot, _min, max) => [0, max > 0 ? max * 5 : 1] };
const BARS = "bars";

function seriesOf({ label, tone, filled, isBars }: PlotLine): uPlot.Series {
  const stroke = colourOf(`--line-${tone}`);
  if (isBars) {
    const paths = uPlot.paths.bars?.({ size: [0.7, 60], align: -1 });
    return { label, scale: BARS, fill: stroke, points: { show: false }, ...(paths && { paths }) };
  }
  return {
    label,
    stroke,
    width: tone === "previous" ? 1.5 : 2,
    ...(tone === "previous" && { dash: DASH }),
    ...(filled && { fill: `color-mix(in srgb, ${stroke} 12%, transparent)` }),
    points: { show: false },
  };
}

function goingOnOf(line: PlotLine): uPlot.Series {
  return { ...seriesOf(line), dash: DASH };
}

function axisWidth(texts: readonly string[] | null): number {
  const longest = Math.max(0, ...(texts ?? []).map((text) => text?.length ?? 0));
  return Math.max(AXIS_PX_MIN, longest * AXIS_CHARS_PX + 10);
}

/** A colour of the stylesheet, in the theme that is on. */
export function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Describes a line by its last and its highest value. @param where the place of a value, in words */
export function lineInWords({ label, values }: PlotLine, format: Format, where: (at: number) => string): string {
  const known = values.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
  const last = known.at(-1);
  if (!last) return `${label}: no values.`;
  const most = known.reduce((a, b) => (b.value > a.value ? b : a));
  return `${label}: ${format(last.value)} at the end, at most ${format(most.value)} (${where(most.at)}).`;
}

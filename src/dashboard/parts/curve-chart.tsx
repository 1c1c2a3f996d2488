/** Lines along a content, by its hundredths or its seconds, with a tip at the pointer. */

import { useRef } from "preact/hooks";
import type uPlot from "uplot";
import { type ColumnUnit, formatMetric } from "../format/numbers.ts";
import { Legend } from "./legend.tsx";
import { axesOf, type Line, lineInWords, PLOT_HEIGHT, usePlot, Y_SCALE } from "./plot.ts";
import { useHidden } from "./use-hidden.ts";

/** Something along the content: a chapter's beginning, a break. */
interface Mark {
  readonly at: number;
  readonly label: string;
}

interface CurveChartProps {
  /** What is drawn, for screen readers. */
  readonly label: string;
  /** Where each part ends, in percent or seconds. */
  readonly xs: readonly number[];
  readonly lines: readonly Line[];
  readonly unit: ColumnUnit;
  /** A label of the axis below. */
  readonly formatX: (x: number) => string;
  /** The name of a part, by its index in `xs`. */
  readonly partOf: (at: number) => string;
  /** The distances between axis marks to choose from. */
  readonly steps: readonly number[];
  readonly marks?: readonly Mark[];
  readonly height?: number;
}

export function CurveChart(props: CurveChartProps) {
  const { xs, lines, unit, marks = [], height = PLOT_HEIGHT } = props;
  const [hidden, toggle] = useHidden();
  const latest = useRef(props);
  latest.current = props;
  const holder = usePlot({
    ...{ shape: [xs.at(-1), unit, marks], xs, lines, hidden, height },
    tipOf: (at) => ({
      title: latest.current.partOf(at),
      rows: latest.current.lines
        .filter(({ label }) => !hidden.has(label))
        .map(({ tone, label, values }) => ({ tone, label, value: formatMetric(values[at], unit) })),
    }),
    options: () => optionsOf(latest),
  });
  return (
    <div class="chart-box">
      <Legend lines={lines} hidden={hidden} onToggle={toggle} />
      <div class="chart" ref={holder} role="img" aria-label={inWords(props)} style={{ minHeight: `${height}px` }} />
    </div>
  );
}

function optionsOf(latest: { readonly current: CurveChartProps }): Omit<uPlot.Options, "width" | "height" | "series"> {
  const { xs, steps, unit } = latest.current;
  return {
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false, range: [0, xs.at(-1) ?? 1] }, y: Y_SCALE },
    axes: axesOf(unit, {
      incrs: [...steps],
      values: (_plot, splits) => splits.map((x) => latest.current.formatX(x)),
    }),
    hooks: { draw: [(plot) => drawMarks(plot, latest.current.marks ?? [])] },
  };
}

const MARK_PX = 6;

/** A short line up from the axis where something begins. */
function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--ink-faint").trim();
  for (const { at } of marks) {
    const x = plot.valToPos(at, "x", true);
    ctx.fillRect(x - ratio / 2, bbox.top + bbox.height - MARK_PX * ratio, ratio, MARK_PX * ratio);
  }
  ctx.restore();
}

function inWords({ label, lines, unit, partOf }: CurveChartProps): string {
  const format = (value: number | null) => formatMetric(value, unit);
  return [`${label}.`, ...lines.map((line) => lineInWords(line, format, partOf))].join(" ");
}

/** Lines along a content, by its hundredths or its seconds, with a tip at the pointer. */

import { useRef } from "preact/hooks";
import type uPlot from "uplot";
import { type ColumnUnit, formatMetric } from "../format/numbers.ts";
import type { ContentMark } from "../model/content-marks.ts";
import { Legend } from "./legend.tsx";
import { axesOf, colourOf, lineInWords, PLOT_HEIGHT, type PlotLine, scaleOf, usePlot } from "./plot.ts";
import { useListed } from "./use-listed.ts";

interface CurveChartProps {
  /** What is drawn, for screen readers. */
  readonly label: string;
  /** Where each part ends, in percent or seconds. */
  readonly xs: readonly number[];
  readonly lines: readonly PlotLine[];
  readonly unit: ColumnUnit;
  /** A label of the axis below. */
  readonly formatX: (x: number) => string;
  /** The name of a part, by its index in `xs`. */
  readonly partOf: (at: number) => string;
  /** The distances between axis marks to choose from. */
  readonly steps: readonly number[];
  /** In percent or seconds as well. */
  readonly marks?: readonly ContentMark[];
  readonly height?: number;
}

export function CurveChart(props: CurveChartProps) {
  const { xs, lines, unit, marks = [], height = PLOT_HEIGHT } = props;
  const [hidden, toggle] = useListed("without", props.label);
  const latest = useRef(props);
  latest.current = props;
  const holder = usePlot({
    shape: [xs.at(-1), unit, marks],
    xs,
    lines,
    hidden,
    height,
    tipOf: (at) => ({
      title: latest.current.partOf(at),
      rows: latest.current.lines
        .filter(({ label }) => !hidden.has(label))
        .map(({ tone, label, values }) => ({ tone, label, value: formatMetric(values[at], unit) })),
      note: marksIn(latest.current, at),
    }),
    options: () => optionsOf(latest),
  });
  return (
    <div class="chart-box">
      <Legend lines={lines} hidden={hidden} onToggle={toggle} />
      <MarksLegend marks={marks} />
      <div class="chart" ref={holder} role="img" aria-label={inWords(props)} style={{ minHeight: `${height}px` }} />
    </div>
  );
}

function optionsOf(latest: { readonly current: CurveChartProps }): Omit<uPlot.Options, "width" | "height" | "series"> {
  const { xs, steps, unit } = latest.current;
  return {
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false, range: [0, xs.at(-1) ?? 1] }, y: scaleOf(unit) },
    axes: axesOf(unit, {
      incrs: [...steps],
      values: (_plot, splits) => splits.map((x) => latest.current.formatX(x)),
    }),
    hooks: { draw: [(plot) => drawMarks(plot, latest.current.marks ?? [])] },
  };
}

/** The names of what begins in a part, which ends at `xs[at]`. */
function marksIn({ xs, marks = [] }: CurveChartProps, at: number): string | undefined {
  const from = at === 0 ? 0 : (xs[at - 1] ?? 0);
  const to = xs[at] ?? 0;
  const isLast = at === xs.length - 1;
  const labels = marks.filter((mark) => mark.at >= from && (mark.at < to || isLast)).map(({ label }) => label);
  return labels.length === 0 ? undefined : labels.join(", ");
}

const MARK_WORDS = { chapter: "Chapter", break: "Ad break" } as const;

/** What the marks mean that there are. */
function MarksLegend({ marks }: { readonly marks: readonly ContentMark[] }) {
  const kinds = [...new Set(marks.map(({ kind }) => kind))];
  if (kinds.length === 0) return null;
  return (
    <ul class="marks-legend" aria-label="Marks">
      {kinds.map((kind) => (
        <li key={kind}>
          <i class={`mark-swatch of-${kind}`} aria-hidden="true" />
          {MARK_WORDS[kind]}
        </li>
      ))}
    </ul>
  );
}

const CHAPTER_PX = 1;
const BREAK_PX = [4, 10] as const;

/** A thin line where a chapter begins, a block on the axis where a break is. */
function drawMarks(plot: uPlot, marks: readonly ContentMark[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  for (const { at, kind } of marks) {
    const [width, height] = kind === "chapter" ? [CHAPTER_PX, bbox.height / ratio] : BREAK_PX;
    ctx.fillStyle = colourOf(kind === "chapter" ? "--ink-faint" : "--state-ad");
    const x = plot.valToPos(at, "x", true);
    ctx.fillRect(x - (width * ratio) / 2, bbox.top + bbox.height - height * ratio, width * ratio, height * ratio);
  }
  ctx.restore();
}

function inWords({ label, lines, unit, partOf, formatX, marks = [] }: CurveChartProps): string {
  const format = (value: number | null) => formatMetric(value, unit);
  const marked = marks.map(({ at, label: name }) => `${name} at ${formatX(at)}.`);
  return [`${label}.`, ...lines.map((line) => lineInWords(line, format, partOf)), ...marked].join(" ");
}

/** Lines along a content, by its hundredths or its seconds, with a legend that follows the pointer. */

import { useRef } from "preact/hooks";
import type uPlot from "uplot";
import { axesOf, type Format, type Line, lineInWords, PLOT_HEIGHT, seriesOf, usePlot, Y_SCALE } from "./plot.ts";

interface CurveChartProps {
  /** What is drawn, for screen readers. */
  readonly label: string;
  /** Where each part ends, in percent or seconds. */
  readonly xs: readonly number[];
  readonly lines: readonly Line[];
  readonly format: Format;
  /** A label of the axis below. */
  readonly formatX: (x: number) => string;
  /** The name of a part, by its index in `xs`. */
  readonly partOf: (at: number) => string;
  /** The distances between axis marks to choose from. */
  readonly steps: readonly number[];
  readonly height?: number;
}

export function CurveChart(props: CurveChartProps) {
  const { xs, lines, height = PLOT_HEIGHT } = props;
  const latest = useRef(props);
  latest.current = props;
  const holder = usePlot({ shape: xs.at(-1), xs, lines, height, options: () => optionsOf(latest) });
  return <div class="chart" ref={holder} role="img" aria-label={inWords(props)} style={{ minHeight: `${height}px` }} />;
}

function optionsOf(latest: { readonly current: CurveChartProps }): Omit<uPlot.Options, "width" | "height"> {
  const { xs, lines, steps } = latest.current;
  const format: Format = (value) => latest.current.format(value);
  return {
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: [0, xs.at(-1) ?? 1] }, y: Y_SCALE },
    axes: axesOf(format, {
      incrs: [...steps],
      values: (_plot, splits) => splits.map((x) => latest.current.formatX(x)),
    }),
    series: [
      { label: "Part", value: (_plot, _x, _series, at) => (at === null ? "" : latest.current.partOf(at)) },
      ...lines.map((line) => seriesOf(line, format)),
    ],
  };
}

function inWords({ label, lines, format, partOf }: CurveChartProps): string {
  return [`${label}.`, ...lines.map((line) => lineInWords(line, format, partOf))].join(" ");
}

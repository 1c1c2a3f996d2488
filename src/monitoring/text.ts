/**
 * Prometheus' text format, version 0.0.4.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */

import type { Histogram } from "../base/histogram.ts";
import { MEASURES } from "./catalogue.ts";
import type { Measure, Sample, Sources } from "./measure.ts";

type Labels = readonly (readonly [name: string, value: string | number])[];

const ALL = "+Inf";

/** Renders every measure as it is now. */
export function metricsText(sources: Sources): string {
  return MEASURES.map((measure) => sectionOf(measure, sources)).join("");
}

/** Leaves out a measure without values. */
function sectionOf(measure: Measure, sources: Sources): string {
  const lines = [...measure.read(sources)].flatMap((sample) => linesOf(measure, sample));
  if (lines.length === 0) return "";
  const { name, type, help } = measure;
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

function linesOf({ name, labels = [] }: Measure, { labels: values = [], value }: Sample): string[] {
  const named: Labels = labels.map((label, at) => [label, values[at] ?? ""]);
  return typeof value === "number" ? [line(name, named, value)] : histogramLines(name, named, value);
}

function histogramLines(name: string, labels: Labels, histogram: Histogram): string[] {
  const counts = histogram.cumulative();
  const buckets = counts.map((count, at) =>
    line(`${name}_bucket`, [...labels, ["le", histogram.bounds[at] ?? ALL]], count),
  );
  return [...buckets, line(`${name}_sum`, labels, histogram.sum), line(`${name}_count`, labels, counts.at(-1) ?? 0)];
}

function line(name: string, labels: Labels, value: number): string {
  const said = labels.map(([label, each]) => `${label}="${escaped(String(each)).replaceAll('"', '\\"')}"`).join(",");
  return `${name}${said && `{${said}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** What reports can be asked for: loaded once the browser is signed in. */

import { signal } from "@preact/signals";
import { asWords } from "../../base/words.ts";
import { parseStateMetric, STATE_PARTS } from "../../sessions/metrics/states.ts";
import type { Aggregation, Catalogue, Unit } from "../api/answers.ts";
import { ask } from "../api/ask.ts";
import type { ColumnUnit } from "../format/numbers.ts";

export const catalogue = signal<Catalogue | undefined>(undefined);

/** Loads it for the token that the browser is signed in with: what one may ask, another may not. */
export async function loadCatalogue(): Promise<void> {
  const answer = await ask<Catalogue>("/admin/api/reports/catalogue").catch(() => undefined);
  if (answer) catalogue.value = answer;
}

function metricOf(column: string) {
  const id = column.split(":")[0];
  return catalogue.value?.metrics.find((each) => each.id === id);
}

/** The unit and aggregation of a metric as it is asked for, `ID` or `ID:AGGREGATION`. */
export function unitOf(column: string): ColumnUnit {
  const [id = "", ...words] = column.split(":");
  const metric = metricOf(column);
  const aggregation = words.find((word) => word !== "previous") ?? metric?.aggregations[0] ?? "sum";
  return { unit: metric?.unit ?? unitOfState(id), aggregation };
}

/** How aggregations are called beside a metric. */
export const AGGREGATION_WORDS: Readonly<Record<string, string>> = {
  sum: "total",
  mean: "mean",
  rate: "ratio",
  p50: "median",
  p90: "p90",
  p95: "p95",
  p99: "p99",
};

/** What people call a metric, `ID` or `ID:AGGREGATION`, or a dimension. */
export function labelOf(name: string): string {
  const [id = "", aggregation] = name.split(":");
  const dimension = catalogue.value?.dimensions.find((each) => each.name === name);
  if (dimension) return dimension.label;
  if (name.startsWith(METADATA)) return `“${name.slice(METADATA.length)}” (custom)`;
  const label = metricOf(name)?.label ?? asWords(id);
  return aggregation ? `${label}, ${AGGREGATION_WORDS[aggregation] ?? aggregation}` : label;
}

const METADATA = "customMetadata.";

/** What a metric means, in the words of its catalogue. */
export function hintOf(column: string): string {
  const aggregation = column.split(":")[1];
  const words = [metricOf(column)?.summary, catalogue.value?.aggregations[aggregation as Aggregation]];
  return words.filter(Boolean).join(" ");
}

/** Metrics of custom player states are in no list. */
function unitOfState(id: string): Unit {
  const parsed = parseStateMetric(id);
  return parsed ? STATE_PARTS[parsed.part].unit : "count";
}

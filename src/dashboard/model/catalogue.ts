/** What reports can be asked for: loaded once the browser is signed in. */

import { signal } from "@preact/signals";
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

/** The unit and aggregation of a metric as it is asked for, `ID` or `ID:AGGREGATION`. */
export function unitOf(column: string): ColumnUnit {
  const [id = "", ...words] = column.split(":");
  const metric = catalogue.value?.metrics.find((each) => each.id === id);
  const aggregation = words.find((word) => word !== "previous") ?? metric?.aggregations[0] ?? "sum";
  return { unit: metric?.unit ?? unitOfState(id), aggregation };
}

/** What a metric means: its id as the admin API has it, and the words of its catalogue. */
export function hintOf(column: string): string {
  const [id, aggregation] = column.split(":");
  const { metrics = [], aggregations } = catalogue.value ?? {};
  const words = [metrics.find((each) => each.id === id)?.summary, aggregations?.[aggregation as Aggregation]];
  return [`${column}:`, ...words.filter(Boolean)].join(" ");
}

/** Metrics of custom player states are in no list. */
function unitOfState(id: string): Unit {
  const parsed = parseStateMetric(id);
  return parsed ? STATE_PARTS[parsed.part].unit : "count";
}

/** The numbers of a session in groups, each with what it means and how it is worked out. */

import { AD_METRICS } from "../../../sessions/metrics/ads.ts";
import type { MetricDefinition } from "../../../sessions/metrics/definition.ts";
import { DERIVED_METRICS } from "../../../sessions/metrics/derived.ts";
import { QUALITY_METRICS } from "../../../sessions/metrics/quality.ts";
import { SESSION_METRICS } from "../../../sessions/metrics/session.ts";
import { parseStateMetric, STATE_PARTS } from "../../../sessions/metrics/states.ts";
import { formatMetric } from "../../format/numbers.ts";

export type Explained = Pick<MetricDefinition, "id" | "unit" | "aggregate" | "definition" | "formula">;

interface TitledMetrics {
  readonly title: string;
  readonly metrics: readonly Explained[];
}

const GROUPS: readonly TitledMetrics[] = [
  { title: "Session", metrics: SESSION_METRICS },
  { title: "Quality", metrics: QUALITY_METRICS },
  { title: "Ads and chapters", metrics: AD_METRICS },
  { title: "Made of others", metrics: DERIVED_METRICS },
];
const KNOWN: ReadonlySet<string> = new Set(GROUPS.flatMap(({ metrics }) => metrics.map(({ id }) => id)));
const STATES = "Player states";

/** The groups of a session's metrics; whatever no catalogue lists is of a player state. */
export function groupsOf(metrics: Readonly<Record<string, unknown>>): TitledMetrics[] {
  const ofStates = Object.keys(metrics).filter((id) => !KNOWN.has(id));
  return [...GROUPS, { title: STATES, metrics: ofStates.flatMap(explainState) }];
}

function explainState(id: string): Explained[] {
  const parsed = parseStateMetric(id);
  if (!parsed) return [];
  const { unit, definition, formula } = STATE_PARTS[parsed.part];
  return [{ id, unit, definition: definition(parsed.state), formula }];
}

/** A metric's value of one session: a flag is 1 or 0, and a ratio that reports sum is no share of anything. */
export function formatOwn(
  value: number | null | undefined,
  { unit, aggregate }: Pick<Explained, "unit" | "aggregate">,
): string {
  return formatMetric(value, { unit, aggregation: unit === "ratio" && aggregate !== "sum" ? "mean" : "sum" });
}

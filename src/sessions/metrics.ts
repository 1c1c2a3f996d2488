/**
 * The catalogue of metrics: id, unit, definition and formula of every number, and its names in the reference.
 *
 * A new metric is one row in `metrics/`. The admin API, reports, exports and the documentation follow from it, and so
 * does what a session's page shows of how it came about.
 */

import { AD_METRICS } from "./metrics/ads.ts";
import type { MetricDefinition, Outcome } from "./metrics/definition.ts";
import { DERIVED_METRICS } from "./metrics/derived.ts";
import { QUALITY_METRICS } from "./metrics/quality.ts";
import { SESSION_METRICS } from "./metrics/session.ts";
import { STATE_PART_NAMES, STATE_PARTS, type StateMetricId, stateMetricId } from "./metrics/states.ts";
import { STANDARD_STATES } from "./reported.ts";
import type { Tally } from "./tally.ts";

/**
 * A number by metric id, or null where the definition says that there is none. Those of custom states are there too,
 * under ids that no type knows; numbers that were stored under older definitions lack the newer ones.
 */
export type Metrics = Readonly<Partial<Record<MetricId | StateMetricId, number | null>>>;

/** The same by any name, for a walk over all of them. */
export type NamedMetrics = Readonly<Record<string, number | null | undefined>>;

const ROWS = [...SESSION_METRICS, ...AD_METRICS, ...QUALITY_METRICS, ...DERIVED_METRICS] as const;

export type MetricId = (typeof ROWS)[number]["id"];
type Metric = MetricDefinition<MetricId>;

export const METRICS: readonly Metric[] = ROWS;

/** By id; a player state's numbers are in no list. */
export const METRIC_BY_ID: ReadonlyMap<string, Metric> = new Map(METRICS.map((row) => [row.id, row]));

/** Every metric of a folded session. */
export function metricsOf(tally: Tally, end: Pick<Outcome, "watched" | "closed" | "bufferedBy">): Metrics {
  const outcome: Outcome = { ...tally, ...end, length: lengthOf(tally) };
  const metrics: Record<string, number | null> = {};
  // First, so that a custom state called "ad" can't take the place of adCount.
  for (const name of new Set([...STANDARD_STATES, ...tally.states.keys()])) {
    const { count = 0, durationMs = 0 } = tally.states.get(name) ?? {};
    for (const part of STATE_PART_NAMES) {
      metrics[stateMetricId(name, part)] = STATE_PARTS[part].of({ count, durationMs });
    }
  }
  for (const { id, of } of METRICS) metrics[id] = finite(of(outcome));
  return metrics;
}

/** A length of 1e-310 s makes a ratio that no number holds: there is none then, as JSON would say. */
function finite(value: number | null): number | null {
  return value === null || Number.isFinite(value) ? value : null;
}

function lengthOf({ content, start }: Tally): number | undefined {
  return content.lengthMs === undefined ? undefined : (start.params?.["media.length"] as number);
}

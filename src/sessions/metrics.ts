/**
 * The catalogue of metrics: id, unit, definition and formula of every number, and its names in the reference.
 *
 * A new metric is one row in `metrics/`; the admin API, the documentation and the rows of a close follow from it.
 */

import { secondsOf } from "../base/units.ts";
import { AD_METRICS } from "./metrics/ads.ts";
import type { MetricDefinition, Outcome } from "./metrics/definition.ts";
import { DERIVED_METRICS } from "./metrics/derived.ts";
import { QUALITY_METRICS } from "./metrics/quality.ts";
import { SESSION_METRICS } from "./metrics/session.ts";
import type { Tally } from "./tally.ts";
import type { Span } from "./watched.ts";

/** A number by metric id, or null where the definition says that there is none. */
export type Metrics = Readonly<Record<string, number | null>>;

export const METRICS: readonly MetricDefinition[] = [
  ...SESSION_METRICS,
  ...AD_METRICS,
  ...QUALITY_METRICS,
  ...DERIVED_METRICS,
];

/** The states that have numbers also where they never became active. */
export const STANDARD_STATES = ["fullScreen", "mute", "closedCaptioning", "pictureInPicture", "inFocus"] as const;

/** Every metric of a folded session. */
export function metricsOf(tally: Tally, watched: readonly Span[], closed: boolean): Metrics {
  const outcome: Outcome = { ...tally, watched, closed, length: lengthOf(tally) };
  const metrics: Record<string, number | null> = {};
  // First, so that a custom state called "ad" can't take the place of adCount.
  for (const name of new Set([...STANDARD_STATES, ...tally.states.keys()])) {
    const { count = 0, durationMs = 0 } = tally.states.get(name) ?? {};
    metrics[`${name}Count`] = count;
    metrics[`${name}StreamsImpacted`] = Number(count > 0);
    metrics[`${name}TotalDuration`] = secondsOf(durationMs);
  }
  for (const { id, of } of METRICS) metrics[id] = finite(of(outcome));
  return metrics;
}

/** A length of 1e-310 s makes a ratio that no number holds: there is none then, as JSON would say. */
function finite(value: number | null): number | null {
  return value === null || Number.isFinite(value) ? value : null;
}

function lengthOf({ start }: Tally): number | undefined {
  const length = start.params?.["media.length"];
  return typeof length === "number" && length > 0 ? length : undefined;
}

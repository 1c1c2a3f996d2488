/**
 * The catalogue of report metrics: every metric of a session, and how it is put together over many.
 *
 * A new metric is a row of `sessions/metrics.ts`; nothing needs to be added here.
 */

import type { MetricDefinition, Unit } from "../../sessions/metrics/definition.ts";
import { STATE_PARTS, type StatePart } from "../../sessions/metrics/states.ts";
import { METRICS, STANDARD_STATES } from "../../sessions/metrics.ts";
import { STATE_METRICS } from "../facts/tables.ts";

/** `rate` is a ratio of sums: what the whole of the sessions did, each by its weight. The rest is over sessions. */
export const AGGREGATIONS = {
  sum: "Sum over sessions.",
  mean: "Mean over the sessions that have the number.",
  rate: "Sum of the numerators by the sum of the denominators.",
  p50: "Median over the sessions that have the number, exact, between two of them interpolated.",
  p90: "90th percentile, as p50.",
  p95: "95th percentile, as p50.",
  p99: "99th percentile, as p50.",
} as const;
export type Aggregation = keyof typeof AGGREGATIONS;

const PERCENTILES: readonly Aggregation[] = ["p50", "p90", "p95", "p99"];

export interface ReportMetric {
  readonly id: string;
  readonly unit: Unit;
  readonly summary: string;
  /** What `id` alone means comes first. */
  readonly aggregations: readonly Aggregation[];
  /** A part and a whole, each the sum of columns; absent where the number itself is a column. */
  readonly ratio?: { readonly of: readonly string[]; readonly by: readonly string[] };
  /** The player state that it counts, and what of it; absent for everything else. */
  readonly state?: { readonly name: string | undefined; readonly part: StatePart };
}

const BY_UNIT: Readonly<Record<Unit, readonly Aggregation[]>> = {
  count: ["sum", "mean", ...PERCENTILES],
  flag: ["sum", "mean"],
  s: ["sum", "mean", ...PERCENTILES],
  ratio: ["rate", "mean", ...PERCENTILES],
  "bit/s": ["mean", ...PERCENTILES],
};

const STATE_METRIC = /^([a-zA-Z0-9_.]{1,64}?)(Count|StreamsImpacted|TotalDuration)$/;

/** In the order of docs/reports.md. */
export const REPORT_METRICS: readonly ReportMetric[] = [
  ...METRICS.map(ofDefinition),
  ...STATE_METRICS.map(({ id, unit }) => {
    const name = STANDARD_STATES.find((state) => id.startsWith(state));
    const part = id.slice(name?.length) as StatePart;
    return { id, unit, summary: `${STATE_PARTS[part].definition} (${name})`, aggregations: BY_UNIT[unit] };
  }),
  ...(Object.keys(STATE_PARTS) as StatePart[]).map((part) => ofState(undefined, part)),
];

const BY_ID: ReadonlyMap<string, ReportMetric> = new Map(REPORT_METRICS.map((row) => [row.id, row]));

/**
 * The metric of an id; `<state>Count` and the like are metrics of a custom player state.
 *
 * @returns undefined when nothing is called so; a custom state may still be one that no session had
 */
export function findMetric(id: string): ReportMetric | undefined {
  const known = BY_ID.get(id);
  if (known) return known;
  const [, name, part] = STATE_METRIC.exec(id) ?? [];
  return name === undefined ? undefined : ofState(name, part as StatePart);
}

function ofDefinition({ id, unit, definition, aggregate, ratio }: MetricDefinition): ReportMetric {
  const usual = BY_UNIT[unit];
  const first = aggregate ?? usual[0];
  const rest = usual.filter(
    (each) => each !== first && !(each === "sum" && aggregate) && !(each === "rate" && aggregate),
  );
  return {
    id,
    unit,
    summary: definition,
    aggregations: first ? [first, ...rest] : rest,
    ...(ratio && { ratio }),
  };
}

/** @param name the state; undefined for whichever state the report breaks down by, or all of them together */
function ofState(name: string | undefined, part: StatePart): ReportMetric {
  const { unit } = STATE_PARTS[part];
  const whose = name === undefined ? "of `media.state.name`" : "of a custom name";
  return {
    id: `${name ?? "state"}${part}`,
    unit,
    summary: `${STATE_PARTS[part].definition} (the state ${whose})`,
    aggregations: BY_UNIT[unit],
    state: { name, part },
  };
}

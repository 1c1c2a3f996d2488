/**
 * The catalogue of report metrics: every metric of a session, and how it is put together over many.
 *
 * A new metric is a row of `sessions/metrics.ts`. Only what became of a session's events is counted here.
 */

import { asWords } from "../../base/words.ts";
import { STATE_NAME } from "../../protocol/parameters.ts";
import type { MetricDefinition, Ratio, Unit } from "../../sessions/metrics/definition.ts";
import {
  parseStateMetric,
  STATE_METRICS,
  STATE_PART_NAMES,
  STATE_PARTS,
  type StateMetricId,
  type StatePart,
  stateMetricId,
} from "../../sessions/metrics/states.ts";
import { METRICS, type MetricId } from "../../sessions/metrics.ts";
import type { MetricGroup } from "./groups.ts";
import { isWorkedOut } from "./keys.ts";

/** `rate` is a ratio of sums: what the whole of the sessions did, each by its weight. The rest is over sessions. */
export const AGGREGATIONS = {
  sum: "Sum over sessions.",
  mean: "Mean over the sessions that have the number.",
  rate: "Sum of the numerators by the sum of the denominators.",
  p50: "Median over the sessions that have the number, exact, between two of them interpolated.",
  p90: "90 of 100 sessions are at or below this.",
  p95: "95 of 100 sessions are at or below this.",
  p99: "99 of 100 sessions are at or below this.",
  distinct: "How many there are, each counted once: rows don't add up to the total.",
} as const;
export type Aggregation = keyof typeof AGGREGATIONS;

const PERCENTILES: readonly Aggregation[] = ["p50", "p90", "p95", "p99"];

/** Stands for the name of the state that a report breaks down by, or for all states together. */
const ANY_STATE = "state";

/** A metric as a report's column, alone or with its aggregation. */
export type MetricColumn = ReportMetricId | `${ReportMetricId}:${Aggregation}`;
export type ReportMetricId =
  | MetricId
  | StateMetricId
  | LedgerMetricId
  | ViewerMetricId
  | PlayingMetricId
  | `${typeof ANY_STATE}${StatePart}`;

export interface ReportMetric {
  readonly id: string;
  /** What people call it. */
  readonly label: string;
  readonly unit: Unit;
  readonly summary: string;
  /** What `id` alone means comes first. */
  readonly aggregations: readonly Aggregation[];
  /** A part and a whole, each the sum of columns; absent where the number itself is a column. */
  readonly ratio?: Ratio;
  /** What it counts, where that is no number of one session. */
  readonly counts?: "viewers" | "playing";
  readonly group: MetricGroup;
  /** Which way is the better one; absent where neither is. */
  readonly better?: "more" | "less";
  /** The player state that it counts, and what of it; absent for everything else. */
  readonly state?: { readonly name: string | undefined; readonly part: StatePart };
}

/** By rule or flag those events count that the rule decided, or that have the flag. */
const LEDGER_METRICS = [
  { id: "events", summary: "Events that the session has, its start included." },
  { id: "ignoredEvents", better: "less", summary: "Events whose effect was left out: the verdict is `ignored`." },
  { id: "flaggedEvents", better: "less", summary: "Events about which validation noticed something." },
] as const;
type LedgerMetricId = (typeof LEDGER_METRICS)[number]["id"];

/** A hash identifies each viewer; sessions that name none take no part. */
const VIEWER_METRICS = [
  { id: "uniqueViewers", label: "Viewers", unit: "count", by: "distinct", summary: "Viewers, each counted once." },
  {
    id: "newViewers",
    unit: "count",
    by: "distinct",
    summary: "Viewers whose first session on record, of any kind, lies in the period.",
  },
  {
    id: "returningViewers",
    unit: "count",
    by: "distinct",
    summary: "Viewers who had a session before the period.",
  },
  {
    id: "sessionsPerViewer",
    unit: "ratio",
    by: "rate",
    summary: "Sessions that name a viewer, by the viewers.",
  },
  {
    id: "contentTimePerViewer",
    unit: "s",
    by: "rate",
    summary: "Time playing main content in sessions that name a viewer, by the viewers.",
  },
] as const;
export type ViewerMetricId = (typeof VIEWER_METRICS)[number]["id"];

/** Dated by the playing, not by the start: a session that plays over midnight is on both days. */
const PLAYING_METRICS = [
  { id: "playingTime", unit: "s", by: "sum", summary: "Time that content or an ad played within the period." },
  { id: "adPlayingTime", unit: "s", by: "sum", summary: "Time that an ad played within the period." },
  {
    id: "averageAudience",
    unit: "count",
    by: "rate",
    summary: "Sessions that played content or an ad at once: the mean over the period.",
  },
] as const;
export type PlayingMetricId = (typeof PLAYING_METRICS)[number]["id"];

const BY_UNIT: Readonly<Record<Unit, readonly Aggregation[]>> = {
  count: ["sum", "mean", ...PERCENTILES],
  flag: ["sum", "mean"],
  s: ["sum", "mean", ...PERCENTILES],
  ratio: ["rate", "mean", ...PERCENTILES],
  "1/min": ["rate", "mean", ...PERCENTILES],
  "bit/s": ["mean", ...PERCENTILES],
  fps: ["mean", ...PERCENTILES],
};

/** In the order of docs/report-names.md. */
export const REPORT_METRICS: readonly ReportMetric[] = [
  ...METRICS.map(ofDefinition),
  ...LEDGER_METRICS.map((row): ReportMetric => {
    return { ...row, label: asWords(row.id), unit: "count", aggregations: BY_UNIT.count, group: "events" };
  }),
  ...VIEWER_METRICS.map(({ by, ...row }): ReportMetric => {
    return { label: asWords(row.id), ...row, aggregations: [by], counts: "viewers", group: "viewers", better: "more" };
  }),
  ...PLAYING_METRICS.map(({ by, ...row }): ReportMetric => {
    return { ...row, label: asWords(row.id), aggregations: [by], counts: "playing", group: "playing", better: "more" };
  }),
  ...STATE_METRICS.map(({ state, part }) => describedState(state, part)),
  ...STATE_PART_NAMES.map((part) => ofState(undefined, part)),
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
  const parsed = parseStateMetric(id);
  return parsed && STATE_NAME.test(parsed.state) ? ofState(parsed.state, parsed.part) : undefined;
}

function ofDefinition(row: MetricDefinition): ReportMetric {
  const { id, label = asWords(id), group, unit, definition, aggregate, ratio, betterWhen } = row;
  const usual = BY_UNIT[unit];
  const first = aggregate ?? usual[0];
  const rest = usual.filter(
    (each) => each !== first && !(each === "sum" && aggregate) && !(each === "rate" && aggregate),
  );
  return {
    id,
    label,
    unit,
    summary: definition,
    aggregations: first ? [first, ...rest] : rest,
    group,
    ...(betterWhen && { better: betterWhen }),
    ...(ratio && isWorkedOut(row) && { ratio }),
  };
}

/** @param name the state; undefined for the one that the report breaks down by, or for all of them together */
function ofState(name: string | undefined, part: StatePart): ReportMetric {
  return { ...describedState(name, part), state: { name, part } };
}

function describedState(name: string | undefined, part: StatePart): ReportMetric {
  const { unit, noun, definition } = STATE_PARTS[part];
  return {
    id: stateMetricId(name ?? ANY_STATE, part),
    label: asWords(`${name ?? ANY_STATE}${noun}`),
    unit,
    summary: definition(name ?? "the state of `media.state.name`"),
    aggregations: BY_UNIT[unit],
    group: "states",
  };
}

/** Groups of metrics and dimensions, for menus. */

import type { MetricDefinition } from "../../sessions/metrics/definition.ts";
import { DERIVED_METRICS } from "../../sessions/metrics/derived.ts";
import { QUALITY_METRICS } from "../../sessions/metrics/quality.ts";
import type { Dimension, Scope } from "./dimensions.ts";

export const METRIC_GROUPS = [
  "viewing",
  "viewers",
  "playing",
  "ads",
  "chapters",
  "quality",
  "states",
  "events",
] as const;
export type MetricGroup = (typeof METRIC_GROUPS)[number];

const OF_VIEWING: ReadonlySet<string> = new Set(["completionRate", "averagePercentWatched", "averagePlaybackSpeed"]);
const OF_QUALITY: ReadonlySet<string> = new Set([...QUALITY_METRICS, ...DERIVED_METRICS].map(({ id }) => id));

/** The group of a session's metric. */
export function groupOfMetric({ id }: Pick<MetricDefinition, "id">): MetricGroup {
  if (/^(ad|emptyAd)[A-Z]|^timeToFirstAd$/.test(id)) return "ads";
  if (id.startsWith("chapter")) return "chapters";
  if (id.startsWith("mend")) return "events";
  return OF_QUALITY.has(id) && !OF_VIEWING.has(id) ? "quality" : "viewing";
}

export const DIMENSION_GROUPS = [
  "content",
  "session",
  "time",
  "device",
  "visitor",
  "ads",
  "chapters",
  "states",
  "quality",
  "events",
  "metadata",
] as const;
type DimensionGroup = (typeof DIMENSION_GROUPS)[number];

const BY_SCOPE: Readonly<Record<Exclude<Scope, "session">, DimensionGroup>> = {
  ad: "ads",
  adBreak: "ads",
  chapter: "chapters",
  state: "states",
  error: "quality",
  rule: "events",
  flag: "events",
};
const BY_NAME: readonly (readonly [RegExp, DimensionGroup])[] = [
  [/^(hourOfDay|dayOfWeek)$/, "time"],
  [/^averageBitrateBucket$/, "quality"],
  [/^(media\.|contentSegment$)/, "content"],
  [/^viewer\./, "device"],
  [/^(analytics\.(visitorId|aid)|visitor\.|appInstallationId)/, "visitor"],
  [/^customMetadata\./, "metadata"],
];

export function groupOfDimension({ name, scope }: Pick<Dimension, "name" | "scope">): DimensionGroup {
  if (scope !== "session") return BY_SCOPE[scope];
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? "session";
}

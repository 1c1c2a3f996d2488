/** Groups of metrics and dimensions, in the order of menus. */

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
export type DimensionGroup = (typeof DIMENSION_GROUPS)[number];

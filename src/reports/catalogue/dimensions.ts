/**
 * The catalogue of dimensions: what numbers can be broken down by and filtered by. A key of `protocol/parameters.ts` is
 * one by itself; what is ours is a row here.
 */

import { asWords } from "../../base/words.ts";
import { DERIVED_WORDS, type DerivedWord } from "../../protocol/derived.ts";
import { PARAMETERS, type Parameter, type ParameterKey } from "../../protocol/parameters.ts";
import type { Granularity } from "../calendar.ts";
import type { DimensionGroup } from "./groups.ts";
import { keysOn, typeOfKey } from "./keys.ts";
import { findMetric } from "./metrics.ts";

/** Which rows have the value: whole sessions, or what is in them, down to what became of their events. */
export type Scope = "session" | "ad" | "adBreak" | "chapter" | "state" | "error" | "rule" | "flag";

export interface Dimension {
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  readonly scope: Scope;
  readonly group: DimensionGroup;
  readonly type: "text" | "number" | "yes-no";
  /** Its column among the facts; absent for one that is computed. */
  readonly column?: string;
  /** What its numbers are in; absent for texts, and for numbers that count nothing. */
  readonly unit?: "s";
  /** Whether its values are in lower case, however they were sent. */
  readonly caseless?: true;
  /** Whether a session has several values, kept as one text: it counts under each. */
  readonly list?: true;
  readonly summary: string;
}

const TYPES = { VARCHAR: "text", DOUBLE: "number", BOOLEAN: "yes-no" } as const;
/** Dimensions of time, each with the longest period that has one value of it. */
export const TIMES_OF = { hourOfDay: "hour", dayOfWeek: "day" } as const satisfies Record<string, Granularity>;

/** Everything that a session was sent with under a name of the player's own. */
export const METADATA_PREFIX = "customMetadata.";

/** A row of ours: one without a label is called by its name. */
type DimensionRow = Omit<Dimension, "label"> & Partial<Pick<Dimension, "label">>;

const OWN = [
  {
    name: "status",
    scope: "session",
    group: "session",
    type: "text",
    summary: "`open` while the session goes on, else `closed`",
  },
  {
    name: "sid",
    label: "Session ID",
    scope: "session",
    group: "session",
    type: "text",
    column: "sid",
    summary: "the session itself",
  },
  {
    name: "closeReason",
    label: "How it ended",
    scope: "session",
    group: "session",
    type: "text",
    column: "closeReason",
    summary: "how the session ended",
  },
  {
    name: "downloaded",
    scope: "session",
    group: "session",
    type: "yes-no",
    column: "downloaded",
    summary: "whether it arrived as downloaded content",
  },
  {
    name: "metadataCut",
    scope: "session",
    group: "session",
    type: "yes-no",
    column: "metadataCut",
    summary: "whether reports lack some of its metadata, which was too long",
  },
  {
    name: "definitions",
    scope: "session",
    group: "session",
    type: "number",
    column: "definitions",
    summary: "version of the definitions that gave the numbers",
  },
  {
    name: "contentSegment",
    scope: "session",
    group: "content",
    type: "text",
    column: "contentSegment",
    summary: "range of minutes, in steps of five, from the lowest to the highest watched second, such as `[0-15]`",
  },
  {
    name: "averageBitrateBucket",
    scope: "session",
    group: "quality",
    type: "text",
    column: "averageBitrateBucket",
    summary: "range of 100 kbit/s of the average bitrate, such as `2000-2099`",
  },
  {
    name: "hourOfDay",
    scope: "session",
    group: "time",
    type: "number",
    summary: "hour on the clocks of `timezone`, 0 to 23, of the start; for metrics of playing, of the playing",
  },
  {
    name: "dayOfWeek",
    scope: "session",
    group: "time",
    type: "number",
    summary: "day of the week, 1 for Monday to 7 for Sunday, of the start; for metrics of playing, of the playing",
  },
] as const satisfies readonly DimensionRow[];

const PARTS = [
  {
    name: "chapter",
    scope: "chapter",
    group: "chapters",
    type: "text",
    column: "chapter",
    summary: "the chapter of its content: `media.id:index:offset`",
  },
  {
    name: "adPod",
    scope: "adBreak",
    group: "ads",
    type: "text",
    column: "adPod",
    summary: "the break of its content: `media.id:index:second`",
  },
] as const satisfies readonly DimensionRow[];

const LEDGER = [
  {
    name: "rule",
    scope: "rule",
    group: "events",
    type: "text",
    column: "rule",
    summary: "rule that decided what became of an event",
  },
  {
    name: "flag",
    scope: "flag",
    group: "events",
    type: "text",
    column: "flag",
    summary: "what validation noticed about an event, with the key that it is about: `missing-parameter:media.ad.id`",
  },
] as const satisfies readonly DimensionRow[];

/** A dimension by its name; what players call their own metadata is known to them alone. */
export type DimensionName =
  | (typeof OWN | typeof PARTS | typeof LEDGER)[number]["name"]
  | DerivedWord
  | ParameterKey
  | `${typeof METADATA_PREFIX}${string}`;

const GROUP_OF: Readonly<Record<Exclude<Scope, "session">, DimensionGroup>> = {
  ad: "ads",
  adBreak: "ads",
  chapter: "chapters",
  state: "states",
  error: "quality",
  rule: "events",
  flag: "events",
};

/** Newer clients describe an error in `qoeData`, older ones in `params`. */
const ERRORS: readonly Dimension[] = [
  ofError("media.qoe.errorID", "media.qoe.errorID", "error id"),
  ofError("media.errorId", "media.qoe.errorID", "error id"),
  ofError("media.qoe.errorSource", "media.qoe.errorSource", "player or external"),
  ofError("media.errorSource", "media.qoe.errorSource", "player or external"),
];

/** In the order of docs/report-names.md. */
export const DIMENSIONS: readonly Dimension[] = [
  ...OWN.map(labelled),
  ...DERIVED_WORDS.map(({ key, summary, group }) =>
    labelled({ name: key, scope: "session", group, type: "text", column: key, summary }),
  ),
  ...keysOn("sessionStart").map((key) => ofKey(key, "session")),
  ...keysOn("adBreakStart").map((key) => ofKey(key, "adBreak")),
  ...keysOn("adStart")
    .filter(({ on }) => !on.includes("adBreakStart"))
    .map((key) => ofKey(key, "ad")),
  ...keysOn("chapterStart").map((key) => ofKey(key, "chapter")),
  ...keysOn("stateStart").map((key) => ofKey(key, "state")),
  ...ERRORS,
  ...PARTS.map(labelled),
  ...LEDGER.map(labelled),
];

const BY_NAME: ReadonlyMap<string, Dimension> = new Map(DIMENSIONS.map((row) => [row.name, row]));

/** The dimension of a name; undefined when there is none. */
export function findDimension(name: string): Dimension | undefined {
  if (!name.startsWith(METADATA_PREFIX) || name.length === METADATA_PREFIX.length) return BY_NAME.get(name);
  return ofMetadata(name, "metadata of the player's own");
}

/** Behind a metric of time, for a histogram. */
export const BUCKET = ":bucket";

/** Where the buckets of a time begin, in seconds; each row has the beginning of its own. */
export const BUCKET_BOUNDS = [
  0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400,
] as const;

/** What rows can be of: a dimension, a count, or the buckets of a time. */
export interface GroupedBy extends Pick<Dimension, "name" | "type"> {
  /** The metric whose values it has, where it is no dimension. */
  readonly metric?: { readonly id: string; readonly isBucket: boolean };
}

/** What rows are of by this name; undefined where that is nothing. */
export function findGroup(name: string): GroupedBy | undefined {
  const dimension = findDimension(name);
  if (dimension) return dimension;
  const isBucket = name.endsWith(BUCKET);
  const metric = findMetric(isBucket ? name.slice(0, -BUCKET.length) : name);
  const isOfSession = metric !== undefined && !metric.counts && !metric.ratio;
  const isGrouped = isOfSession && (isBucket ? metric.unit === "s" : ["count", "flag"].includes(metric.unit));
  return isGrouped ? { name, type: "number", metric: { id: metric.id, isBucket } } : undefined;
}

/** The metric that a name is of, that of a bucket too; any other name stands as it is. */
export function metricIdIn(name: string): string {
  return findGroup(name)?.metric?.id ?? name;
}

/** Metadata by a name of the player's own. */
export function ofMetadata(name: string, summary: string): Dimension {
  return labelled({ name, scope: "session", group: "metadata", type: "text", summary });
}

/** The last word of a name says what it is. */
function labelled(row: DimensionRow): Dimension {
  return { label: asWords(row.name.slice(row.name.lastIndexOf(".") + 1)), ...row };
}

function ofKey(parameter: Parameter, scope: Scope): Dimension {
  const type = TYPES[typeOfKey(parameter) as keyof typeof TYPES];
  const { key, label, summary, caseless, list, unit } = parameter;
  const group = scope === "session" ? groupOfStart(parameter) : GROUP_OF[scope];
  return labelled({
    name: key,
    scope,
    group,
    type,
    column: key,
    summary,
    ...(label !== undefined && { label }),
    ...(caseless && { caseless }),
    ...(list && { list }),
    ...(unit === "s" && { unit }),
  });
}

/** The group of what a start says. */
function groupOfStart({ key, personal }: Parameter): DimensionGroup {
  if (personal || key.startsWith("visitor.")) return "visitor";
  return key.startsWith("media.") ? "content" : "session";
}

function ofError(name: ParameterKey, column: ParameterKey, summary: string): Dimension {
  const label = PARAMETERS.find(({ key }) => key === name)?.label;
  return labelled({ name, scope: "error", group: "quality", type: "text", column, summary, ...(label && { label }) });
}

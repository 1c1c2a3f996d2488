/**
 * The catalogue of dimensions: what numbers can be broken down by and filtered by. A key of `protocol/parameters.ts` is
 * one by itself; what is ours is a row here.
 */

import { DERIVED_WORDS, type DerivedWord } from "../../protocol/derived.ts";
import type { Parameter, ParameterKey } from "../../protocol/parameters.ts";
import type { Granularity } from "../calendar.ts";
import { keysOn, typeOfKey } from "./keys.ts";
import { findMetric } from "./metrics.ts";

/** Which rows have the value: whole sessions, or what is in them, down to what became of their events. */
export type Scope = "session" | "ad" | "adBreak" | "chapter" | "state" | "error" | "rule" | "flag";

export interface Dimension {
  readonly name: string;
  readonly scope: Scope;
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

const OWN = [
  {
    name: "status",
    scope: "session",
    type: "text",
    summary: "`open` while the session goes on, else `closed`",
  },
  { name: "sid", scope: "session", type: "text", column: "sid", summary: "the session itself" },
  { name: "closeReason", scope: "session", type: "text", column: "closeReason", summary: "how the session ended" },
  {
    name: "downloaded",
    scope: "session",
    type: "yes-no",
    column: "downloaded",
    summary: "whether it arrived as downloaded content",
  },
  {
    name: "metadataCut",
    scope: "session",
    type: "yes-no",
    column: "metadataCut",
    summary: "whether reports lack some of its metadata, which was too long",
  },
  {
    name: "definitions",
    scope: "session",
    type: "number",
    column: "definitions",
    summary: "version of the definitions that gave the numbers",
  },
  {
    name: "contentSegment",
    scope: "session",
    type: "text",
    column: "contentSegment",
    summary: "range of minutes, in steps of five, from the lowest to the highest watched second, such as `[0-15]`",
  },
  {
    name: "averageBitrateBucket",
    scope: "session",
    type: "text",
    column: "averageBitrateBucket",
    summary: "range of 100 kbit/s of the average bitrate, such as `2000-2099`",
  },
  {
    name: "hourOfDay",
    scope: "session",
    type: "number",
    summary: "hour on the clocks of `timezone`, 0 to 23, of the start; for metrics of playing, of the playing",
  },
  {
    name: "dayOfWeek",
    scope: "session",
    type: "number",
    summary: "day of the week, 1 for Monday to 7 for Sunday, of the start; for metrics of playing, of the playing",
  },
] as const satisfies readonly Dimension[];

const PARTS = [
  {
    name: "chapter",
    scope: "chapter",
    type: "text",
    column: "chapter",
    summary: "the chapter of its content: `media.id:index:offset`",
  },
  {
    name: "adPod",
    scope: "adBreak",
    type: "text",
    column: "adPod",
    summary: "the break of its content: `media.id:index:second`",
  },
] as const satisfies readonly Dimension[];

const LEDGER = [
  {
    name: "rule",
    scope: "rule",
    type: "text",
    column: "rule",
    summary: "rule that decided what became of an event",
  },
  {
    name: "flag",
    scope: "flag",
    type: "text",
    column: "flag",
    summary: "what validation noticed about an event, with the key that it is about: `missing-parameter:media.ad.id`",
  },
] as const satisfies readonly Dimension[];

/** A dimension by its name; what players call their own metadata is known to them alone. */
export type DimensionName =
  | (typeof OWN | typeof PARTS | typeof LEDGER)[number]["name"]
  | DerivedWord
  | ParameterKey
  | `${typeof METADATA_PREFIX}${string}`;

const IN_SECONDS: readonly ParameterKey[] = [
  "media.length",
  "media.ad.length",
  "media.ad.podSecond",
  "media.chapter.length",
  "media.chapter.offset",
];

/** Newer clients describe an error in `qoeData`, older ones in `params`. */
const ERRORS: readonly Dimension[] = [
  ofError("media.qoe.errorID", "media.qoe.errorID", "error id"),
  ofError("media.errorId", "media.qoe.errorID", "error id"),
  ofError("media.qoe.errorSource", "media.qoe.errorSource", "player or external"),
  ofError("media.errorSource", "media.qoe.errorSource", "player or external"),
];

/** In the order of docs/report-names.md. */
export const DIMENSIONS: readonly Dimension[] = [
  ...OWN,
  ...DERIVED_WORDS.map(({ key, summary }): Dimension => {
    return { name: key, scope: "session", type: "text", column: key, summary };
  }),
  ...keysOn("sessionStart").map((key) => ofKey(key, "session")),
  ...keysOn("adBreakStart").map((key) => ofKey(key, "adBreak")),
  ...keysOn("adStart")
    .filter(({ on }) => !on.includes("adBreakStart"))
    .map((key) => ofKey(key, "ad")),
  ...keysOn("chapterStart").map((key) => ofKey(key, "chapter")),
  ...keysOn("stateStart").map((key) => ofKey(key, "state")),
  ...ERRORS,
  ...PARTS,
  ...LEDGER,
];

const BY_NAME: ReadonlyMap<string, Dimension> = new Map(DIMENSIONS.map((row) => [row.name, row]));

/** The dimension of a name; undefined when there is none. */
export function findDimension(name: string): Dimension | undefined {
  if (!name.startsWith(METADATA_PREFIX) || name.length === METADATA_PREFIX.length) return BY_NAME.get(name);
  return { name, scope: "session", type: "text", summary: "metadata of the player's own" };
}

/** Behind a metric of time, for a histogram. */
const BUCKET = ":bucket";

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

function ofKey(parameter: Parameter, scope: Scope): Dimension {
  const type = TYPES[typeOfKey(parameter) as keyof typeof TYPES];
  const { key, summary, caseless, list } = parameter;
  return {
    ...{ name: key, scope, type, column: key, summary },
    ...(caseless && { caseless }),
    ...(list && { list }),
    ...(IN_SECONDS.includes(key) && { unit: "s" }),
  };
}

function ofError(name: ParameterKey, column: ParameterKey, summary: string): Dimension {
  return { name, scope: "error", type: "text", column, summary };
}

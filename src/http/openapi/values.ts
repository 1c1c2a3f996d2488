/** Schemas of the values that many answers have: instants, times, session ids. */

import Type, { type TSchema } from "typebox";
import { ZONE_DEFAULT } from "../../base/instant.ts";
import { EVENT_EXAMPLES } from "../../protocol/collection/examples.ts";

/** The id in examples, which no session has. */
export const SID_EXAMPLE = `018bcfe56800${"0123456789abcdef".repeat(4).slice(12)}`;

/** The `:sid` of a path. */
export const SID = Type.String({
  pattern: "^[0-9a-f]{64}$",
  description: "The session's id: the last part of the Location that its opening was answered with.",
  examples: [SID_EXAMPLE],
});

/** A session's `contentSegment`, which the reporting shape calls `segment`. */
export const CONTENT_SEGMENT = Type.String({
  description: "Range in minutes from the lowest to the highest watched second, in steps of five.",
  examples: ["[0-15]"],
});

/** Milliseconds since the epoch. */
export function instant(description: string): TSchema {
  return Type.Integer({
    description: `${description} Milliseconds since the epoch.`,
    examples: [EVENT_EXAMPLES.sessionStart.playerTime.ts],
  });
}

/** A time in seconds. */
export function seconds(description: string): TSchema {
  return Type.Number({ description: `${description} Seconds.` });
}

/** How many there are. */
export function count(description?: string): TSchema {
  return Type.Integer({ minimum: 0, ...(description !== undefined && { description }) });
}

/** A value of one type, or null where there is none. */
export function nullable(schema: TSchema): TSchema {
  const { type, enum: choices } = schema as { type?: string; enum?: readonly unknown[] };
  return Type.Unsafe({
    ...schema,
    ...(type && { type: [type, "null"] }),
    ...(choices && { enum: [...choices, null] }),
  });
}

/** One of a catalogue's words, with what each means. */
export function wordOf(catalogue: Readonly<Record<string, unknown>>, description: string): TSchema {
  return oneOf(Object.keys(catalogue), description);
}

/** One of some words. */
export function oneOf(words: readonly string[], description: string): TSchema {
  return Type.Unsafe({ type: "string", enum: words, description });
}

/** The zone of a query's instants. */
export const QUERY_ZONE = Type.String({
  default: ZONE_DEFAULT,
  description: "An IANA time zone, for dates and times without an offset.",
  examples: ["Europe/Berlin"],
});

/** An instant in a query, in either notation. */
export function queryInstant(description: string, example = "2023-11-14T22:13:20Z"): TSchema {
  return Type.String({
    description: `${description} ISO 8601, or milliseconds since the epoch.`,
    examples: [example],
  });
}

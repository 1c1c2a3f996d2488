/**
 * The protocol's part of the OpenAPI document: the schemas in force under names, and the bodies that are made of them.
 *
 * The document names each schema that has a `title`, and lists it among its components once.
 */

import Type, { type TSchema } from "typebox";
import { CATALOGUE } from "../catalogue.ts";
import type { EventType } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import type { ValidationMode } from "../mode.ts";
import { PROBLEMS_MAX } from "../problem.ts";
import { schemaOf } from "./envelope.ts";
import { EVENT_EXAMPLES } from "./examples.ts";

export const SCHEMA_REF = "#/components/schemas/";

/** `adStart` → `AdStartEvent`, which no language takes for a word of its own. */
export function eventSchemaName(type: EventType): string {
  return `${type.charAt(0).toUpperCase()}${type.slice(1)}Event`;
}

/** The body of `POST /api/v1/sessions/{sid}/events`: any event but the one that opens a session. */
export function runningEventSchema(mode: ValidationMode): TSchema {
  const running = CATALOGUE.filter(({ type }) => type !== "sessionStart");
  const mapping = running.flatMap(({ type, aliases = [] }) =>
    [type, ...aliases].map((name) => [name, SCHEMA_REF + eventSchemaName(type)] as const),
  );
  return Type.Unsafe({
    title: "RunningEvent",
    description: "Any event of a running session, told apart by its `eventType`.",
    oneOf: running.map((entry) => eventSchema(entry, mode)),
    discriminator: { propertyName: "eventType", mapping: Object.fromEntries(mapping) },
  });
}

/**
 * The body of `POST /api/v1/downloaded`: content that was played offline.
 *
 * @param eventsMax the most events that one array may have
 */
export function downloadedSchema(mode: ValidationMode, eventsMax: number): TSchema {
  return Type.Unsafe({
    title: "DownloadedContent",
    description: "All events of a session that was played offline, `sessionStart` first.",
    type: "array",
    minItems: 1,
    maxItems: eventsMax,
    prefixItems: [sessionStartSchema(mode)],
    items: runningEventSchema(mode),
  });
}

/** The body of `POST /api/v1/sessions`: one start, or downloaded content that says so. */
export function openingSchema(mode: ValidationMode, eventsMax: number): TSchema {
  return Type.Unsafe({ oneOf: [sessionStartSchema(mode), downloadedSchema(mode, eventsMax)] });
}

/** What is wrong with one member of a body. */
const PROBLEM_SCHEMA = Type.Object(
  {
    pointer: Type.String({ description: "JSON Pointer (RFC 6901) of the member; empty for the whole body." }),
    code: Type.String({ description: "The rule that it breaks: a keyword of JSON Schema, or one of ours." }),
    message: Type.String({ description: "The same in words." }),
  },
  { title: "Problem" },
);

/** The problems of a body, as many as an answer lists. */
export const PROBLEMS_SCHEMA = Type.Array(PROBLEM_SCHEMA, { maxItems: PROBLEMS_MAX });

function sessionStartSchema(mode: ValidationMode): TSchema {
  return eventSchema(CATALOGUE.find(({ type }) => type === "sessionStart") as CatalogueEntry, mode);
}

/** The schema that validates, named as a part of one document rather than as a document of its own. */
function eventSchema(entry: CatalogueEntry, mode: ValidationMode): TSchema {
  const { $schema, $id, ...schema } = schemaOf(entry, mode) as TSchema & { $schema: string; $id: string };
  const typed = withTypedMembers(schema) as object;
  return Type.Unsafe({ ...typed, title: eventSchemaName(entry.type), examples: [EVENT_EXAMPLES[entry.type]] });
}

/**
 * Lets the undocumented members of an object be anything.
 *
 * Generated types give an object with both kinds of members an index signature, which refuses the documented members of
 * other types: `playerTime`, beside members that must be scalar.
 */
function withTypedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTypedMembers);
  if (typeof value !== "object" || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withTypedMembers(member)]));
  const { properties, additionalProperties } = schema;
  return properties && typeof additionalProperties === "object" ? { ...schema, additionalProperties: true } : schema;
}

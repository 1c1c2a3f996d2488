/** From the catalogue to the TypeBox schema of one event's `mediaCollection`, in one mode. */

import Type, { type TObjectOptions, type TSchema } from "typebox";
import type { CatalogueEntry } from "../events.ts";
import type { ValidationMode } from "../mode.ts";
import { STATES_PER_LIST_MAX } from "../parameters.ts";
import { carries, EDGE_OBJECTS, type EdgeField, type EdgeObject } from "./fields.ts";

const METADATA_SCALARS = ["string", "number", "boolean", "null"];

/**
 * Builds the schema of `mediaCollection`: the very one that the server validates with.
 *
 * In `standard` only what makes an event useless is required, and whatever isn't documented may stand beside it. Any
 * optional member may be null, which means absent.
 */
export function collectionSchema(entry: CatalogueEntry, mode: ValidationMode): TSchema {
  const strict = mode === "strict";
  const members: Record<string, TSchema> = {
    playhead: Type.Unsafe({
      type: strict ? "integer" : "number",
      ...(strict ? { minimum: 0 } : {}),
      description: "Position in the content, seconds; in live content the second of the day.",
    }),
    sessionID: Type.Optional(
      Type.Unsafe({ type: ["string", "null"], description: "The id that the session's start was answered with." }),
    ),
  };
  for (const object of EDGE_OBJECTS) {
    if (strict && !carries(entry.type, object)) continue;
    const needed = object.requiredOn.includes(entry.type);
    const schema = objectSchema(object, { strict, needed, starts: entry.type === "sessionStart" });
    members[object.name] = needed ? schema : Type.Optional(schema);
  }
  if (!strict || entry.customMetadata) members["customMetadata"] = Type.Optional(metadataSchema(strict));
  if (entry.type === "statesUpdate") {
    members["statesStart"] = Type.Optional(statesSchema("States that became active."));
    members["statesEnd"] = Type.Optional(statesSchema("States that ended. They count before those that began."));
  }
  return Type.Object(members, {
    title: `Edge${entry.type.charAt(0).toUpperCase()}${entry.type.slice(1)}Collection`,
    description: entry.summary,
    additionalProperties: !strict,
  });
}

interface ObjectOptions {
  readonly strict: boolean;
  /** Whether the event is refused without the object. */
  readonly needed: boolean;
  readonly starts: boolean;
}

function objectSchema({ summary, fields }: EdgeObject, { strict, needed, starts }: ObjectOptions): TSchema {
  const members: Record<string, TSchema> = {};
  for (const field of fields) {
    // A start that can't be identified is refused while its developer is looking; later events are data.
    const fieldNeeded = field.required && (starts || strict);
    const schema = fieldSchema(field, { strict, needed: fieldNeeded, lenient: !strict && !starts });
    members[field.member] = fieldNeeded ? schema : Type.Optional(schema);
  }
  return Type.Object(members, {
    description: summary,
    type: needed ? "object" : ["object", "null"],
    additionalProperties: !strict,
  } as TObjectOptions);
}

interface FieldOptions {
  readonly strict: boolean;
  readonly needed: boolean;
  /** Whether a text may be a number or a boolean, which is kept as its text. */
  readonly lenient: boolean;
}

function fieldSchema(field: EdgeField, { strict, needed, lenient }: FieldOptions): TSchema {
  const base = field.type === "integer" && !strict ? "number" : field.type;
  const types = base === "string" && lenient ? ["string", "number", "boolean"] : [base];
  const nullable = !needed || (field.unknown !== undefined && !strict);
  return Type.Unsafe({
    type: nullable ? [...types, "null"] : types.length === 1 ? types[0] : types,
    ...(field.type === "string" && needed ? { minLength: 1 } : {}),
    ...(field.unknown && strict ? { exclusiveMinimum: 0 } : {}),
    description: field.summary,
    ...(field.required && !needed ? { "x-expected": true } : {}),
  });
}

function metadataSchema(strict: boolean): TSchema {
  const value = Type.Unsafe({ type: strict ? "string" : METADATA_SCALARS });
  const entry = Type.Object({ name: Type.String(), value }, { additionalProperties: !strict });
  return nullableList(entry, "Names and texts of your own.");
}

function statesSchema(description: string): TSchema {
  const state = Type.Object({ name: Type.String() }, { additionalProperties: true });
  return nullableList(state, description, STATES_PER_LIST_MAX);
}

function nullableList(items: TSchema, description: string, maxItems?: number): TSchema {
  return Type.Unsafe({ type: ["array", "null"], items, description, ...(maxItems === undefined ? {} : { maxItems }) });
}

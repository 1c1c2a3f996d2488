/** From rows of the catalogues to the TypeBox schema of one event type in one mode. */

import Type, { type TObjectOptions, type TSchema } from "typebox";
import { QOE_PARAMETERS } from "../catalogue.ts";
import type { CatalogueEntry } from "../events.ts";
import type { ValidationMode } from "../mode.ts";
import { METADATA_KEY, type Parameter, type ParameterType } from "../parameters.ts";

/** The same on every event, and so known by a name of its own. */
const QOE_DATA = { title: "QoeData", description: "Quality of experience: allowed on every event." };
const SCALARS = ["string", "number", "boolean", "null"];

/**
 * Builds the JSON Schema that an event is validated with: the very one that `GET /api/v1/schemas/{eventType}` serves.
 *
 * @param mode in force; the schemas of the two differ
 */
export function schemaOf(entry: CatalogueEntry, mode: ValidationMode): TSchema {
  const strict = mode === "strict";
  const opening = entry.type === "sessionStart";
  const members: Record<string, TSchema> = {
    playerTime: playerTimeSchema(strict),
    eventType: entry.aliases
      ? Type.Enum([entry.type, ...entry.aliases], { description: "What happened." })
      : Type.Literal(entry.type, { description: "What happened." }),
    params: keyedSchema(entry.params, { strict, opening, description: "What the event is about." }),
    qoeData: Type.Optional(keyedSchema(QOE_PARAMETERS, { ...QOE_DATA, strict, opening: false })),
    customMetadata: Type.Optional(metadataSchema(entry, strict)),
  };
  const paramsNeeded = opening || (strict && entry.params.some((row) => row.required));
  if (!paramsNeeded) members["params"] = Type.Optional(members["params"] as TSchema);
  return Type.Object(members, {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `/api/v1/schemas/${entry.type}`,
    title: entry.type,
    description: entry.summary,
    additionalProperties: strict ? false : { type: SCALARS },
  });
}

function playerTimeSchema(strict: boolean): TSchema {
  const range = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
  return Type.Object(
    {
      playhead: Type.Number({ description: "Position in the content, seconds." }),
      ts: Type.Unsafe({
        type: strict ? "integer" : "number",
        ...range,
        description: "Milliseconds since the epoch, UTC.",
      }),
    },
    {
      title: "PlayerTime",
      description: "When it happened, and where in the content.",
      additionalProperties: strict ? false : { type: SCALARS },
    },
  );
}

interface KeyedOptions {
  readonly title?: string;
  readonly description: string;
  readonly strict: boolean;
  readonly opening: boolean;
}

/** `params` or `qoeData`: the documented keys with their types; an optional one may be null, which means absent. */
function keyedSchema(rows: readonly Parameter[], { strict, opening, ...words }: KeyedOptions): TSchema {
  const enforced = strict || opening;
  const keys: Record<string, TSchema> = {};
  for (const row of rows) {
    const needed = enforced && row.required === true;
    const schema = valueSchema(row, strict, needed);
    keys[row.key] = needed ? schema : Type.Optional(schema);
  }
  const needed = opening || (strict && rows.some((row) => row.required));
  return Type.Object(keys, {
    ...words,
    type: needed ? "object" : ["object", "null"],
    additionalProperties: strict ? false : { type: SCALARS },
  } as TObjectOptions);
}

function valueSchema(row: Parameter, strict: boolean, needed: boolean): TSchema {
  const type = jsonTypeOf(row.type, strict);
  // An endless stream's length reaches the wire as null: JSON has no Infinity.
  const nullable = !needed || (row.unknownWhen !== undefined && !strict);
  return Type.Unsafe({
    type: nullable ? [type, "null"] : type,
    ...(row.type === "object" ? { additionalProperties: customerIdSchema(strict) } : {}),
    ...(row.pattern && strict ? { pattern: row.pattern.source } : {}),
    description: row.summary,
    // For readers: no validator knows it.
    ...(row.required && !needed ? { "x-expected": true } : {}),
  });
}

/** One value of `visitor.customerIDs`, which maps a name to an id with its state of sign-in. */
function customerIdSchema(strict: boolean): TSchema {
  const id = Type.String();
  if (!strict) return Type.Object({ id: Type.Optional(id) }, { additionalProperties: { type: SCALARS } });
  return Type.Object({ id, authState: Type.Optional(Type.Enum([0, 1, 2])) }, { additionalProperties: false });
}

/** JSON has one kind of number: a fraction for a documented integer is data to `standard`, an error to `strict`. */
function jsonTypeOf(type: ParameterType, strict: boolean): string {
  return type === "integer" && !strict ? "number" : type;
}

function metadataSchema(entry: CatalogueEntry, strict: boolean): TSchema {
  const description = `Keys and texts of your own${entry.customMetadata ? "" : "; not documented for this event"}.`;
  if (!strict) return Type.Unsafe({ description, type: ["object", "null"], additionalProperties: { type: SCALARS } });
  return Type.Unsafe({
    description,
    type: ["object", "null"],
    additionalProperties: { type: ["string", "null"] },
    propertyNames: { pattern: METADATA_KEY.source },
    // An empty object is normal on every event; a filled one only where it is documented.
    ...(entry.customMetadata ? {} : { maxProperties: 0 }),
  });
}

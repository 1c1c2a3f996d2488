/** From rows of the catalogues to the TypeBox schema of one event type in one mode. */

import Type, { type TObjectOptions, type TSchema } from "typebox";
import { QOE_PARAMETERS } from "../catalogue.ts";
import type { CatalogueEntry } from "../events.ts";
import type { ValidationMode } from "../mode.ts";
import { METADATA_KEY, type Parameter, type ParameterType, STATE_NAME, STATES_PER_LIST_MAX } from "../parameters.ts";

const QOE_DATA = { description: "Quality of experience: allowed on every event." };
/** The same on every event of a running session, and so known by a name of its own. */
const RUNNING_QOE_DATA = { ...QOE_DATA, title: "QoeData" };
const TEXTUAL = ["string", "number", "boolean"];
const SCALARS = [...TEXTUAL, "null"];

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
    qoeData: Type.Optional(qoeDataSchema(strict, opening)),
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

function qoeDataSchema(strict: boolean, opening: boolean): TSchema {
  return keyedSchema(QOE_PARAMETERS, { ...(opening ? QOE_DATA : RUNNING_QOE_DATA), strict, opening });
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
    const schema = valueSchema(row, { strict, opening, needed });
    keys[row.key] = needed ? schema : Type.Optional(schema);
  }
  const needed = enforced && rows.some((row) => row.required);
  return Type.Object(keys, {
    ...words,
    type: needed ? "object" : ["object", "null"],
    additionalProperties: strict ? false : { type: SCALARS },
  } as TObjectOptions);
}

interface ValueOptions {
  readonly strict: boolean;
  readonly opening: boolean;
  readonly needed: boolean;
}

function valueSchema(row: Parameter, { strict, opening, needed }: ValueOptions): TSchema {
  // An endless stream's length reaches the wire as null: JSON has no Infinity.
  const nullable = !needed || (row.unknownWhen !== undefined && !strict);
  const types = [...jsonTypesOf(row.type, strict, opening), ...(nullable ? ["null"] : [])];
  return Type.Unsafe({
    type: types.length === 1 ? types[0] : types,
    ...(row.type === "object" ? { additionalProperties: customerIdSchema(strict) } : {}),
    ...(row.type === "array" ? { maxItems: STATES_PER_LIST_MAX, items: stateSchema(strict) } : {}),
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

/** One player state in a list of a `statesUpdate`. */
function stateSchema(strict: boolean): TSchema {
  const name = "media.state.name";
  if (strict)
    return Type.Object({ [name]: Type.String({ pattern: STATE_NAME.source }) }, { additionalProperties: false });
  return Type.Object(
    { [name]: Type.Optional(Type.Unsafe({ type: SCALARS })) },
    { additionalProperties: { type: SCALARS } },
  );
}

/**
 * JSON has one kind of number: a fraction for a documented integer is data to `standard`, an error to `strict`. So is a
 * number for a text on a running session, such as the id of an error, which is a number in every browser.
 */
function jsonTypesOf(type: ParameterType, strict: boolean, opening: boolean): readonly string[] {
  if (type === "integer" && !strict) return ["number"];
  return type === "string" && !strict && !opening ? TEXTUAL : [type];
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

/** Puts each schema with a `title` among the document's components, once, and a reference in its place. */

import type { TSchema } from "typebox";
import { assert } from "../../base/assert.ts";
import { SCHEMA_REF } from "../../protocol/collection/openapi.ts";
import type { JsonSchema } from "./form.ts";

/** Members of a schema that hold data rather than schemas: a `title` inside is data too. */
const DATA = new Set(["const", "default", "enum", "example", "examples"]);

export interface Components {
  /** What the document has where the schema is used. @throws Error for two different schemas of one title */
  use(schema: TSchema): JsonSchema;
  /** Every component so far, by name. */
  all(): Readonly<Record<string, JsonSchema>>;
}

/** Makes an empty set of components. */
export function createComponents(): Components {
  const byName = new Map<string, { readonly source: string; readonly schema: JsonSchema }>();

  function visit(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== "object" || value === null) return value;
    const { title } = value as JsonSchema;
    return typeof title === "string" ? named(title, value) : membersOf(value);
  }

  function membersOf(value: object): JsonSchema {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, DATA.has(key) ? member : visit(member)]),
    );
  }

  function named(title: string, value: object): JsonSchema {
    const source = JSON.stringify(value);
    const known = byName.get(title);
    assert(!known || known.source === source, `two different schemas are called ${title}`);
    if (!known) byName.set(title, { source, schema: membersOf(value) });
    return { $ref: SCHEMA_REF + title };
  }

  return {
    // Drops the hidden members that the schema's builder adds.
    use: (schema) => visit(JSON.parse(JSON.stringify(schema))) as JsonSchema,
    all: () => Object.fromEntries([...byName].map(([name, { schema }]) => [name, schema])),
  };
}

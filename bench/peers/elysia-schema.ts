/** The catalogue's JSON Schemas as one would write them by hand with Elysia's `t`. */

import { type TSchema, t } from "elysia";
import type { JsonSchema } from "./contract.ts";

const SIMPLE: Readonly<Record<string, (options: object) => TSchema>> = {
  string: (options) => t.String(options),
  number: (options) => t.Number(options),
  integer: (options) => t.Integer(options),
  boolean: (options) => t.Boolean(options),
  null: (options) => t.Null(options),
};

export function toTypebox(schema: JsonSchema): TSchema {
  const { type, properties, required, additionalProperties, enum: values, const: value, ...options } = schema;
  if (value !== undefined) return t.Literal(value as string);
  if (values) return anyOf((values as string[]).map((each) => t.Literal(each)));
  if (Array.isArray(type)) return anyOf(type.map((each) => toTypebox({ ...schema, type: each })));
  if (type !== "object") return SIMPLE[String(type)]?.(options) ?? t.Unknown();
  const rest = toTypebox(additionalProperties as JsonSchema);
  const members = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
  if (members.length === 0) return t.Record(t.String(), rest);
  const needed = new Set(required as string[]);
  return t.Object(
    Object.fromEntries(
      members.map(([key, each]) => [key, needed.has(key) ? toTypebox(each) : t.Optional(toTypebox(each))]),
    ),
    { additionalProperties: rest },
  );
}

export function anyOf(schemas: readonly TSchema[]): TSchema {
  return t.Union([...schemas]);
}

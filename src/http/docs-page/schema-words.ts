/** What a schema allows, in words short enough for a table. */

import type { JsonSchema } from "../openapi/form.ts";
import { refName, schemaAnchor } from "./anchor.ts";
import { html, type Markup } from "./html.ts";

/** Every component of the document, by name. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

/** The type of a value: "integer", "array of Ad", "string or null"; components are links. */
export function typeWords(schema: JsonSchema, schemas: Schemas): Markup {
  if (schema.$ref !== undefined) return linkTo(refName(schema.$ref), schemas);
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`;
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return eitherOf(alternatives.map((each) => typeWords(each, schemas)));
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? enumTypes(schema));
  return eitherOf(types.map((type) => (type === "array" ? arrayWords(schema, schemas) : html`${type}`)));
}

/** The component that a reference is to; the schema itself where it is none. */
export function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  return schema.$ref === undefined ? schema : (schemas[refName(schema.$ref)] ?? schema);
}

/** Every component that a schema refers to, and what those refer to. */
export function reachableFrom(schema: JsonSchema, schemas: Schemas, found = new Set<string>()): Set<string> {
  for (const [, name = ""] of JSON.stringify(schema).matchAll(/"\$ref":"[^"]*\/([^"/]+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    reachableFrom(schemas[name] ?? {}, schemas, found);
  }
  return found;
}

/** The names that the wire has for an event, its own first; none for a schema of another kind. */
export function eventNames({ properties = {} }: JsonSchema): readonly string[] {
  const { const: name, enum: names = [name] } = properties["eventType"] ?? {};
  return names.filter((each) => typeof each === "string");
}

/** What readers call a component: an event by its type, anything else by its name. */
export function titleOf(name: string, schemas: Schemas): string {
  return eventNames(schemas[name] ?? {})[0] ?? name;
}

/** What else a value must be: its choices, range, form and default. */
export function limitWords(schema: JsonSchema): readonly Markup[] {
  return [
    ...(schema.enum ? [html`one of ${joined(schema.enum.map(value), ", ")}`] : []),
    ...rangeWords(schema),
    ...(schema.pattern === undefined ? [] : [html`matches <code>${schema.pattern}</code>`]),
    ...(schema.default === undefined ? [] : [html`default ${value(schema.default)}`]),
  ];
}

/** Pieces with something between them. */
export function joined(pieces: readonly Markup[], between: string): Markup {
  return html`${pieces.map((piece, at) => (at === 0 ? piece : html`${between}${piece}`))}`;
}

/** "a", "a or b", "a, b or c". */
function eitherOf(pieces: readonly Markup[]): Markup {
  const last = pieces.at(-1);
  return pieces.length < 2 ? html`${last}` : html`${joined(pieces.slice(0, -1), ", ")} or ${last}`;
}

function linkTo(name: string, schemas: Schemas): Markup {
  return html`<a href="#${schemaAnchor(name)}">${titleOf(name, schemas)}</a>`;
}

function arrayWords({ items, prefixItems = [] }: JsonSchema, schemas: Schemas): Markup {
  const first = prefixItems.map((each) => typeWords(each, schemas));
  return html`array of ${items ? typeWords(items, schemas) : "anything"}${
    first.length > 0 && html`, the first ${joined(first, ", ")}`
  }`;
}

function enumTypes({ enum: choices }: JsonSchema): readonly string[] {
  if (!choices) return ["anything"];
  return [...new Set(choices.map((choice) => (choice === null ? "null" : typeof choice)))];
}

function rangeWords({ minimum, maximum, minItems, maxItems }: JsonSchema): readonly Markup[] {
  const numbers = between(minimum, maximum);
  const items = between(minItems, maxItems);
  return [...(numbers ? [html`${numbers}`] : []), ...(items ? [html`${items} items`] : [])];
}

function between(least: number | undefined, most: number | undefined): string | undefined {
  // Every integer that a double holds exactly: no bound that a reader asks about.
  const from = least === Number.MIN_SAFE_INTEGER ? undefined : least;
  const to = most === Number.MAX_SAFE_INTEGER ? undefined : most;
  if (from !== undefined && to !== undefined) return from === to ? `${from}` : `${from} to ${to}`;
  if (from !== undefined) return `at least ${from}`;
  return to === undefined ? undefined : `at most ${to}`;
}

function value(of: unknown): Markup {
  return html`<code>${typeof of === "string" ? of : JSON.stringify(of)}</code>`;
}

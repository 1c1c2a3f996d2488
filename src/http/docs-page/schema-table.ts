/** Keys in a table: those of a schema, nested ones below their parent, required ones first. */

import type { DocumentedParameter, JsonSchema } from "../openapi/form.ts";
import { html, type Markup } from "./html.ts";
import { phrase } from "./prose.ts";
import { joined, limitWords, resolve, type Schemas, typeWords } from "./schema-words.ts";

interface SchemaRow {
  readonly name: string;
  /** How many parents the key has. */
  readonly depth: number;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

interface TableOptions {
  /** The heading of the keys: "Key", "Parameter". */
  readonly head: string;
  /** The caption, for screen readers. */
  readonly caption: string;
  readonly schemas: Schemas;
  /** Whether the reader sends it. Then required keys are marked, and null means the same as absence. */
  readonly sent?: boolean;
}

/** The stylesheet has an indent for each depth. */
const DEPTH_MAX = 4;

/** The keys of an object, or of the objects in an array. */
export function schemaTable(schema: JsonSchema, options: TableOptions): Markup {
  return table(rowsOf(schema, 0), options);
}

/** The parameters of a path and its query. */
export function parameterTable(parameters: readonly DocumentedParameter[], options: TableOptions): Markup {
  const rows = parameters.map(({ name, required, schema, description }) => ({
    name,
    depth: 0,
    required,
    schema: { ...schema, ...(description !== undefined && { description }) },
  }));
  return table(rows, options);
}

/** Whether a schema has keys to list. */
export function hasKeys(schema: JsonSchema): boolean {
  return rowsOf(schema, 0).length > 0;
}

function rowsOf({ properties = {}, required = [], items }: JsonSchema, depth: number): readonly SchemaRow[] {
  if (items) return rowsOf(items, depth);
  const rows = Object.entries(properties).map(([name, schema]) => {
    return { name, schema, depth, required: required.includes(name) };
  });
  return rows
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .flatMap((row) => [row, ...(depth < DEPTH_MAX ? rowsOf(row.schema, depth + 1) : [])]);
}

function rankOf({ required, schema }: SchemaRow): number {
  if (required) return 0;
  return schema["x-expected"] ? 1 : 2;
}

function table(rows: readonly SchemaRow[], options: TableOptions): Markup {
  const { head, caption } = options;
  return html`<table class="keys">
<caption class="heard">${caption}</caption>
<thead><tr><th scope="col">${head}</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows.map((row) => rowOf(row, options))}</tbody>
</table>
`;
}

function rowOf({ name, depth, required, schema }: SchemaRow, { schemas, sent = false }: TableOptions): Markup {
  const limits = limitWords(schema);
  const { description } = resolve(schema, schemas);
  const type = typeWords(sent ? withoutNull(schema) : schema, schemas);
  const needed = sent && (required ? "required" : schema["x-expected"] && "expected");
  return html`<tr class="depth-${depth}"><th scope="row"><code>${breakable(name)}</code>
<span class="type">${type}${!sent && !required && ", optional"}</span>
${needed && html`<span class="needed">${needed}</span>`}</th>
<td>${description !== undefined && html`<p>${phrase(description)}</p>`}
${limits.length > 0 && html`<p class="limits">${joined(limits, "; ")}</p>`}</td></tr>
`;
}

function withoutNull(schema: JsonSchema): JsonSchema {
  return Array.isArray(schema.type) ? { ...schema, type: schema.type.filter((type) => type !== "null") } : schema;
}

/** Lets a long key wrap only after its dots. */
function breakable(name: string): readonly Markup[] {
  return name.split(".").map((part, at) => (at === 0 ? html`${part}` : html`.<wbr>${part}`));
}

/** What comes back: a list of answers by status, and an example of the one that was hoped for. */

import type { DocumentedContent, DocumentedOperation, DocumentedResponse, JsonSchema } from "../openapi/form.ts";
import { codeBlock } from "./code-block.ts";
import { html, type Markup } from "./html.ts";
import { phrase, prose } from "./prose.ts";
import { hasKeys, schemaTable } from "./schema-table.ts";
import { type Schemas, typeWords } from "./schema-words.ts";

export type AnswerEntry = readonly [status: string, response: DocumentedResponse];

interface AnswerOptions {
  readonly schemas: Schemas;
  /** The component that is explained elsewhere: the body that every error has. */
  readonly told?: string | undefined;
}

/** The answers of an operation that are its own. */
export function ownAnswers({ responses }: DocumentedOperation): readonly AnswerEntry[] {
  return Object.entries(responses).flatMap(([status, response]) =>
    "$ref" in response ? [] : [[status, response] as const],
  );
}

/** A list of answers. */
export function answerList(answers: readonly AnswerEntry[], options: AnswerOptions): Markup {
  return html`<dl class="answers">
${answers.map((each) => answerRow(each, options))}</dl>
`;
}

/** The answer that an example shows; none where there is nothing to show. */
export function answerExample(operation: DocumentedOperation): Markup | undefined {
  const found = ownAnswers(operation).find(([status]) => status.startsWith("2"));
  if (!found) return undefined;
  const [status, { headers = {}, content = {} }] = found;
  const [body] = Object.values(content);
  const example = body && firstExample(body);
  const lines = [
    ...Object.entries(headers).map(([name, { schema }]) => `${name}: ${schema.examples?.[0] ?? ""}`),
    ...(example === undefined ? [] : [JSON.stringify(example, null, 2)]),
  ];
  if (lines.length === 0) return undefined;
  const label = `Answer ${status}: ${operation.summary}`;
  return codeBlock({ title: `Answer ${status}`, label, text: lines.join("\n") });
}

function answerRow([status, { description, headers = {}, content = {} }]: AnswerEntry, options: AnswerOptions): Markup {
  const [body] = Object.entries(content);
  return html`<dt><span class="status s${status.charAt(0)}">${status}</span></dt>
<dd>${prose(description)}
${Object.entries(headers).map(([name, header]) => {
  return html`<p class="limits"><code>${name}</code> ${phrase(header.description ?? "")}</p>`;
})}
${body && bodyMarkup(body, { ...options, status })}</dd>
`;
}

function bodyMarkup(
  [contentType, { schema }]: readonly [string, { readonly schema: JsonSchema }],
  { schemas, told, status }: AnswerOptions & { readonly status: string },
): Markup | undefined {
  if (schema.$ref !== undefined && schema.$ref === told) return undefined;
  if (!contentType.startsWith("application/json")) return html`<p class="limits"><code>${contentType}</code></p>`;
  return hasKeys(schema)
    ? schemaTable(schema, { head: "Key", caption: `Body of the answer ${status}`, schemas })
    : html`<p class="limits">${typeWords(schema, schemas)}</p>`;
}

/** The first example of a body, since the page has room for one; undefined where it has none. */
export function firstExample({ example, examples = {} }: DocumentedContent): unknown {
  return example ?? Object.values(examples)[0]?.value;
}

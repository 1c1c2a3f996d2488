/** The section of one operation: what it takes and what comes back, with an example beside it. */

import type { DocumentedContent, OpenApiDocument } from "../openapi/form.ts";
import { operationAnchor } from "./anchor.ts";
import { answerExample, answerList, ownAnswers } from "./answers.ts";
import { codeBlock } from "./code-block.ts";
import { curlOf, type ExampleRequest } from "./curl.ts";
import { html, type Markup } from "./html.ts";
import { prose } from "./prose.ts";
import { parameterTable } from "./schema-table.ts";
import { resolve, type Schemas, typeWords } from "./schema-words.ts";

/** The section of an operation. */
export function operationSection(request: ExampleRequest, { components }: OpenApiDocument): Markup {
  const { schemas } = components;
  const { path, method, operation } = request;
  const { operationId, summary, description, security, parameters = [], requestBody } = operation;
  const id = operationAnchor(operationId);
  const [body] = Object.values(requestBody?.content ?? {});
  return html`<article class="entry" id="${id}" aria-labelledby="${id}-title">
<div class="words">
<h3 id="${id}-title"><a href="#${id}">${summary}</a></h3>
<p class="route">${methodBadge(method)} <code>${pathMarkup(path)}</code>
${security.length > 0 && html` <span class="badge locked">admin token</span>`}</p>
${prose(description)}
${
  parameters.length > 0 &&
  html`<h4>Parameters</h4>
${parameterTable(parameters, { head: "Parameter", caption: `Parameters of ${summary}`, schemas, sent: true })}`
}
${
  body &&
  html`<h4>Body</h4>
${prose(requestBody?.description)}
${bodyWords(body, schemas)}`
}
<h4>Answers</h4>
${answerList(ownAnswers(operation), { schemas, told: errorRef(components) })}
</div>
<div class="beside">
${codeBlock({ title: "Request", label: `Request: ${summary}`, text: curlOf(request), copied: true })}
${answerExample(operation)}
</div>
</article>
`;
}

/** A method as a word in a colour of its own. */
export function methodBadge(method: string): Markup {
  return html`<span class="badge ${method}">${method.toUpperCase()}</span>`;
}

/** The component that every error answer is. */
function errorRef({ responses }: OpenApiDocument["components"]): string | undefined {
  const [content] = Object.values(responses).flatMap(({ content: each = {} }) => Object.values(each));
  return content?.schema.$ref;
}

/** A component that only lists others is expanded in place: a reader wants the others. */
function bodyWords({ schema }: DocumentedContent, schemas: Schemas): Markup {
  const named = resolve(schema, schemas);
  return html`<p>${typeWords(named.oneOf ? named : schema, schemas)}</p>`;
}

function pathMarkup(path: string): readonly Markup[] {
  return path
    .split(/(?=[/{])/)
    .map((part) => (part.startsWith("{") ? html`<wbr><var>${part}</var>` : html`<wbr>${part}`));
}

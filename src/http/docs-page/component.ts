/** The section of one component: an event type with its example, or a part of answers. */

import type { OpenApiDocument } from "../openapi/form.ts";
import { schemaAnchor } from "./anchor.ts";
import { codeBlock } from "./code-block.ts";
import { html, type Markup } from "./html.ts";
import { phrase, prose } from "./prose.ts";
import { hasKeys, schemaTable } from "./schema-table.ts";
import { eventNames, titleOf, typeWords } from "./schema-words.ts";

/**
 * The section of a component.
 *
 * @param sent the components that readers send rather than get
 */
export function componentSection(
  name: string,
  { components: { schemas } }: OpenApiDocument,
  sent: ReadonlySet<string>,
): Markup {
  const schema = schemas[name] ?? {};
  const id = schemaAnchor(name);
  const title = titleOf(name, schemas);
  const names = eventNames(schema);
  const older = names.slice(1);
  const [example] = schema.examples ?? [];
  return html`<article class="entry" id="${id}" aria-labelledby="${id}-title">
<div class="words">
<h3 id="${id}-title"><a href="#${id}"><code>${title}</code></a></h3>
${prose(schema.description)}
${older.length > 0 && html`<p>${phrase(`An older name, still taken: \`${older.join("`, `")}\`.`)}</p>`}
${
  hasKeys(schema)
    ? schemaTable(schema, { head: "Key", caption: `Keys of ${title}`, schemas, sent: sent.has(name) })
    : html`<p>${typeWords(schema, schemas)}</p>`
}
</div>
${
  example !== undefined &&
  html`<div class="beside">
${codeBlock({ title: "Example", label: `Example: ${title}`, text: JSON.stringify(example, null, 2) })}
</div>`
}
</article>
`;
}

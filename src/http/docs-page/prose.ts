/** Descriptions as HTML: of Markdown they use paragraphs and backticks, and nothing else. */

import { html, type Markup } from "./html.ts";

/** Every paragraph of a description. */
export function prose(text: string | undefined): readonly Markup[] {
  return (text ?? "")
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => html`<p>${phrase(paragraph)}</p>`);
}

/** One paragraph's words. */
export function phrase(text: string): readonly Markup[] {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

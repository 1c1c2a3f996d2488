/** Code in a frame, with a title. */

import { html, type Markup } from "./html.ts";

interface CodeBlock {
  readonly title: string;
  readonly text: string;
  /** What it is, for screen readers: unlike titles, unique on the page. */
  readonly label: string;
  /** Whether one click selects all of it. */
  readonly copied?: true;
}

/** A block of code that a keyboard can scroll. */
export function codeBlock({ title, text, label, copied }: CodeBlock): Markup {
  return html`<figure class="code">
<figcaption>${title}</figcaption>
<pre tabindex="0" role="group" aria-label="${label}"${copied && html` class="copied"`}><code>${text}</code></pre>
</figure>
`;
}

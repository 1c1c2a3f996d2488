/** What is on the page, as links beside it. */

import { html, type Markup } from "./html.ts";

interface NavigationLink {
  /** The id that it leads to. */
  readonly to: string;
  readonly words: string | Markup;
}

export interface NavigationGroup extends NavigationLink {
  readonly links: readonly NavigationLink[];
}

/** The list of groups; closed at first where there is no room beside the text. */
export function navigation(groups: readonly NavigationGroup[]): Markup {
  return html`<nav aria-label="Contents">
<details class="contents">
<summary>Contents</summary>
<ul>
${groups.map(
  (group) => html`<li>${link(group)}
${group.links.length > 0 && html`<ul>${group.links.map((each) => html`<li>${link(each)}</li>\n`)}</ul>`}</li>
`,
)}</ul>
</details>
</nav>
`;
}

function link({ to, words }: NavigationLink): Markup {
  return html`<a href="#${to}">${words}</a>`;
}

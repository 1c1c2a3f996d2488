/** Makes HTML of templates, and escapes whatever isn't markup already, so that no template can forget to. */

/** A piece of HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold; nothing for `undefined` and `false`. */
type Fragment = Markup | string | number | undefined | false | readonly Fragment[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes markup of a template, as in html`<p class="${name}">${text}</p>`; attributes stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Fragment[]): Markup {
  const [first = "", ...rest] = parts;
  return new Markup(rest.reduce((text, part, at) => text + render(values[at]) + part, first));
}

function render(fragment: Fragment): string {
  if (fragment === undefined || fragment === false) return "";
  if (fragment instanceof Markup) return fragment.text;
  if (typeof fragment === "object") return fragment.map(render).join("");
  return String(fragment).replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}

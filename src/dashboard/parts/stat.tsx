/** A number that stands for itself, with what it was before. */

import type { ComponentChildren } from "preact";

interface StatProps {
  readonly label: string;
  readonly value: ComponentChildren;
  /** Under it: the change, a unit, a remark. */
  readonly note?: ComponentChildren;
  /** What it means. */
  readonly hint?: string | undefined;
  readonly tone?: "good" | "bad" | "plain";
  /** Where it leads. */
  readonly href?: string;
}

export function Stat({ label, value, note, hint, tone = "plain", href }: StatProps) {
  return (
    <div class="stat">
      <dt title={hint}>{label}</dt>
      <dd class="stat-value">{href === undefined ? value : <a href={href}>{value}</a>}</dd>
      {note !== undefined && <dd class={`stat-note ${tone}`}>{note}</dd>}
    </div>
  );
}

export function Stats({ children, label }: { readonly children: ComponentChildren; readonly label: string }) {
  return (
    <dl class="stats" aria-label={label}>
      {children}
    </dl>
  );
}

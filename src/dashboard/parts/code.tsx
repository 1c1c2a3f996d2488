/** Text that is code: it keeps its lines, and scrolls sideways, by keyboard too. */

import type { ComponentChildren } from "preact";

export function Code({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="code" aria-label={label} tabIndex={0}>
      <pre>{children}</pre>
    </section>
  );
}

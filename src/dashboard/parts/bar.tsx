/** A text over a line that shows a share at a glance. */

import type { ComponentChildren } from "preact";

interface BarProps {
  /** From 0 to 1. */
  readonly share: number;
  readonly children: ComponentChildren;
}

export function Bar({ share, children }: BarProps) {
  return (
    <span class="barred" style={{ "--bar": `${Math.max(0, Math.min(1, share)) * 100}%` }}>
      {children}
    </span>
  );
}

/** A text with a bar behind it that shows a share at a glance. */

import type { ComponentChildren } from "preact";

interface BarProps {
  /** From 0 to 1. */
  readonly share: number;
  readonly children: ComponentChildren;
}

export function Bar({ share, children }: BarProps) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return (
    <span class="bar">
      <span class="bar-fill" style={{ width }} aria-hidden="true" />
      <span class="bar-text">{children}</span>
    </span>
  );
}

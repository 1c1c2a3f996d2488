/** What each line of a chart is: a click takes it away, and another brings it back. */

import type { PlotLine } from "./plot.ts";

interface LegendProps {
  readonly lines: readonly Pick<PlotLine, "label" | "tone">[];
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (label: string) => void;
}

export function Legend({ lines, hidden, onToggle }: LegendProps) {
  if (lines.length < 2) return null;
  return (
    <ul class="chart-legend">
      {lines.map(({ label, tone }) => (
        <li key={label}>
          <button type="button" aria-pressed={!hidden.has(label)} onClick={() => onToggle(label)}>
            <i class={`line-swatch ${tone}`} aria-hidden="true" />
            {label}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A number that stands for itself, with what it was before. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Sparkline } from "./sparkline.tsx";

export interface StatProps {
  readonly label: string;
  /** Undefined while it is on its way. */
  readonly value: ComponentChildren | undefined;
  /** Under it, in the colour of its tone: how much it changed. */
  readonly change?: string | undefined;
  /** Behind that: what it was, a unit, a remark. */
  readonly note?: ComponentChildren;
  /** What it means. */
  readonly hint?: string | undefined;
  readonly tone?: "good" | "bad" | "plain";
  /** Where it leads, and what happens there, for screen readers. */
  readonly href?: string | undefined;
  readonly act?: string;
  /** Whether it is what the page shows in full. */
  readonly isChosen?: boolean | undefined;
  readonly line?: readonly (number | null)[] | undefined;
}

export function Stat(props: StatProps) {
  const { label, value, change, note, hint, tone = "plain", href, act, isChosen, line } = props;
  const id = useId();
  return (
    <div class={isChosen ? "stat chosen" : "stat"}>
      <dt id={`${id}-label`} title={hint}>
        {label}
      </dt>
      <dd class="stat-value">
        {value === undefined ? (
          <span class="stat-waiting" />
        ) : href === undefined ? (
          value
        ) : (
          <a
            id={`${id}-value`}
            href={href}
            aria-labelledby={`${id}-label ${id}-value ${id}-change ${id}-act`}
            aria-current={isChosen ? "true" : undefined}
          >
            {value}
          </a>
        )}
      </dd>
      <dd class="stat-note">
        {change !== undefined && (
          <span class={tone} id={`${id}-change`}>
            {change}
          </span>
        )}{" "}
        {note ?? "\u00a0"}
      </dd>
      {act !== undefined && href !== undefined && (
        <dd class="unseen" id={`${id}-act`}>
          {act}
        </dd>
      )}
      {line && (
        <dd class="stat-line" aria-hidden="true">
          <Sparkline values={line} />
        </dd>
      )}
    </div>
  );
}

interface StatsProps {
  readonly children: ComponentChildren;
  readonly label: string;
  /** Whether the numbers are of an earlier question. */
  readonly isStale?: boolean;
}

export function Stats({ children, label, isStale = false }: StatsProps) {
  return (
    <div class="stats-box">
      <dl class={isStale ? "stats stale" : "stats"} aria-label={label} aria-busy={isStale}>
        {children}
      </dl>
    </div>
  );
}

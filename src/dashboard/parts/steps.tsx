/** A funnel: each step is a share of the one before, drawn as bars below one another. */

import { formatCount, formatShare } from "../format/numbers.ts";

interface Step {
  readonly id: string;
  readonly label: string;
  readonly count: number;
  /** The share of all, from 0 to 1. */
  readonly share: number | null;
  /** The share of the previous step; undefined for the first. */
  readonly shareOfPrevious?: number | null | undefined;
  /** Whether to highlight it. */
  readonly isMarked?: boolean;
}

interface StepsProps {
  readonly label: string;
  readonly steps: readonly Step[];
  /** What is counted. */
  readonly unit: string;
  /** What the shares are of. */
  readonly of: string;
  /** Whether the steps follow one another, so that each has a share of the previous one. */
  readonly follow?: boolean;
}

export function Steps({ label, steps, unit, of, follow = true }: StepsProps) {
  return (
    <table class="steps" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" class="steps-number">
            {unit}
          </th>
          <th scope="col" class="steps-number">
            {of}
          </th>
          {follow && (
            <th scope="col" class="steps-number">
              of previous step
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <StepRow key={step.id} step={step} follow={follow} />
        ))}
      </tbody>
    </table>
  );
}

function StepRow({ step, follow }: { readonly step: Step; readonly follow: boolean }) {
  const { label, count, share, shareOfPrevious, isMarked } = step;
  return (
    <tr class={isMarked ? "steps-marked" : ""}>
      <th scope="row">
        <span class="steps-label">{label}</span>
        <span class="steps-track" aria-hidden="true">
          <span class="steps-fill" style={{ width: `${Math.min(1, share ?? 0) * 100}%` }} />
        </span>
      </th>
      <td class="steps-number">{formatCount(count)}</td>
      <td class="steps-number">{formatShare(share)}</td>
      {follow && <td class="steps-number">{shareOfPrevious === undefined ? "" : formatShare(shareOfPrevious)}</td>}
    </tr>
  );
}

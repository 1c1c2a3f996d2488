/** Puts a funnel into words: names its steps, and finds the two between which most sessions are lost. */

import { counted } from "../../base/counted.ts";
import type { MetricId } from "../../sessions/metrics.ts";
import type { FunnelAnswer } from "../api/answers.ts";
import { formatShare } from "../format/numbers.ts";

export type ShownFunnel = Pick<FunnelAnswer, "steps" | "sessionsOfUnknownLength">;
type FunnelStep = ShownFunnel["steps"][number];

const STEPS: Readonly<Partial<Record<MetricId, string>>> = {
  mediaStarts: "Session started",
  contentStarts: "Content started",
  progress10: "Reached 10%",
  progress25: "Reached 25%",
  progress50: "Reached 50%",
  progress75: "Reached 75%",
  progress95: "Reached 95%",
  contentCompletes: "Completed",
};

export function stepName(step: MetricId): string {
  return STEPS[step] ?? step;
}

interface Loss {
  readonly from: MetricId;
  readonly to: MetricId;
  readonly sessions: number;
  /** The share of those that had reached the previous step. */
  readonly share: number;
}

/** The steps to show: without any known length, none is between start and end. */
export function shownSteps(funnel: ShownFunnel): readonly FunnelStep[] {
  return hasLength(funnel) ? funnel.steps : funnel.steps.filter(({ step }) => !isProgress(step));
}

/**
 * Between which two steps most sessions are lost.
 *
 * Sessions of unknown length are in no step of progress. They aren't lost at the first of these, so the loss there is
 * counted without as many, and is the least that it can be. Without any length there is no loss to find: a broadcast
 * has no end to reach.
 */
export function largestLoss(funnel: ShownFunnel): Loss | undefined {
  if (!hasLength(funnel)) return undefined;
  const { steps } = funnel;
  let largest: Loss | undefined;
  for (const [at, { step, sessions }] of steps.entries()) {
    const before = steps[at - 1];
    if (!before || before.sessions === 0) continue;
    const isFirst = isProgress(step) && !isProgress(before.step);
    const lost = before.sessions - sessions - (isFirst ? funnel.sessionsOfUnknownLength : 0);
    if (lost <= (largest?.sessions ?? 0)) continue;
    largest = { from: before.step, to: step, sessions: lost, share: lost / before.sessions };
  }
  return largest;
}

/** The same as a sentence. */
export function lossInWords(funnel: ShownFunnel): string {
  const loss = largestLoss(funnel);
  if (!loss) return hasLength(funnel) ? "No sessions are lost between two steps." : "";
  const { to, sessions, share } = loss;
  const who = `${counted(sessions, "session")} (${formatShare(share)})`;
  return `The biggest drop is before “${stepName(to)}”: ${who} leave there.`;
}

/** A sentence about sessions of unknown length; empty where there are none. */
export function unknownLengthInWords({ sessionsOfUnknownLength: count }: ShownFunnel): string {
  if (count === 0) return "";
  const verb = count === 1 ? "is" : "are";
  return `${counted(count, "session")} of unknown length ${verb} in none of the steps by percent.`;
}

function hasLength({ steps, sessionsOfUnknownLength }: ShownFunnel): boolean {
  return sessionsOfUnknownLength < Math.max(1, steps[0]?.sessions ?? 0);
}

function isProgress(step: string): boolean {
  return step.startsWith("progress");
}

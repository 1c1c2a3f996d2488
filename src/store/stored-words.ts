/** Reads back what both stores keep as a word or as JSON: each within `readBack`. */

import { assert } from "../base/assert.ts";
import { CLOSE_REASONS, type CloseReason } from "../sessions/deadline.ts";
import type { DefinitionChoices } from "../sessions/definitions.ts";
import { FOLD_FAILURES, type FoldFailure } from "../sessions/fold-failures.ts";
import type { Metrics } from "../sessions/metrics.ts";
import type { SessionNumbers } from "./store.ts";
import type { TalliedLedger } from "./tallied-ledger.ts";

/** A session's numbers as they are stored; null where it has none of the kind. */
export interface NumbersText extends Pick<SessionNumbers, "definitions" | "contentSegment"> {
  readonly metrics: string;
  readonly unmended: string | null;
  readonly ledger: string | null;
  readonly choices: string | null;
}

export function numbersOf(text: NumbersText): SessionNumbers {
  const { definitions, metrics, contentSegment, unmended, ledger, choices } = text;
  return {
    definitions,
    metrics: JSON.parse(metrics) as Metrics,
    contentSegment,
    ...(unmended !== null && { unmended: JSON.parse(unmended) as Metrics }),
    ...(ledger !== null && { ledger: JSON.parse(ledger) as TalliedLedger }),
    ...(choices !== null && { choices: JSON.parse(choices) as DefinitionChoices }),
  };
}

export function closeReasonOf(reason: string): CloseReason {
  assert(reason in CLOSE_REASONS, `a close has a reason of ours: ${reason}`);
  return reason as CloseReason;
}

export function foldFailureOf(failure: string): FoldFailure {
  assert(failure in FOLD_FAILURES, `a failure has a reason of ours: ${failure}`);
  return failure as FoldFailure;
}

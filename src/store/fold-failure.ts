/** What is kept of a fold that failed. */

import { AppError } from "../base/errors.ts";
import type { FoldFailure } from "../sessions/fold-failures.ts";

/** Folds of one session that may have ended the process before it counts as one that can't be folded. */
export const ATTEMPTS_MAX = 3;

/** What is remembered of an error; undefined where the same fold may succeed a moment later. */
export function failureOf(error: unknown): FoldFailure | undefined {
  if (!(error instanceof AppError)) return "failed";
  switch (error.code) {
    case "session-damaged":
      return "damaged";
    case "session-too-long":
      return "too-long";
    case "internal":
    case "deadline-exceeded":
      return "failed";
    default:
      return undefined;
  }
}

/** A session that could not be folded; only its number is sure to be known. */
export interface FailedFold {
  readonly id: number;
  readonly sid?: string;
}

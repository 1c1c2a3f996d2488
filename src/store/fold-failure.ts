/** The record of a failed fold. */

import { AppError } from "../base/errors.ts";
import type { FoldFailure } from "../sessions/fold-failures.ts";

/** How many folds of a session may end the process before it counts as one that can't be folded. */
export const ATTEMPTS_MAX = 3;

/** The record of an error; undefined if a retry of the fold may succeed. */
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

/** A session that could not be folded; only its number is always known. */
export interface FailedFold {
  readonly id: number;
  readonly sid?: string;
}

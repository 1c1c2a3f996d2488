/** Why a closed session could not be folded. */

import { AppError } from "../base/errors.ts";

/** Folds of one session that may have ended the process before it counts as one that can't be folded. */
export const ATTEMPTS_MAX = 3;

export const FOLD_FAILURES = {
  damaged: "What is stored of it cannot be read.",
  "too-long": "It is from before sessions had a limit, and has more events than can be folded.",
  interrupted: "The server ended several times while it folded the session.",
  failed: "The fold met a fault of the server, which is in the log.",
} as const;

export type FoldFailure = keyof typeof FOLD_FAILURES;

/** What is remembered of an error; undefined where the same fold may succeed a moment later. */
export function failureOf(error: unknown): FoldFailure | undefined {
  if (!(error instanceof AppError)) return "failed";
  switch (error.code) {
    case "session-damaged":
      return "damaged";
    case "session-too-long":
      return "too-long";
    case "internal":
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

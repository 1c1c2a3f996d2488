/** Why a closed session could not be folded. */

export const FOLD_FAILURES = {
  damaged: "What is stored of it cannot be read.",
  "too-long": "It is from before sessions had a limit, and has more events than can be folded.",
  interrupted: "The server ended several times while it folded the session.",
  failed: "The fold met a fault of the server, which is in the log.",
} as const;

export type FoldFailure = keyof typeof FOLD_FAILURES;

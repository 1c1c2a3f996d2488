/** What some work throws, by the code that callers branch on. */

import { AppError } from "../../src/base/errors.ts";

/** The code of the AppError that `work` throws, or words for whatever else it does. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
  return "nothing was thrown";
}

/** The AppError that `work` throws. @throws Error when it throws none */
export function thrownBy(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

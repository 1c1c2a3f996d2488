/** Catches what some work throws, by its code. */

import { AppError } from "../../src/base/errors.ts";

/** The code of the AppError that `work` throws, or words for any other outcome. */
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
  throw new Error("The work threw no error");
}

/** Errors of the file system as an operator reads them. */

import { AppError } from "../base/errors.ts";

/** The error of a path in the data directory that the operator has to mend. */
export function unusable(path: string, cause: unknown): AppError {
  const isFull = (cause as { code?: string }).code === "ENOSPC";
  return new AppError(isFull ? "disk-full" : "data-dir-unusable", `Cannot use "${path}": ${reasonOf(cause)}`, {
    cause,
  });
}

/** Puts a system error into words, or returns its code. */
export function reasonOf(error: unknown): string {
  const { code = "unknown" } = error as { code?: string };
  return REASONS[code] ?? code;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "it is not a directory",
  EISDIR: "it is a directory",
  ENOENT: "there is no such directory",
  ENOTDIR: "a part of its path is not a directory",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

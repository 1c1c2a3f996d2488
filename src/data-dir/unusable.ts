/** A data directory that can't be used: an operator's mistake, told as one. */

import { AppError } from "../base/errors.ts";

/** The error of a path that is no directory, no file, or not ours. */
export function unusable(path: string, cause: unknown): AppError {
  const { code = "unknown" } = cause as { code?: string };
  return new AppError("data-dir-unusable", `Cannot use "${path}": ${REASONS[code] ?? code}`, { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "it is not a directory",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is not a directory",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

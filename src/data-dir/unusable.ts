/** Errors of the file system as an operator reads them. */

import { statSync } from "node:fs";
import { AppError } from "../base/errors.ts";

/** The error of a path in the data directory that the operator has to mend. */
export function unusable(path: string, cause: unknown): AppError {
  const code = (cause as { code?: string }).code === "ENOSPC" ? "disk-full" : "data-dir-unusable";
  return new AppError(code, `Cannot use "${path}": ${reasonOf(cause)}${ownerOf(path, cause)}`, { cause });
}

/** The error of a file that a command was to read. */
export function unreadable(path: string, cause: unknown): AppError {
  return new AppError("file-unusable", `Cannot read "${path}": ${whyUnreadable(cause)}`, { cause });
}

/** Names the owner of a file that another user may not use. */
function ownerOf(path: string, cause: unknown): string {
  if ((cause as { code?: string }).code !== "EACCES") return "";
  try {
    return `; it belongs to user ${statSync(path).uid}`;
  } catch {
    return "";
  }
}

/** Puts a system error into words, or returns its code. */
export function reasonOf(error: unknown): string {
  const { code = "unknown" } = error as { code?: string };
  return REASONS[code] ?? code;
}

/** As {@link reasonOf}, of a file that was named. */
export function whyUnreadable(error: unknown): string {
  return (error as { code?: string }).code === "ENOENT" ? "there is no such file" : reasonOf(error);
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

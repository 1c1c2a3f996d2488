/** Words errors of the file system for operators. */

import { statSync } from "node:fs";
import { AppError, type ErrorCode } from "../base/errors.ts";

/** The error of a path in the data directory that the operator has to mend. */
export function unusable(path: string, cause: unknown): AppError {
  const code = CODES[codeOf(cause)] ?? "data-dir-unusable";
  return new AppError(code, `Cannot use "${path}": ${reasonOf(cause)}${wayIn(path, cause)}`, { cause });
}

/** The error of a file that a command was to read. */
export function unreadable(path: string, cause: unknown): AppError {
  return new AppError("file-unusable", `Cannot read "${path}": ${whyUnreadable(path, cause)}`, { cause });
}

/** Says how to use a path that is closed to this user. */
function wayIn(path: string, cause: unknown): string {
  if (codeOf(cause) !== "EACCES") return "";
  const owner = ownerOf(path);
  if (owner === undefined) return "; run this as the user who owns the data directory";
  return `; it belongs to user ${owner}: run this as that user, or chown it`;
}

/** The owner's number; undefined behind a folder that this user may not enter. */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** Puts a system error into words, or returns its code. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? code;
}

/** As {@link reasonOf}, of a file that was to be written, with the way out. */
export function whyUnwritable(error: unknown): string {
  return codeOf(error) === "EACCES" ? `${reasonOf(error)}; name a directory that this user may write` : reasonOf(error);
}

/** As {@link reasonOf}, of a file that was to be read, with the way out. */
export function whyUnreadable(path: string, error: unknown): string {
  if (codeOf(error) === "ENOENT") return "there is no such file";
  if (codeOf(error) !== "EACCES") return reasonOf(error);
  const owner = ownerOf(path);
  const wayOut = owner === undefined ? "open the folders above it" : `it belongs to user ${owner}: chown it`;
  return `${reasonOf(error)}; ${wayOut} to the user who runs this`;
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? "unknown";
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "it is not a directory",
  EISDIR: "it is a directory",
  ENOENT: "there is no such directory",
  ENOTDIR: "a part of its path is not a directory",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EMFILE: "the process has as many files open as it may; raise LimitNOFILE",
  ENFILE: "the machine has as many files open as it may; raise fs.file-max",
};

/** What passes, or is mended outside of the directory. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: "disk-full",
  EMFILE: "overloaded",
  ENFILE: "overloaded",
};

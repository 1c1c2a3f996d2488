/** Checks for room for the files that a thread opens as it starts: a Worker without it ends the whole process. */

import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { AppError } from "./errors.ts";

/** A Worker needs two; a crowd of clients may come between this look and its start. */
const FILES_NEEDED = 32;

/** Looks whether a thread may start. @throws AppError `overloaded` when too few files can be opened */
export function checkFreeFiles(): void {
  const opened: number[] = [];
  try {
    while (opened.length < FILES_NEEDED) opened.push(openSync(devNull, "r"));
  } catch (error) {
    const state = "the process has as many files open as it may";
    throw new AppError("overloaded", `Cannot start a thread: ${state}; raise LimitNOFILE`, { cause: error });
  } finally {
    for (const file of opened) closeSync(file);
  }
}

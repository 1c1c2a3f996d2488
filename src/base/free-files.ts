/**
 * Checks for room for the files that a thread or an engine opens as it starts: a Worker, and DuckDB too, ends the whole
 * process where it finds none.
 */

import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { AppError } from "./errors.ts";

/** A Worker needs two, DuckDB a dozen; a crowd of clients may come between this look and its start. */
const FILES_NEEDED = 64;

/** @param action what is to be done, for the error. @throws AppError `overloaded` when too few files can be opened */
export function checkFreeFiles(action = "start a thread"): void {
  const opened: number[] = [];
  try {
    while (opened.length < FILES_NEEDED) opened.push(openSync(devNull, "r"));
  } catch (error) {
    const state = "the process has as many files open as it may";
    throw new AppError("overloaded", `Cannot ${action}: ${state}; raise LimitNOFILE`, { cause: error });
  } finally {
    for (const file of opened) closeSync(file);
  }
}

/** Writes a file whole or not at all: beside its place first, then moves it there. */

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../base/errors.ts";
import { OWNER_DIRECTORY_MODE, OWNER_FILE_MODE } from "../base/permissions.ts";
import { tryLock } from "./lock.ts";
import { whyUnwritable } from "./unusable.ts";

/** Ends the name of the directory that holds a file while it is written, beside its place. */
export const PART_SUFFIX = ".part";

export interface NewFile extends Disposable {
  /** Where the content goes until then; at first an empty file that only its owner can read. */
  readonly partPath: string;
  write(bytes: Uint8Array): void;
  /** Syncs the file and moves it to its place. Disposing without this leaves no trace of it. */
  finish(): void;
}

export interface NewFileOptions {
  /** Whether to replace an existing file. */
  readonly replace: boolean;
}

/**
 * Begins a file.
 *
 * @throws AppError `file-unusable` when it already exists, or can't be created there
 */
export function openNewFile(path: string, { replace }: NewFileOptions): NewFile {
  // A directory, so that files written beside the part are removed with it.
  const partDirectory = path + PART_SUFFIX;
  const partPath = join(partDirectory, "part");
  const refuseTaken = () => {
    if (!replace && existsSync(path)) throw inTheWay(path);
  };
  refuseTaken();
  const file = attempt(path, () => {
    if (replace) rmSync(partDirectory, { recursive: true, force: true });
    mkdirSync(partDirectory, { mode: OWNER_DIRECTORY_MODE });
    return openSync(partPath, "wx", OWNER_FILE_MODE);
  });
  const lock = tryLock(lockOf(partDirectory));
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  return {
    partPath,
    write: (bytes) =>
      attempt(path, () => {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      }),
    finish: () =>
      attempt(path, () => {
        refuseTaken();
        fsyncSync(file);
        close();
        renameSync(partPath, path);
        syncDirectory(dirname(path));
      }),
    [Symbol.dispose]: () => {
      close();
      lock?.[Symbol.dispose]();
      rmSync(partDirectory, { recursive: true, force: true });
    },
  };
}

/**
 * Creates a directory for new files, unless it exists.
 *
 * @throws AppError `file-unusable`
 */
export function makeTargetDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: OWNER_DIRECTORY_MODE });
  } catch (error) {
    throw new AppError("file-unusable", `Cannot write into "${path}": ${whyUnwritable(error)}`, { cause: error });
  }
}

/** Tells whether a process is writing a file in this directory, rather than a killed one has left it. */
export function isWritten(partDirectory: string): boolean {
  if (!existsSync(lockOf(partDirectory))) return false;
  using lock = tryLock(lockOf(partDirectory));
  return lock === undefined;
}

function lockOf(partDirectory: string): string {
  return join(partDirectory, "lock");
}

/** Puts a file's name on the disk, which takes a sync of its directory. */
function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code, path: at = path } = error as { code?: string; path?: string };
    if (code === "EEXIST") throw inTheWay(at);
    throw new AppError("file-unusable", `Cannot write "${path}": ${whyUnwritable(error)}`, { cause: error });
  }
}

function inTheWay(path: string): AppError {
  return new AppError("file-unusable", `Cannot write "${path}": it already exists; --force replaces it`);
}

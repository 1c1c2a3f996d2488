/** A file that somebody named, whole or not at all: written beside its place, and moved there at the end. */

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../base/errors.ts";
import { OWNER_DIRECTORY_MODE, OWNER_FILE_MODE } from "../base/modes.ts";
import { tryLock } from "./lock.ts";

/** What the name of the directory ends in, beside the file's place, while it is written. */
export const PART_SUFFIX = ".part";

export interface NewFile extends Disposable {
  /** Where it is written meanwhile; an empty file of its owner's at first. */
  readonly partPath: string;
  write(bytes: Uint8Array): void;
  /** Brings it to the disk and to its place. Without it nothing is left once this is disposed of. */
  finish(): void;
}

export interface NewFileOptions {
  /** Whether a file that is there already may go. */
  readonly replace: boolean;
}

/**
 * Begins a file.
 *
 * @throws AppError `file-unusable` when there is one already, or none can be made there
 */
export function openNewFile(path: string, { replace }: NewFileOptions): NewFile {
  // A directory, so that whatever is written beside the file goes with it.
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

/** Whether some process is writing a file in this directory; one that a kill left behind has no writer. */
export function isWritten(partDirectory: string): boolean {
  if (!existsSync(lockOf(partDirectory))) return false;
  using lock = tryLock(lockOf(partDirectory));
  return lock === undefined;
}

function lockOf(partDirectory: string): string {
  return join(partDirectory, "lock");
}

/** A name is on the disk once its directory is. */
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
    const { code = "unknown", path: at = path } = error as { code?: string; path?: string };
    if (code === "EEXIST") throw inTheWay(at);
    throw new AppError("file-unusable", `Cannot write "${path}": ${REASONS[code] ?? code}`, { cause: error });
  }
}

function inTheWay(path: string): AppError {
  return new AppError("file-unusable", `"${path}" is there already; --force replaces it`);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "it is a directory",
  ENOENT: "there is no such directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is not a directory",
  EROFS: "the file system is read-only",
};

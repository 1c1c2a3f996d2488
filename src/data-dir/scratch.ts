/** Room for files that nobody misses: each piece of work has a directory of its own, which goes with it. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { makeDataDir } from "./directory.ts";
import { tryLock } from "./lock.ts";
import { unusable } from "./unusable.ts";

export interface Scratch extends Disposable {
  /** An empty directory, gone with all that is in it once this is disposed of. */
  readonly path: string;
}

/** Taking away what a killed process left behind takes no longer. */
const TURN_MS_MAX = 10_000;

/**
 * Makes a directory below the data directory, and takes away those of processes that were killed.
 *
 * @throws AppError `data-dir-unusable`
 */
export function openScratch(dataDir: string): Scratch {
  const root = rootOf(dataDir);
  using _turn = takeTurn(root);
  removeLeftovers(root);
  try {
    const path = mkdtempSync(join(root, "work-"));
    const lock = tryLock(lockOf(path));
    return {
      path,
      [Symbol.dispose]: () => {
        rmSync(path, { recursive: true, force: true });
        lock?.[Symbol.dispose]();
        rmSync(lockOf(path), { force: true });
      },
    };
  } catch (error) {
    throw error instanceof AppError ? error : unusable(root, error);
  }
}

/** Takes away the directories of processes that were killed. @throws AppError `data-dir-unusable` */
export function clearScratch(dataDir: string): void {
  const root = rootOf(dataDir);
  using _turn = takeTurn(root);
  removeLeftovers(root);
}

function rootOf(dataDir: string): string {
  return join(dataDir, "scratch");
}

/** One at a time: a directory that is being made isn't locked yet, and must not be taken for one left behind. */
function takeTurn(root: string): Disposable {
  makeDataDir(root);
  const turn = tryLock(join(root, "turn"), TURN_MS_MAX);
  if (!turn) throw new AppError("data-dir-unusable", `Cannot use "${root}": another process holds its lock`);
  return turn;
}

function removeLeftovers(root: string): void {
  for (const { name } of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const path = join(root, name);
    using lock = tryLock(lockOf(path));
    if (!lock) continue;
    rmSync(path, { recursive: true, force: true });
    rmSync(lockOf(path), { force: true });
  }
}

/** Beside the directory, which is empty for whoever gets it. */
function lockOf(path: string): string {
  return `${path}.lock`;
}

/** Temporary files: each piece of work gets a directory of its own, which is removed with it. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { SECOND_MS } from "../base/units.ts";
import { makeDataDir } from "./directory.ts";
import { tryLock } from "./lock.ts";
import { unusable } from "./unusable.ts";

interface Scratch extends Disposable {
  /** A directory, empty at first, which is removed with its content on disposal. */
  readonly path: string;
}

/** Removing the leftovers of a killed process takes no longer. */
const TURN_MS_MAX = 10 * SECOND_MS;

/**
 * Creates a directory below the data directory, and removes those that killed processes left behind.
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
        try {
          rmSync(path, { recursive: true, force: true });
        } catch {
          // With too many open files it can't be listed. The next piece of work removes what is left.
        }
        lock?.[Symbol.dispose]();
        rmSync(lockOf(path), { force: true });
      },
    };
  } catch (error) {
    throw error instanceof AppError ? error : unusable(root, error);
  }
}

/** Removes the directories of killed processes. @throws AppError `data-dir-unusable` */
export function clearScratch(dataDir: string): void {
  const root = rootOf(dataDir);
  using _turn = takeTurn(root);
  removeLeftovers(root);
}

function rootOf(dataDir: string): string {
  return join(dataDir, "scratch");
}

/** One at a time: a directory isn't locked while it is created, and must not pass for a leftover. */
function takeTurn(root: string): Disposable {
  makeDataDir(root);
  const turn = tryLock(join(root, "turn"), TURN_MS_MAX);
  if (!turn)
    throw new AppError("data-dir-unusable", `Cannot use "${root}": another process holds its lock; try again later`);
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

/** Beside the directory, which must be empty for its user. */
function lockOf(path: string): string {
  return `${path}.lock`;
}

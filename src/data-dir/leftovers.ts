/** Removes what killed processes left in a data directory: copies of stored data, which an erasure must reach too. */

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "./lock.ts";
import { isWritten, PART_SUFFIX } from "./new-file.ts";
import { factsPathOf } from "./paths.ts";
import { clearScratch } from "./scratch.ts";

/**
 * Removes half-made exports, backups and report facts, except those of a running process. When `erasing`, rebuilt
 * report facts go in any case, since they were read from the database before the erasure.
 *
 * @throws AppError `data-dir-unusable`
 */
export function clearLeftovers(dataDir: string, { erasing }: { readonly erasing: boolean }): void {
  clearScratch(dataDir);
  for (const { name } of readdirSync(dataDir, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const path = join(dataDir, name);
    if (name.endsWith(PART_SUFFIX) && !isWritten(path)) rmSync(path, { recursive: true, force: true });
  }
  const facts = factsPathOf({ dataDir });
  const building = tryLockBuilding(dataDir);
  if (building || erasing) removeAll(`${facts}.building`);
  building?.[Symbol.dispose]();
  if (erasing) removeAll(`${facts}.next`);
  // The engine clears what it has spilled as it opens its file; without the file it never opens.
  if (!existsSync(facts)) rmSync(`${facts}.tmp`, { recursive: true, force: true });
}

/** Locks the making of report facts for this process; undefined while another process holds the lock. */
export function tryLockBuilding(dataDir: string): Disposable | undefined {
  return tryLock(`${factsPathOf({ dataDir })}.building.lock`);
}

function removeAll(path: string): void {
  for (const each of [path, `${path}.wal`, `${path}.tmp`]) rmSync(each, { recursive: true, force: true });
}

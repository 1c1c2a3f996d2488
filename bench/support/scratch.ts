/** Where a question puts its files: on the disk that holds this folder, and gone afterwards, whatever happened. */

import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeCheckout } from "./checkout.ts";
import type { Processes } from "./processes.ts";

const TEMPORARY = join(import.meta.dir, "../.tmp");

/** Works in an empty directory; afterwards, even after an interrupt, ends the processes and removes the directory. */
export async function inScratch<T>(
  name: string,
  processes: Processes,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = join(TEMPORARY, `${process.pid}-${name}`);
  mkdirSync(directory, { recursive: true });
  const tidy = () => {
    processes.killAll();
    remove(directory);
  };
  process.once("exit", tidy);
  try {
    return await work(directory);
  } finally {
    tidy();
    process.off("exit", tidy);
  }
}

/** Removes what a bench left that was itself killed with -9; another that still runs keeps its own. */
export function removeLeftovers(): void {
  mkdirSync(TEMPORARY, { recursive: true });
  for (const name of readdirSync(TEMPORARY)) {
    const isRunning = existsSync(join("/proc", String(Number.parseInt(name, 10))));
    if (!isRunning) remove(join(TEMPORARY, name));
  }
}

function remove(directory: string): void {
  removeCheckout(directory);
  rmSync(directory, { recursive: true, force: true });
}

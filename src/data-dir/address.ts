/** The file that tells scripts where the server listens; with port 0 they have no other way to know. */

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";
import { OWNER_FILE_MODE } from "../base/permissions.ts";

/** Removes the address of a killed server, since scripts wait for a new one. */
export function clearAddress(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/**
 * Writes the address, and removes it once it is disposed of.
 *
 * A failure is only logged: players find the server without the file, and a full disk must not stop it.
 */
export function tellAddress(dataDir: string, url: string, log: Log): Disposable {
  try {
    writeAddress(dataDir, url);
  } catch (error) {
    log.warn("The address could not be written", { error: String(error) });
  }
  return { [Symbol.dispose]: () => clearAddress(dataDir) };
}

/** Writes the URL, whole or not at all, since scripts read the file as soon as it exists. */
export function writeAddress(dataDir: string, url: string): void {
  const path = pathOf(dataDir);
  try {
    writeFileSync(`${path}.new`, `${url}\n`, { mode: OWNER_FILE_MODE });
    renameSync(`${path}.new`, path);
  } catch (error) {
    rmSync(`${path}.new`, { force: true });
    throw error;
  }
}

/** Reads the URL of the server that uses the directory; undefined while none does. */
export function readAddress(dataDir: string): string | undefined {
  const path = pathOf(dataDir);
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

function pathOf(dataDir: string): string {
  return join(dataDir, "address");
}

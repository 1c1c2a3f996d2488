/** The file that tells scripts where the server listens: with port 0 there is no other way to know. */

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OWNER_FILE_MODE } from "../base/modes.ts";

/** Removes what a server that was killed left behind: scripts wait for this one's. */
export function clearAddress(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/** Writes the URL, whole or not at all, since scripts read it as soon as it is there. */
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

/** The URL of the server that uses the directory; undefined while there is none. */
export function readAddress(dataDir: string): string | undefined {
  const path = pathOf(dataDir);
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

function pathOf(dataDir: string): string {
  return join(dataDir, "address");
}

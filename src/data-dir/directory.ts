/** The data directory itself. */

import { mkdirSync } from "node:fs";
import { OWNER_DIRECTORY_MODE } from "../base/permissions.ts";
import { unusable } from "./unusable.ts";

/**
 * Creates the directory, unless it exists.
 *
 * @throws AppError `data-dir-unusable`
 */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: OWNER_DIRECTORY_MODE });
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

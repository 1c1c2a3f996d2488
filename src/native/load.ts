/** Loads embedded native parts. Only the compiled program has this module, which its build puts in. */

import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { OWNER_DIRECTORY_MODE, OWNER_FILE_MODE } from "../base/permissions.ts";
import { getNativeFolder } from "./folder.ts";

export interface NativeFile {
  readonly name: string;
  /** Its path inside the program. */
  readonly path: string;
  readonly sha256: string;
}

/**
 * Writes the files out, unless they are there, and loads the last of them.
 *
 * Existing files are read and compared first, so that a file put there by another user never runs.
 *
 * @returns what the library exports
 */
export function loadNative(files: readonly NativeFile[]): unknown {
  const version = files.map(({ sha256 }) => sha256.slice(0, 8)).join("-");
  const folder = join(getNativeFolder(), version);
  mkdirSync(folder, { recursive: true, mode: OWNER_DIRECTORY_MODE });
  chmodSync(folder, OWNER_DIRECTORY_MODE);
  for (const file of files) writeOut(folder, file);
  const last = files.at(-1)?.name ?? "";
  return createRequire(join(folder, "package.json"))(join(folder, last));
}

function writeOut(folder: string, { name, path, sha256 }: NativeFile): void {
  const target = join(folder, name);
  if (sha256Of(target) === sha256) return;
  // Two processes may do this at once: each writes its own file, and the last rename wins.
  const fresh = `${target}.${crypto.randomUUID()}`;
  writeFileSync(fresh, readFileSync(path), { mode: OWNER_FILE_MODE });
  renameSync(fresh, target);
}

function sha256Of(path: string): string | undefined {
  try {
    return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return undefined;
  }
}

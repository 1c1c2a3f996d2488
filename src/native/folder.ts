/**
 * The folder where a single-file program writes its native parts: settings give it, and a module's import needs it.
 *
 * An import takes no arguments, so the global object holds the folder.
 */

import { resolve } from "node:path";
import { assert } from "../base/assert.ts";
import { shareArena } from "./allocator.ts";

const KEY = Symbol.for("playhead.native-folder");

type Holder = { [KEY]?: string };

/** Sets the folder, and how native parts allocate; call it before the first import of a package with native parts. */
export function prepareNative(dataDir: string): void {
  (globalThis as Holder)[KEY] = resolve(dataDir, "native");
  shareArena();
}

export function getNativeFolder(): string {
  const folder = (globalThis as Holder)[KEY];
  assert(folder !== undefined, "prepareNative comes before the import of a package with native parts");
  return folder;
}

/**
 * The folder where a single-file program writes its native parts: settings give it, and a module's import needs it.
 *
 * An import takes no arguments, so the global object holds the folder.
 */

import { resolve } from "node:path";
import { assert } from "../base/assert.ts";

const KEY = Symbol.for("playhead.native-folder");

type Holder = { [KEY]?: string };

/** Sets the folder; call it before the first import of a package with native parts. */
export function setNativeFolder(dataDir: string): void {
  (globalThis as Holder)[KEY] = resolve(dataDir, "native");
}

export function getNativeFolder(): string {
  const folder = (globalThis as Holder)[KEY];
  assert(folder !== undefined, "setNativeFolder comes before the import of a package with native parts");
  return folder;
}

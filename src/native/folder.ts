/**
 * Where a single-file program writes its native parts: known once the settings are read, needed by an import.
 *
 * Nothing can be handed over in the middle of an import, so it stands on the global object.
 */

import { resolve } from "node:path";

const KEY = Symbol.for("playhead.native-folder");

type Holder = { [KEY]?: string };

/** Says it; before the first import of a package with native parts. */
export function setNativeFolder(dataDir: string): void {
  (globalThis as Holder)[KEY] = resolve(dataDir, "native");
}

/** @throws Error when nobody has said it */
export function getNativeFolder(): string {
  const folder = (globalThis as Holder)[KEY];
  if (folder === undefined) throw new Error("A package with native parts was imported before setNativeFolder");
  return folder;
}

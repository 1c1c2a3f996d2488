/** The sizes of the files in a data directory. */

import { statSync } from "node:fs";
import { databasePathOf, factsPathOf } from "./paths.ts";

interface Sizes {
  readonly database: number | undefined;
  /** The database's write-ahead log. */
  readonly log: number | undefined;
  readonly facts: number | undefined;
}

/** Measures in bytes; undefined for a missing file. */
export function sizesOf(directory: { readonly dataDir: string }): Sizes {
  const database = databasePathOf(directory);
  return { database: sizeOf(database), log: sizeOf(`${database}-wal`), facts: sizeOf(factsPathOf(directory)) };
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** The names of the files in a data directory. */

import { join } from "node:path";

interface Directory {
  readonly dataDir: string;
}

/** Holds everything that was acknowledged. */
export function databasePathOf({ dataDir }: Directory): string {
  return join(dataDir, "playhead.db");
}

/** Holds the report facts, which are rebuilt from the database when they are missing. */
export function factsPathOf({ dataDir }: Directory): string {
  return join(dataDir, "reports.duckdb");
}

/** The facts with everything that the making of them may leave beside them. */
export function factsPathsOf(directory: Directory): string[] {
  const path = factsPathOf(directory);
  const files = [path, ...["building", "next", "rewritten"].map((kind) => `${path}.${kind}`)];
  return files.flatMap((file) => [file, `${file}.wal`, `${file}.tmp`]);
}

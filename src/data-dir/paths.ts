/** What the files of a data directory are called. */

import { join } from "node:path";

interface Directory {
  readonly dataDir: string;
}

/** Everything that was acknowledged. */
export function databasePathOf({ dataDir }: Directory): string {
  return join(dataDir, "playhead.db");
}

/** The facts of reports: made from the database, and made anew when they are missing. */
export function factsPathOf({ dataDir }: Directory): string {
  return join(dataDir, "reports.duckdb");
}

/** The facts with everything that the making of them may leave beside them. */
export function factsPathsOf(directory: Directory): string[] {
  const path = factsPathOf(directory);
  const files = [path, ...["building", "next", "rewritten"].map((kind) => `${path}.${kind}`)];
  return files.flatMap((file) => [file, `${file}.wal`, `${file}.tmp`]);
}

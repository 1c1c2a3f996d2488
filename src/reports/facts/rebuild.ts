/** Making the facts anew from the store, in a file of its own: reports go on with the old one meanwhile. */

import { existsSync, renameSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import type { StoreReader } from "../../store/store.ts";
import { FactsDatabase, type FactsDatabaseOptions, nextPathOf, removeFacts } from "./database.ts";
import { followStep } from "./follow.ts";

interface RebuildOptions extends FactsDatabaseOptions {
  readonly store: Pick<StoreReader, "listChanges" | "watermark">;
  readonly onProgress: (done: number, total: number) => void;
  /** Asked after each slice; what is done by then is thrown away. */
  readonly isStopped: () => boolean;
}

export interface RebuildSummary {
  /** Sessions whose facts were made. */
  readonly sessions: number;
  /** Sessions that were left out because they can't be read. */
  readonly damaged: number;
  readonly finished: boolean;
  /** Where the facts lie until somebody takes them over. */
  readonly next: string;
}

/** Makes the facts of every folded session; they lie at {@link nextPathOf} for whoever answers reports to take over. */
export async function rebuildFacts(options: RebuildOptions): Promise<RebuildSummary> {
  const { store, path, onProgress, isStopped } = options;
  const building = `${path}.building`;
  const next = nextPathOf(path);
  removeFacts(building);
  const total = await store.watermark();
  let sessions = 0;
  let damaged = 0;
  {
    await using database = await FactsDatabase.open({ ...options, path: building });
    await database.advance({ revision: 0, lineage: total.lineage, holdsErased: false }, async () => {});
    for (let level = false; !level; ) {
      const step = await followStep(database, store, total.revision);
      sessions += step.applied - step.erased - step.damaged;
      damaged += step.damaged;
      level = step.level;
      onProgress(Math.min(database.position.revision, total.revision), total.revision);
      if (isStopped()) break;
    }
  }
  if (isStopped()) {
    removeFacts(building);
    return { sessions: 0, damaged, finished: false, next };
  }
  try {
    renameSync(building, next);
  } catch (error) {
    if (existsSync(building)) throw error;
    throw new AppError("overloaded", "Cannot finish the report facts: an erasure removed them meanwhile; run it again");
  }
  return { sessions, damaged, finished: true, next };
}

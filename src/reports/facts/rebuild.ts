/** Rebuilds the report facts from the store in a separate file, while reports go on with the old one. */

import { existsSync, renameSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import type { StoreReader } from "../../store/store.ts";
import { FactsDatabase, type FactsDatabaseOptions, nextPathOf, removeFacts } from "./database.ts";
import { followStep } from "./follow.ts";

interface RebuildOptions extends FactsDatabaseOptions {
  readonly store: Pick<StoreReader, "listChanges" | "watermark" | "hashKey">;
  readonly onProgress: (done: number, total: number) => void;
  /** Asked after each slice; stopping throws the finished slices away. */
  readonly isStopped: () => boolean;
}

export interface RebuildSummary {
  /** Sessions whose facts were written. */
  readonly sessions: number;
  /** Sessions left out because they can't be read. */
  readonly damaged: number;
  readonly finished: boolean;
  /** Where the facts lie until the reports worker takes them over. */
  readonly next: string;
}

/** Writes the facts of every settled session to {@link nextPathOf}, where the reports worker takes them over. */
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

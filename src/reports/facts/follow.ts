/** Following the store's changes: each is applied exactly once, whenever either side is killed. */

import type { Change, Store } from "../../store/store.ts";
import { appendFacts, removeSessions } from "./append.ts";
import type { FactSource } from "./column.ts";
import { type FactsDatabase, KEPT, OPEN } from "./database.ts";

type FollowedStore = Pick<Store, "listChanges" | "watermark">;

/** Changes in one transaction: some 30 ms, in which no report is answered. */
export const SLICE = 1000;

/** What a step of following did. */
export interface Step {
  /** Changes that were applied. */
  readonly applied: number;
  /** Sessions among them that are gone from the store. */
  readonly erased: number;
  /** Sessions that these facts now say nothing of as open ones. */
  readonly sessions: readonly number[];
}

/**
 * Applies the next changes.
 *
 * @returns what was applied; fewer than asked for means that the facts are level with the store
 */
export async function followStep(database: FactsDatabase, store: FollowedStore, limit = SLICE): Promise<Step> {
  const { revision, lineage } = database.position;
  const changes = await store.listChanges({ afterRevision: revision, limit });
  const last = changes.at(-1);
  if (!last) return { applied: 0, erased: 0, sessions: [] };
  const sessions = changes.map(({ id }) => id);
  await removeSessions(database.connection, OPEN, sessions);
  await database.advance({ revision: last.revision, lineage }, async () => {
    await removeSessions(database.connection, KEPT, sessions);
    await appendFacts(database.connection, KEPT, changes.flatMap(sourceOf));
  });
  return { applied: changes.length, erased: changes.filter(({ result }) => !result).length, sessions };
}

/**
 * Whether the facts are of this very store, and not of a time that it does not know.
 *
 * A copy of the database that went on by itself has another lineage; one that was put back from a copy of files has
 * changes ahead of it that never happened.
 */
export async function isFollowing(database: FactsDatabase, store: FollowedStore): Promise<boolean> {
  const { revision, lineage } = await store.watermark();
  return database.position.lineage === lineage && database.position.revision <= revision;
}

function sourceOf({ result }: Change): FactSource[] {
  return result ? [{ ...result, open: false }] : [];
}

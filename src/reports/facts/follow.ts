/** Follows the store's changes, and applies each exactly once, whenever either side is killed. */

import { assert } from "../../base/assert.ts";
import { createViewerOf, type ViewerOf } from "../../protocol/viewer.ts";
import type { Change, StoreReader } from "../../store/store.ts";
import { appendFacts, removeSessions } from "./append.ts";
import type { FactSource } from "./column.ts";
import type { FactsDatabase } from "./database.ts";
import { KEPT, OPEN } from "./names.ts";

type FollowedStore = Pick<StoreReader, "listChanges" | "watermark" | "hashKey">;

/** Changes in one transaction: some 50 ms, in which no report is answered. Heavy ones end the page earlier. */
const SLICE = 500;
/** While facts are made from the beginning, no report waits for them. */
const FRESH_SLICE = 4000;

/** What a step of following did. */
export interface Step {
  /** Changes that were applied. */
  readonly applied: number;
  /** Sessions among them that are gone from the store. */
  readonly erased: number;
  /** Sessions among them that can't be read: they have no facts. */
  readonly damaged: number;
  /** The sessions that the open-session tables can forget. */
  readonly sessions: readonly number[];
  /** Whether the facts are level with the store. */
  readonly level: boolean;
}

/**
 * Applies the next changes.
 *
 * @param freshUntil the revision up to which no session has facts yet: none need be looked for. Facts that are made
 *   from the beginning pass where the changes reached then; a session that changes meanwhile comes up behind it.
 */
export async function followStep(database: FactsDatabase, store: FollowedStore, freshUntil = 0): Promise<Step> {
  const { revision, lineage, holdsErased } = database.position;
  const limit = revision < freshUntil ? FRESH_SLICE : SLICE;
  const found = await store.listChanges({ afterRevision: revision, limit });
  const before = found.filter((change) => change.revision <= freshUntil);
  const fresh = before.length > 0;
  const changes = fresh ? before : found;
  const last = changes.at(-1);
  assert(!last || last.revision > revision, "changes are behind those that were applied");
  if (!last) return { applied: 0, erased: 0, damaged: 0, sessions: [], level: true };
  // Another session may get the number of one that is gone: the latest change is true.
  const latest = new Map(changes.map((change) => [change.id, change]));
  const sessions = [...latest.keys()];
  if (!fresh) await removeSessions(database.connection, OPEN, sessions);
  const damaged = changes.filter((change) => change.damaged).length;
  const erased = changes.filter(({ result }) => !result).length - damaged;
  const viewerOf = createViewerOf(await store.hashKey(), database.viewerKeys);
  const position = { revision: last.revision, lineage, holdsErased: holdsErased || (erased > 0 && !fresh) };
  await database.advance(position, async () => {
    if (!fresh) await removeSessions(database.connection, KEPT, sessions);
    await appendFacts(
      database.connection,
      KEPT,
      [...latest.values()].flatMap((change) => sourceOf(change, viewerOf)),
    );
  });
  const level = last.revision >= (await store.watermark()).revision;
  // A page that ended early is of heavy sessions: what was made of them must be gone when the next one comes.
  if (!level && found.length < limit) Bun.gc(true);
  return { applied: changes.length, erased, damaged, sessions, level };
}

function sourceOf({ result }: Change, viewerOf: ViewerOf): FactSource[] {
  return result ? [{ ...result, open: false, viewer: viewerOf(result.session.start) }] : [];
}

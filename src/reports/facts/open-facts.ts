/** Opens the facts of a store, and rebuilds those of another one, of another history of it, or damaged ones. */

import { AppError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { StoreReader, Watermark } from "../../store/store.ts";
import { FactsDatabase, type FactsDatabaseOptions, removeFacts } from "./database.ts";
import { KEPT, tableName } from "./names.ts";

type KnownStore = Pick<StoreReader, "watermark" | "knows" | "getSessions">;

interface OpenFactsOptions extends FactsDatabaseOptions {
  readonly store: KnownStore;
  readonly log: Log;
}

export interface OpenedFacts {
  readonly database: FactsDatabase;
  /** Where the changes reached when the facts were begun from nothing; 0 when they were not. */
  readonly freshUntil: number;
}

/** Opens the facts at a path, and begins them from nothing unless they are of this store. */
export async function openFacts(options: OpenFactsOptions): Promise<OpenedFacts> {
  const { path, store, log } = options;
  const watermark = await store.watermark();
  let database = await FactsDatabase.open(options);
  if (await isFollowing(database, store, watermark)) return { database, freshUntil: 0 };
  if (database.position.revision > 0) {
    log.warn("Rebuilding the report facts: they are damaged, or of another database");
    await database[Symbol.asyncDispose]();
    removeFacts(path);
    database = await FactsDatabase.open(options);
  }
  const { revision, lineage } = watermark;
  await database.advance({ revision: 0, lineage, holdsErased: false }, async () => {});
  return { database, freshUntil: revision };
}

/**
 * Whether the facts are of this very store, and of no history that it doesn't know.
 *
 * A copy of the database that went on by itself has another lineage. If its files were restored from a copy, the facts
 * have changes that it lacks, or it has gone on since, and the newest sessions of the facts are others than its own.
 *
 * @throws AppError `store-unreachable`, and then the facts are closed as they are
 */
async function isFollowing(
  database: FactsDatabase,
  store: KnownStore,
  { revision, lineage, prunedRevision }: Watermark,
): Promise<boolean> {
  const { position } = database;
  if (position.lineage !== lineage || position.revision > revision) return false;
  // These facts have missed the erasures that the store has forgotten since.
  if (position.revision < prunedRevision) return false;
  try {
    return await knowsNewest(database, store);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "store-unreachable")) return false;
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

async function knowsNewest({ connection }: FactsDatabase, store: KnownStore): Promise<boolean> {
  const table = tableName(KEPT, "sessions");
  const found = await connection.runAndReadAll(
    `SELECT session::DOUBLE, sid FROM ${table} ORDER BY session DESC LIMIT 1`,
  );
  const [id, sid] = (found.getRowsJS()[0] ?? []) as [number?, string?];
  if (id === undefined) return true;
  if (!(await store.knows(id))) return false;
  const [session] = await store.getSessions([id]);
  return session === undefined || session.sid === sid;
}

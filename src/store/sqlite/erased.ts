/** Sids that a person had erased, as hashes under the store's key. */

import { asc, gt } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { keyedHash } from "../../base/keyed-hash.ts";
import type { ChangesQuery, ExpiredQuery } from "../queries.ts";
import type { ErasedReason, ErasedSid } from "../store.ts";
import { isAmong } from "./folds.ts";
import { readHashKey } from "./keys.ts";
import { erased } from "./schema.ts";

type ErasedRow = typeof erased.$inferSelect;

/** How many rows are old, and the revision of the last of them. */
export interface Old {
  readonly count: number;
  readonly revision: number;
}

export function listErased(db: BunSQLiteDatabase, { afterRevision, limit }: ChangesQuery): ErasedSid[] {
  const behind = db.select().from(erased).where(gt(erased.revision, afterRevision));
  return behind.orderBy(asc(erased.revision)).limit(limit).all().map(erasedOf);
}

export function findErased(db: BunSQLiteDatabase, sids: readonly string[]): Set<string> {
  const key = readHashKey(db);
  const sidOf = new Map(sids.map((sid) => [keyedHash(key, "sid", sid), sid]));
  const { hash } = erased;
  const rows = db
    .select({ hash })
    .from(erased)
    .where(isAmong(hash, [...sidOf.keys()]));
  return new Set(rows.all().flatMap((row) => sidOf.get(row.hash) ?? []));
}

/** Finds the erased sids to forget. */
export function oldErased(db: BunSQLiteDatabase, { beforeMs, limit }: ExpiredQuery): Old {
  const oldest = db.select().from(erased).orderBy(asc(erased.revision)).limit(limit).all();
  const kept = oldest.findIndex(({ erasedAt }) => erasedAt >= beforeMs);
  const old = kept === -1 ? oldest : oldest.slice(0, kept);
  return { count: old.length, revision: old.at(-1)?.revision ?? 0 };
}

function erasedOf({ revision, hash, reason, erasedAt }: ErasedRow): ErasedSid {
  return { revision, hash, reason: reason as ErasedReason, erasedAtMs: erasedAt };
}

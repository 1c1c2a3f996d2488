/** Sids that a person had erased, as hashes under the store's key. */

import { asc, gt, lte } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { keyedHash } from "../../base/keyed-hash.ts";
import type { ChangesQuery, ExpiredQuery } from "../queries.ts";
import type { ErasedReason, ErasedSid } from "../store.ts";
import { setCounter } from "./changes.ts";
import { isAmong } from "./folds.ts";
import { readKey } from "./keys.ts";
import { erased } from "./schema.ts";

type ErasedRow = typeof erased.$inferSelect;

/** Stores the hash of a sid, in the transaction that erases its session. */
export function keepErased(db: BunSQLiteDatabase, sid: string, row: Omit<ErasedRow, "hash">): void {
  db.insert(erased)
    .values({ ...row, hash: keyedHash(readKey(db, "hash"), "sid", sid) })
    .onConflictDoUpdate({ target: erased.hash, set: row })
    .run();
}

export function listErased(db: BunSQLiteDatabase, { afterRevision, limit }: ChangesQuery): ErasedSid[] {
  const behind = db.select().from(erased).where(gt(erased.revision, afterRevision));
  return behind.orderBy(asc(erased.revision)).limit(limit).all().map(erasedOf);
}

export function findErased(db: BunSQLiteDatabase, sids: readonly string[]): Set<string> {
  const key = readKey(db, "hash");
  const sidOf = new Map(sids.map((sid) => [keyedHash(key, "sid", sid), sid]));
  const { hash } = erased;
  const rows = db
    .select({ hash })
    .from(erased)
    .where(isAmong(hash, [...sidOf.keys()]));
  return new Set(rows.all().flatMap((row) => sidOf.get(row.hash) ?? []));
}

/** Forgets old erased sids, and records how far. @returns how many */
export function pruneErased(db: BunSQLiteDatabase, { beforeMs, limit }: ExpiredQuery): number {
  const oldest = db.select().from(erased).orderBy(asc(erased.revision)).limit(limit).all();
  const kept = oldest.findIndex(({ erasedAt }) => erasedAt >= beforeMs);
  const old = kept === -1 ? oldest : oldest.slice(0, kept);
  const last = old.at(-1);
  if (!last) return 0;
  db.delete(erased).where(lte(erased.revision, last.revision)).run();
  setCounter(db, "forgotten", last.revision);
  return old.length;
}

function erasedOf({ revision, hash, reason, erasedAt }: ErasedRow): ErasedSid {
  return { revision, hash, reason: reason as ErasedReason, erasedAtMs: erasedAt };
}

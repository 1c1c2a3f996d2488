/** The random key that the database made for itself. */

import { eq } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { assert } from "../../base/assert.ts";
import { keys } from "./schema.ts";

export function readHashKey(db: BunSQLiteDatabase): Uint8Array {
  const row = db.select().from(keys).where(eq(keys.name, "hash")).get();
  assert(row !== undefined, "the key is made with its table");
  return Uint8Array.fromHex(row.value);
}

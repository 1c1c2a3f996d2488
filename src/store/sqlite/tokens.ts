/** Named tokens: a handful of rows beside the sessions. */

import { asc, count, eq } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { type NamedToken, TOKENS_MAX, type TokenAddition } from "../token.ts";
import { tokens } from "./schema.ts";

export function listTokens(db: BunSQLiteDatabase): NamedToken[] {
  return db.select().from(tokens).orderBy(asc(tokens.name)).all().map(tokenOf);
}

export function findToken(db: BunSQLiteDatabase, hash: string): NamedToken | undefined {
  const row = db.select().from(tokens).where(eq(tokens.hash, hash)).get();
  return row && tokenOf(row);
}

/** Adds a token in a transaction, so that two at once can't share the last place. */
export function addToken(db: BunSQLiteDatabase, token: NamedToken): TokenAddition {
  const { name, hash, readOnly, reportSuite = null, channel = null, createdAtMs: createdAt } = token;
  if (db.select().from(tokens).where(eq(tokens.name, name)).get()) return "taken";
  const stored = db.select({ tokens: count() }).from(tokens).get()?.tokens ?? 0;
  if (stored >= TOKENS_MAX) return "full";
  db.insert(tokens).values({ name, hash, readOnly, reportSuite, channel, createdAt }).run();
  return "added";
}

/** @returns whether there was one */
export function removeToken(db: BunSQLiteDatabase, name: string): boolean {
  return db.delete(tokens).where(eq(tokens.name, name)).returning().all().length > 0;
}

function tokenOf({ name, hash, readOnly, reportSuite, channel, createdAt, usedAt }: typeof tokens.$inferSelect) {
  return {
    name,
    hash,
    readOnly,
    ...(reportSuite !== null && { reportSuite }),
    ...(channel !== null && { channel }),
    createdAtMs: createdAt,
    ...(usedAt !== null && { usedAtMs: usedAt }),
  };
}

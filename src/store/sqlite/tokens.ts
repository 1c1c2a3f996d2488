/** Named tokens: a handful of rows beside the sessions. */

import { asc, eq } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { NamedToken, TokenAddition } from "../token.ts";
import { tokens } from "./schema.ts";

export function listTokens(db: BunSQLiteDatabase): NamedToken[] {
  return db.select().from(tokens).orderBy(asc(tokens.name)).all().map(tokenOf);
}

export function findToken(db: BunSQLiteDatabase, hash: string): NamedToken | undefined {
  const row = db.select().from(tokens).where(eq(tokens.hash, hash)).get();
  return row && tokenOf(row);
}

/** A token's row, which `insertToken` stores only where there is room, and none of its name. */
export function rowOf(token: NamedToken): typeof tokens.$inferSelect {
  const { name, hash, readOnly, reportSuite = null, channel = null, createdAtMs } = token;
  return { name, hash, readOnly, reportSuite, channel, createdAt: createdAtMs, usedAt: null };
}

/** What has become of a token's addition. */
export function additionOf(db: BunSQLiteDatabase, { name, hash }: NamedToken): TokenAddition {
  const stored = db.select({ hash: tokens.hash }).from(tokens).where(eq(tokens.name, name)).get();
  if (!stored) return "full";
  return stored.hash === hash ? "added" : "taken";
}

/** How many tokens have this name: one, or none. */
export function countTokens(db: BunSQLiteDatabase, name: string): number {
  return db.select().from(tokens).where(eq(tokens.name, name)).all().length;
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

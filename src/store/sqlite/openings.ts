/** The table of openings, which recognises repeated starts. */

import type { Database } from "bun:sqlite";
import { and, desc, eq, gte } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { KnownOpening, OldOpeningsQuery, RecentOpening, RecentOpeningsQuery } from "../opening.ts";
import { openings } from "./schema.ts";

/** Names the rule like the partial index, or SQLite would not use that. */
const FIND = `
  SELECT sid, request, at, openings.session FROM openings JOIN sessions ON sessions.id = openings.session
  WHERE openings.key = ? AND openings.rule <> 'body' ORDER BY openings.session DESC LIMIT 1`;

type FoundRow = [sid: string, request: string | null, at: number, session: number];

export function findOpening(client: Database, key: string): KnownOpening | undefined {
  const [row] = client.query<never, [string]>(FIND).values(key) as unknown as FoundRow[];
  if (!row) return undefined;
  const [sid, request, atMs] = row;
  return { sid, atMs, ...(request !== null && { request }) };
}

export function listOpenings(db: BunSQLiteDatabase, { rule, sinceMs, limit }: RecentOpeningsQuery): RecentOpening[] {
  const { session, key, at } = openings;
  const rows = db.select({ session, key, atMs: at }).from(openings);
  return rows
    .where(and(eq(openings.rule, rule), gte(at, sinceMs)))
    .orderBy(desc(session))
    .limit(limit)
    .all();
}

/** Finds the old openings at the front of a rule's. @returns their last session and how many there are */
export function oldOpenings(
  client: Database,
  { rule, fromMs, toMs, limit }: OldOpeningsQuery,
): { last: number; count: number } {
  const front = client.query<never, [string, number]>(
    "SELECT session, at FROM openings WHERE rule = ? ORDER BY session LIMIT ?",
  );
  const rows = front.values(rule, limit) as unknown as [session: number, at: number][];
  const kept = rows.findIndex(([, at]) => at >= fromMs && at <= toMs);
  const old = kept === -1 ? rows : rows.slice(0, kept);
  return { last: old.at(-1)?.[0] ?? 0, count: old.length };
}

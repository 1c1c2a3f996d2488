/** Counts what retention is about to delete. */

import { and, count, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { Due, DueQuery } from "../queries.ts";
import { closes, sessions } from "./schema.ts";

export function countDue(db: BunSQLiteDatabase, { startedBeforeMs, closedBeforeMs, max }: DueQuery): Due {
  const { startedAt } = sessions;
  const isKept = startedBeforeMs === undefined ? undefined : gte(startedAt, startedBeforeMs);
  return {
    sessions: startedBeforeMs === undefined ? 0 : countUpTo(db, lt(startedAt, startedBeforeMs), max),
    // The same condition as in `trimSessions`.
    trimmable:
      closedBeforeMs === undefined
        ? 0
        : countUpTo(
            db,
            and(sql`${closes.trimmed} = 0`, lt(closes.closedAt, closedBeforeMs), eq(closes.pending, false), isKept),
            max,
          ),
  };
}

/** Counts closed sessions up to a maximum. */
function countUpTo(db: BunSQLiteDatabase, where: SQL | undefined, max: number): number {
  const found = db
    .select({ id: sessions.id })
    .from(closes)
    .innerJoin(sessions, eq(closes.session, sessions.id))
    .where(where)
    .limit(max)
    .as("found");
  return db.select({ found: count() }).from(found).get()?.found ?? 0;
}

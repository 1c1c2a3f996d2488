/** The statements of the hot path, prepared once: an unprepared insert through Drizzle costs five times as much. */

import { getTableColumns, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { closes, events, heads, positions, sessions } from "./schema.ts";

export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares every statement that a request or a checkpoint runs. */
export function prepareStatements(db: BunSQLiteDatabase) {
  return {
    insertSession: db.insert(sessions).values(placeholders(sessions)).prepare(),
    insertEvent: db.insert(events).values(placeholders(events)).prepare(),
    insertClose: db.insert(closes).values(placeholders(closes)).prepare(),
    moveClose: db
      .update(closes)
      .set({ lastSeq: sql`${sql.placeholder("lastSeq")}`, pending: true })
      .where(sql`${closes.session} = ${sql.placeholder("session")}`)
      .prepare(),
    upsertHead: db
      .insert(heads)
      .values(placeholders(heads))
      .onConflictDoUpdate({
        target: heads.session,
        set: {
          seq: sql`excluded.seq`,
          arrivedAt: sql`excluded.arrived_at`,
          movedAt: sql`excluded.moved_at`,
          playhead: sql`excluded.playhead`,
          tsMax: sql`excluded.ts_max`,
        },
      })
      .prepare(),
    deleteHead: db
      .delete(heads)
      .where(sql`${heads.session} = ${sql.placeholder("session")}`)
      .prepare(),
    upsertPosition: db
      .insert(positions)
      .values(placeholders(positions))
      .onConflictDoUpdate({ target: positions.name, set: { seq: sql`excluded.seq`, session: sql`excluded.session` } })
      .prepare(),
  };
}

/** A placeholder for each column, called like the column's property. */
function placeholders<T extends SQLiteTable>(table: T): T["$inferInsert"] {
  const names = Object.keys(getTableColumns(table));
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as T["$inferInsert"];
}

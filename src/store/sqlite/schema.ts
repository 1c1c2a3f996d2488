/**
 * The tables. Integers and compact text only: a ping costs some 45 bytes.
 *
 * Every table is STRICT, which drizzle-kit cannot say: the generated migration is edited by hand, and a test looks.
 */

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Sessions as they were opened; a row never changes. Instants are milliseconds since the epoch. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: integer().primaryKey(),
    sid: text().notNull().unique(),
    /** What dates the session: the server's clock, or the player's for downloaded content. */
    startedAt: integer("started_at").notNull(),
    receivedAt: integer("received_at").notNull(),
    ts: integer().notNull(),
    playhead: integer().notNull(),
    downloaded: integer({ mode: "boolean" }).notNull(),
    payload: text().notNull(),
    flags: text(),
  },
  (table) => [index("sessions_started_at").on(table.startedAt)],
);

/**
 * Every event after the start, in order of arrival: only ever appended to, with no second index.
 * A session's events are found by following `prev_seq` from its latest.
 */
export const events = sqliteTable("events", {
  seq: integer().primaryKey(),
  session: integer().notNull(),
  /** The session's event before this one; 0 for its first after the start. */
  prevSeq: integer("prev_seq").notNull(),
  ts: integer().notNull(),
  receivedAt: integer("received_at").notNull(),
  /** The code of `protocol/catalogue.ts`. */
  type: integer().notNull(),
  /** Milliseconds. */
  playhead: integer().notNull(),
  payload: text(),
  flags: text(),
});

/** How each closed session ended. */
export const closes = sqliteTable("closes", {
  session: integer().primaryKey(),
  reason: text().notNull(),
  closedAt: integer("closed_at").notNull(),
  endTs: integer("end_ts").notNull(),
  /** The session's latest event: where its chain begins once no head is kept in memory. */
  lastSeq: integer("last_seq").notNull(),
});

/** The checkpoint: heads of open sessions as they were at, or some time after, its position. */
export const heads = sqliteTable("heads", {
  session: integer().primaryKey(),
  seq: integer().notNull(),
  arrivedAt: integer("arrived_at").notNull(),
  movedAt: integer("moved_at").notNull(),
  playhead: integer().notNull(),
  tsMax: integer("ts_max").notNull(),
});

/** The position up to which `heads` is complete: one row, by name. */
export const positions = sqliteTable("positions", {
  name: text().primaryKey(),
  seq: integer().notNull(),
  session: integer().notNull(),
});

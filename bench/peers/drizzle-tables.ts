/** The tables of sqlite-tables.ts as Drizzle's documentation declares them, and how a database with them is opened. */

import { Database } from "bun:sqlite";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { TABLES } from "./sqlite-tables.ts";

export const sessions = sqliteTable("sessions", {
  id: integer().primaryKey(),
  sid: text().notNull().unique(),
  startedAt: integer("started_at").notNull(),
  receivedAt: integer("received_at").notNull(),
  ts: integer().notNull(),
  playhead: integer().notNull(),
  payload: text().notNull(),
});

export const events = sqliteTable("events", {
  seq: integer().primaryKey(),
  session: integer().notNull(),
  receivedAt: integer("received_at").notNull(),
  ts: integer().notNull(),
  playhead: integer().notNull(),
  type: text().notNull(),
  payload: text().notNull(),
});

/** Opens a new database that keeps what it has committed, as Playhead's does. */
export function openDrizzle(path: string): BunSQLiteDatabase & { $client: Database } {
  const client = new Database(path, { create: true });
  client.run("PRAGMA journal_mode = WAL");
  client.run("PRAGMA synchronous = FULL");
  client.run(TABLES);
  return drizzle({ client });
}

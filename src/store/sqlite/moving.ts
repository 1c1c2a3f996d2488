/**
 * Moves the starts of version 0.1 into today's table and form, some at a time beside everything else.
 *
 * A row is in one of the two tables, since it moves in one transaction; the view `sessions` reads both.
 */

import type { Database } from "bun:sqlite";
import { membersOf, textOf } from "../event-text.ts";
import type { SqlValue, Template } from "./commit.ts";
import { rawRows } from "./raw.ts";

/** The table of starts as version 0.1 has it. */
export const OLD = "text_sessions";
/** Rows to read before asking whether that is enough: a fraction of a millisecond's work. */
const STEP_ROWS = 10;

/** The view once nothing is left to move: SQLite reads it as the table itself. */
const VIEW = `CREATE VIEW sessions AS
  SELECT id, lower(hex(sid)) AS sid, started_at, started_at + received_after AS received_at,
    started_at + ts_after AS ts, playhead, downloaded, payload, flags, wire, derived
  FROM starts`;
/** Keeps an id that is damaged; replaces a row, since a salvaged table may give one twice. */
const INSERT = `INSERT OR REPLACE INTO starts
    (id, sid, started_at, received_after, ts_after, playhead, downloaded, payload, flags, wire, derived)
  VALUES (?1, coalesce(unhex(?2), CAST(?2 AS BLOB)), ?3, ?4 - ?3, ?5 - ?3, ?6, ?7, ?8, ?9, ?10, ?11)`;
/** The statements of a slice, and one that removes a single start, for the commit thread. */
export const MOVES: readonly [insert: Template, remove: Template, removeOne: Template] = [
  { sql: INSERT, size: 11 },
  { sql: `DELETE FROM ${OLD} WHERE id <= ?`, size: 1 },
  { sql: `DELETE FROM ${OLD} WHERE id = ?`, size: 1 },
];

type Text = string | null;
/** The columns of the old table, in the order of `OldStart`. */
export const OLD_COLUMNS = "id, sid, started_at, received_at, ts, playhead, downloaded, payload, flags, wire";
/** A row of the old table. */
export type OldStart = [
  id: number,
  sid: string,
  startedAt: number,
  receivedAt: number,
  ts: number,
  playhead: number,
  downloaded: number,
  payload: string,
  flags: Text,
  wire: Text,
];

/** How many starts are left to move, or a few more; undefined once the old table is gone. */
export function leftToMove(client: Database): number | undefined {
  if (!hasOldTable(client)) return undefined;
  const ends = client.query<{ left: number }, []>(
    `SELECT coalesce((SELECT max(id) FROM ${OLD}) - (SELECT min(id) FROM ${OLD}) + 1, 0) AS left`,
  );
  return ends.get()?.left ?? 0;
}

export function hasOldTable(client: Database): boolean {
  return client.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(OLD) !== null;
}

/** Starts to move in one transaction. */
export interface Slice {
  /** The values of each start for today's table. */
  readonly moved: readonly SqlValue[][];
  /** The number of the last of them, up to which the old ones go. */
  readonly lastId: number;
  /** Whether none is left behind them. */
  readonly isLast: boolean;
}

/** Reads starts until `enough`, in the order of their numbers. Another thread moves them, so that none here waits. */
export function readSlice(client: Database, enough: () => boolean): Slice {
  const oldest = `SELECT ${OLD_COLUMNS} FROM ${OLD} WHERE id > ? ORDER BY id LIMIT ?`;
  const moved: SqlValue[][] = [];
  for (let lastId = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = rawRows<OldStart>(client, oldest, lastId, STEP_ROWS);
    for (const row of rows) moved.push(valuesOf(row));
    lastId = rows.at(-1)?.[0] ?? lastId;
    const isLast = rows.length < STEP_ROWS;
    if (isLast || enough()) return { moved, lastId, isLast };
  }
}

/** Drops the old table, which is empty, and asks today's alone from now on. */
export function dropOld(client: Database): void {
  client.run("DROP VIEW sessions");
  client.run(`DROP TABLE ${OLD}`);
  client.run(VIEW);
}

/** Inserts rows of the old table into today's. */
export function insertOld(client: Database, rows: readonly OldStart[]): void {
  const insert = client.query<never, SqlValue[]>(INSERT);
  for (const row of rows) insert.run(...valuesOf(row));
}

function valuesOf([id, sid, startedAt, receivedAt, ts, playhead, downloaded, ...texts]: OldStart): SqlValue[] {
  return [id, sid, startedAt, receivedAt, ts, playhead, downloaded, ...inForm(...texts)];
}

/** The texts of a start in today's form; damaged ones stay as they are, and are still no more than their session's. */
function inForm(payload: string, flags: Text, wire: Text): [string, Text, Text, Text] {
  try {
    const members = membersOf({ payload, flags, wire, derived: null });
    const text = textOf({ type: "sessionStart", tsMs: 0, playheadMs: 0, ...members });
    return [text.payload ?? payload, text.flags, text.wire, text.derived];
  } catch {
    return [payload, flags, wire, null];
  }
}

/** The number of the session with this id in the old table. */
export function findOldNumber(client: Database, sid: string): number | undefined {
  if (!hasOldTable(client)) return undefined;
  return client.query<{ id: number }, [string]>(`SELECT id FROM ${OLD} WHERE sid = ?`).get(sid)?.id;
}

/**
 * Moves the starts of version 0.1 into today's table and form, some at a time beside everything else.
 *
 * A row is in one of the two tables, since it moves in one transaction; the view `sessions` reads both.
 */

import type { Database } from "bun:sqlite";
import { membersOf, textOf } from "../event-text.ts";

/** The table of starts as version 0.1 has it. */
export const OLD = "text_sessions";
/** Rows to move before asking whether that is enough: a millisecond's work. */
const STEP_ROWS = 50;

/** The view once nothing is left to move: SQLite reads it as the table itself. */
const VIEW = `CREATE VIEW sessions AS
  SELECT id, lower(hex(sid)) AS sid, started_at, started_at + received_after AS received_at,
    started_at + ts_after AS ts, playhead, downloaded, payload, flags, wire, derived
  FROM starts`;
/** Keeps an id that is damaged; replaces a row, since a salvaged table may give one twice. */
const INSERT = `INSERT OR REPLACE INTO starts
  VALUES (?1, coalesce(unhex(?2), CAST(?2 AS BLOB)), ?3, ?4 - ?3, ?5 - ?3, ?6, ?7, ?8, ?9, ?10, ?11)`;

type Text = string | null;
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

function hasOldTable(client: Database): boolean {
  return client.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(OLD) !== null;
}

/**
 * Moves starts until `enough`, in the order of their numbers, within the caller's transaction; drops the old table once
 * it is empty.
 */
export function moveStarts(client: Database, enough: () => boolean): void {
  if (!hasOldTable(client)) return;
  const oldest = client.query<never, [number]>(`SELECT * FROM ${OLD} ORDER BY id LIMIT ?`);
  const remove = client.query<never, [number]>(`DELETE FROM ${OLD} WHERE id <= ?`);
  do {
    const rows = oldest.values(STEP_ROWS) as unknown as OldStart[];
    insertOld(client, rows);
    const last = rows.at(-1);
    if (last) remove.run(last[0]);
    if (rows.length < STEP_ROWS) {
      dropOld(client);
      return;
    }
  } while (!enough());
}

function dropOld(client: Database): void {
  client.run("DROP VIEW sessions");
  client.run(`DROP TABLE ${OLD}`);
  client.run(VIEW);
}

/** Inserts rows of the old table into today's. */
export function insertOld(client: Database, rows: readonly OldStart[]): void {
  const insert = client.query<never, (number | string | null)[]>(INSERT);
  for (const [id, sid, startedAt, receivedAt, ts, playhead, downloaded, ...texts] of rows) {
    insert.run(id, sid, startedAt, receivedAt, ts, playhead, downloaded, ...inForm(...texts));
  }
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

/** Removes a start from either table. @returns whether there was one */
export function deleteStart(client: Database, id: number): boolean {
  if (client.query<never, [number]>("DELETE FROM starts WHERE id = ?").run(id).changes > 0) return true;
  return hasOldTable(client) && client.query<never, [number]>(`DELETE FROM ${OLD} WHERE id = ?`).run(id).changes > 0;
}

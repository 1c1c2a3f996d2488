/** What recognises repeated starts. */

import type { Database } from "bun:sqlite";
import {
  type KnownOpening,
  keysOfBodies,
  type OldOpeningsQuery,
  type RecentOpening,
  type RecentOpeningsQuery,
} from "../opening.ts";
import { unlessDamaged } from "./damage.ts";
import { garbage } from "./garbage.ts";
import { readHashKey } from "./keys.ts";
import { rawRows } from "./raw.ts";
import type { SqliteConnection } from "./sessions.ts";

/** Names the rule like the partial index, or SQLite would not use that. */
const FIND = `
  SELECT sid, request, at, openings.session FROM openings JOIN sessions ON sessions.id = openings.session
  WHERE openings.key = ? AND openings.rule <> 'body' ORDER BY openings.session DESC LIMIT 1`;

/** By the index of `started_at`, which is the calendar's instant of a live start: few are of the last minute. */
const RECENT = `
  SELECT id AS session, started_at + received_after AS atMs, started_at + ts_after AS tsMs, playhead AS playheadMs,
    payload, flags
  FROM starts
  WHERE started_at >= ?1 AND started_at + received_after >= ?1 AND downloaded = 0 AND wire IS NULL
    AND NOT EXISTS (SELECT 1 FROM openings WHERE rule = 'key' AND session = starts.id)
  ORDER BY id DESC LIMIT ?2`;

interface RecentRow extends Pick<RecentOpening, "session" | "atMs"> {
  readonly tsMs: number;
  readonly playheadMs: number;
  readonly payload: string;
  readonly flags: string | null;
}

type OpeningRow = [sid: string, request: string | null, at: number, session: number];

export function findOpening(client: Database, key: string): KnownOpening | undefined {
  const [row] = rawRows<OpeningRow>(client, FIND, key);
  if (!row) return undefined;
  const [sid, request, atMs] = row;
  return { sid, atMs, ...(request !== null && { request }) };
}

/**
 * The latest live starts by what their bodies say, without those that are known by a key alone.
 *
 * A damaged page costs no more than that: a start that is asked for again then opens a second session.
 */
export function listOpenings(
  { client, db }: SqliteConnection,
  { sinceMs, limit }: RecentOpeningsQuery,
): RecentOpening[] {
  const keyOfBody = keysOfBodies(readHashKey(db));
  const rows = client.query<RecentRow, [number, number]>(RECENT);
  // One at a time, since of each start, which may say as much as a body holds, only a key is kept.
  const drop = garbage();
  const read = () =>
    Array.from(rows.iterate(sinceMs, limit), ({ session, atMs, ...row }) => {
      drop(row.payload);
      return { session, atMs, key: keyOfBody(row, row).key };
    });
  return unlessDamaged(read, () => []);
}

/** Finds the old openings at the front of a rule's. @returns their last session and how many there are */
export function oldOpenings(
  client: Database,
  { rule, fromMs, toMs, limit }: OldOpeningsQuery,
): { last: number; count: number } {
  const front = "SELECT session, at FROM openings WHERE rule = ? ORDER BY session LIMIT ?";
  const rows = rawRows<[session: number, at: number]>(client, front, rule, limit);
  const kept = rows.findIndex(([, at]) => at >= fromMs && at <= toMs);
  const old = kept === -1 ? rows : rows.slice(0, kept);
  return { last: old.at(-1)?.[0] ?? 0, count: old.length };
}

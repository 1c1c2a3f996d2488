/** Closes sessions that are due or full, whichever node looks first, and tells what is known of a session. */

import { instantOf } from "../../base/ids.ts";
import type { CloseReason, SignsOfLife, Timeouts } from "../../sessions/deadline.ts";
import type { ClosedSession, SessionState, SharedRules } from "../shared.ts";
import { numbersText, textsText } from "./arrays.ts";
import type { PostgresClient, Value } from "./client.ts";
import { type Big, type CloseRow, closeOf, numberSql } from "./rows.ts";
import { deadlineSql } from "./writes.ts";

const DEADLINE = deadlineSql("$2", "$3");

/** Deletes heads, and stores how their sessions closed. A close happens once, since one statement deletes the row. */
function closing(heads: string, close: string): string {
  return `
  WITH gone AS (DELETE FROM heads h WHERE ${heads} RETURNING h.session, h.n, h.bytes, h.ts_max, h.arrived_at,
    h.moved_at)
  INSERT INTO closes (session, closed_at, end_ts, bytes, last_n, pending, reason)
  SELECT h.session, ${close} FROM gone h RETURNING session, reason`;
}

const AT_DEADLINE = `${DEADLINE}, h.ts_max, h.bytes, h.n, true,
  CASE WHEN h.moved_at + $3::bigint < h.arrived_at + $2::bigint THEN 'playhead-timeout' ELSE 'idle-timeout' END`;
/** Never waits for an event that is being stored. */
const DUE = closing(
  `h.sid IN (SELECT h.sid FROM heads h WHERE h.look_at <= $1::bigint AND ${DEADLINE} <= $1::bigint
    ORDER BY h.look_at LIMIT $4::int FOR UPDATE SKIP LOCKED)`,
  AT_DEADLINE,
);
/** Postpones the look at sessions that have gone on since, each once per timeout. */
const LATER = `
  UPDATE heads h SET look_at = ${DEADLINE}
  WHERE h.sid IN (SELECT h.sid FROM heads h WHERE h.look_at <= $1::bigint AND ${DEADLINE} > $1::bigint
    LIMIT $4::int FOR UPDATE SKIP LOCKED) RETURNING h.session`;
const ONE_DUE = closing(`h.sid = decode($4, 'hex') AND ${DEADLINE} <= $1::bigint`, AT_DEADLINE);
const FULL = closing(
  "h.sid = decode($1, 'hex') AND (h.n + 1 >= $2::int OR h.bytes + $4::bigint > $3::bigint)",
  "h.arrived_at, h.ts_max, h.bytes, h.n, true, 'limit'",
);
/** `LATERAL` makes every plan look sessions up by key, even one that was made while the table was empty. */
const STATES = `
  SELECT encode(s.sid, 'hex') AS sid, s.id, s.flags, h.n, h.bytes, h.arrived_at, h.moved_at, h.playhead, h.ts_max,
    c.last_n, c.bytes AS closed_bytes, c.reason, c.closed_at, c.end_ts, c.trimmed
  FROM unnest($1::text::text[], $2::text::bigint[]) AS asked(sid, instant)
    CROSS JOIN LATERAL (
      SELECT id, sid, flags FROM sessions WHERE id = ${numberSql("asked.sid", "asked.instant")} LIMIT 1) s
    LEFT JOIN heads h ON h.sid = s.sid LEFT JOIN closes c ON c.session = s.id`;

const LATER_MAX = 1000;

export async function closeDue(
  client: PostgresClient,
  atMs: number,
  timeouts: Timeouts,
  limit: number,
): Promise<ClosedSession[]> {
  const closed = await close(client, DUE, [atMs, timeouts.idleMs, timeouts.stallMs, limit]);
  if (closed.length < limit) await client.run(LATER, [atMs, timeouts.idleMs, timeouts.stallMs, LATER_MAX]);
  return closed;
}

export function closeIfDue(
  client: PostgresClient,
  sid: string,
  atMs: number,
  { idleMs, stallMs }: Timeouts,
): Promise<ClosedSession[]> {
  return close(client, ONE_DUE, [atMs, idleMs, stallMs, sid]);
}

export function closeIfFull(
  client: PostgresClient,
  sid: string,
  bytes: number,
  { sizeLimits: { eventsMax, bytesMax } }: SharedRules,
): Promise<ClosedSession[]> {
  return close(client, FULL, [sid, eventsMax, bytesMax, bytes]);
}

async function close(client: PostgresClient, statement: string, values: readonly Value[]): Promise<ClosedSession[]> {
  const rows = await client.run<{ session: Big; reason: CloseReason }>(statement, values);
  return rows.map(({ session, reason }) => ({ session: Number(session), reason }));
}

interface StateRow extends CloseRow {
  readonly sid: string;
  readonly id: Big;
  readonly flags: string | null;
  readonly n: number | null;
  readonly bytes: Big | null;
  readonly arrived_at: Big | null;
  readonly moved_at: Big | null;
  readonly playhead: Big | null;
  readonly ts_max: Big | null;
  readonly last_n: number | null;
  readonly closed_bytes: Big | null;
  readonly trimmed: boolean | null;
}

export async function findStates(client: PostgresClient, sids: readonly string[]): Promise<Map<string, SessionState>> {
  const rows = await client.run<StateRow>(STATES, [textsText(sids), numbersText(sids.map(instantOf))]);
  return new Map(rows.map((row) => [row.sid, stateOf(row)]));
}

function stateOf(row: StateRow): SessionState {
  const close = closeOf(row);
  return {
    id: Number(row.id),
    flags: row.flags === null ? [] : (JSON.parse(row.flags) as string[]),
    trimmed: row.trimmed ?? false,
    events: 1 + (row.n ?? row.last_n ?? 0),
    bytes: Number(row.bytes ?? row.closed_bytes ?? 0),
    ...(row.arrived_at !== null && { signs: signsOf(row) }),
    ...(close && { close }),
  };
}

function signsOf(row: StateRow): SignsOfLife {
  return {
    arrivedAtMs: Number(row.arrived_at),
    movedAtMs: Number(row.moved_at),
    playheadMs: Number(row.playhead),
    tsMaxMs: Number(row.ts_max),
  };
}

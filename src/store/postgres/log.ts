/** Reads the whole log in pages by session and number: each session's start, then its events in order of arrival. */

import { assert } from "../../base/assert.ts";
import { codeOf } from "../../protocol/catalogue.ts";
import { readBack, type Skip, unlessSkipped } from "../damage.ts";
import type { Cursor, Extent, LoggedEvent, LogPage, LogQuery } from "../log.ts";
import type { PostgresClient } from "./client.ts";
import { type Big, type CloseRow, closeOf, type EventRow, eventOf } from "./rows.ts";
import { PAGE_BYTES_MAX } from "./sessions.ts";

/** An entry: the number of its session, and its own within that; 0 is the start, and -1 the place before that. */
interface Place {
  readonly session: number;
  readonly n: number;
}

/** A session counts as this many entries of the progress, whatever it has. */
const SHARES = 2 ** 20;
/** A page examines no more entries than this, wanted or not, so that it returns soon. */
const LOOKED_AT_MAX = 10_000;

const WEIGHT =
  "coalesce(octet_length(payload), 0) + coalesce(octet_length(flags), 0) + coalesce(octet_length(wire), 0)";
const LOG = `
  WITH looked AS MATERIALIZED (
    SELECT session, n, received_at, weight FROM (
      (SELECT id AS session, 0 AS n, received_at, ${WEIGHT} AS weight FROM sessions
       WHERE (id > $1::bigint OR (id = $1::bigint AND $2::int < 0)) AND id <= $3::bigint
       ORDER BY id LIMIT ${LOOKED_AT_MAX})
      UNION ALL
      (SELECT session, n, received_at, ${WEIGHT} AS weight FROM events
       WHERE (session, n) > ($1::bigint, $2::int) AND session <= $3::bigint
       ORDER BY session, n LIMIT ${LOOKED_AT_MAX})
    ) AS entries ORDER BY session, n LIMIT ${LOOKED_AT_MAX}),
  wanted AS (
    SELECT session, n, row_number() OVER (ORDER BY session, n) AS place,
      sum(weight) OVER (ORDER BY session, n) AS running
    FROM looked WHERE received_at >= $4::bigint AND received_at < $5::bigint
      AND EXISTS (SELECT FROM sessions WHERE sessions.id = looked.session)),
  page AS MATERIALIZED (
    SELECT session, n FROM wanted WHERE place <= $6::int AND (running <= ${PAGE_BYTES_MAX} OR place = 1)),
  ends AS (
    SELECT (SELECT count(*)::int FROM looked) AS looked,
      (SELECT count(*) FROM wanted) > (SELECT count(*) FROM page) AS cut,
      last.session AS last_session, last.n AS last_n
    FROM (SELECT) AS one
      LEFT JOIN (SELECT session, n FROM looked ORDER BY session DESC, n DESC LIMIT 1) AS last ON true)
  SELECT ends.*, page.session, page.n, encode(s.sid, 'hex') AS sid, s.started_at, s.downloaded, s.derived,
    coalesce(e.ts, s.ts) AS ts, coalesce(e.received_at, s.received_at) AS received_at,
    coalesce(e.playhead, s.playhead) AS playhead, e.type,
    CASE WHEN page.n = 0 THEN s.payload ELSE e.payload END AS payload,
    CASE WHEN page.n = 0 THEN s.flags ELSE e.flags END AS flags,
    CASE WHEN page.n = 0 THEN s.wire ELSE e.wire END AS wire,
    c.reason, c.closed_at, c.end_ts, c.trimmed
  FROM ends LEFT JOIN page ON true LEFT JOIN sessions s ON s.id = page.session
    LEFT JOIN events e ON e.session = page.session AND e.n = page.n
    LEFT JOIN closes c ON c.session = page.session AND page.n = 0
  ORDER BY page.session, page.n`;

interface LogRow extends Omit<EventRow, "type">, CloseRow {
  readonly looked: number;
  readonly cut: boolean;
  readonly last_session: Big | null;
  readonly last_n: number | null;
  readonly session: Big | null;
  readonly n: number;
  readonly sid: string;
  readonly started_at: Big;
  readonly downloaded: boolean;
  readonly type: number | null;
  readonly trimmed: boolean | null;
  readonly derived: string | null;
}

/** Where the log begins and ends. */
export async function readExtent(client: PostgresClient): Promise<Extent> {
  const [row] = await client.run<{ first: Big | null; last: Big | null }>(
    "SELECT min(id) AS first, max(id) AS last FROM sessions",
  );
  if (!row || row.first === null) return { first: "0.0", last: "0.0", entries: 0, sessions: 0 };
  const first = { session: Number(row.first), n: -1 };
  const last = { session: Number(row.last), n: SHARES - 1 };
  const entries = shareOf(last) - shareOf(first);
  return { first: cursorOf(first), last: cursorOf(last), entries, sessions: last.session };
}

/** Reads a page. */
export async function readLog(
  client: PostgresClient,
  { after, until, fromMs, toMs, limit }: LogQuery,
  skip?: Skip,
): Promise<LogPage> {
  const from = placeOf(after);
  const to = placeOf(until);
  const least = Number.MIN_SAFE_INTEGER;
  const most = Number.MAX_SAFE_INTEGER;
  const values = [from.session, from.n, to.session, fromMs ?? least, toMs ?? most, limit];
  const rows = await client.run<LogRow>(LOG, values);
  const [ends] = rows;
  assert(ends, "a page of the log has its ends");
  const page = rows.filter(({ session }) => session !== null);
  const last = page.at(-1);
  const reached = ends.cut && last ? placeIn(last.session, last.n) : lookedTo(ends, to);
  return {
    events: page.flatMap((row) => loggedOf(row, skip)),
    reached: cursorOf(reached),
    done: shareOf(reached) - shareOf(from),
  };
}

function lookedTo({ looked, last_session, last_n }: LogRow, to: Place): Place {
  return looked === LOOKED_AT_MAX ? placeIn(last_session, last_n) : to;
}

function placeIn(session: Big | null, n: number | null): Place {
  return { session: Number(session), n: n ?? 0 };
}

function loggedOf(row: LogRow, skip: Skip | undefined): LoggedEvent[] {
  return unlessSkipped(skip, () => readBack(Number(row.session), () => entryOf(row)));
}

function entryOf(row: LogRow): LoggedEvent {
  const event = eventOf({ ...row, type: row.type ?? codeOf("sessionStart") }, row.n === 0 ? row.derived : null);
  if (row.n > 0) return { sid: row.sid, seq: row.n, event };
  const close = closeOf(row);
  return {
    sid: row.sid,
    seq: 0,
    event,
    session: {
      startedAtMs: Number(row.started_at),
      downloaded: row.downloaded,
      ...(close && { close }),
      ...(row.trimmed && { trimmed: true }),
    },
  };
}

function cursorOf({ session, n }: Place): Cursor {
  return `${session}.${n}`;
}

function placeOf(cursor: Cursor): Place {
  const [session, n] = cursor.split(".").map(Number);
  assert(Number.isSafeInteger(session) && Number.isSafeInteger(n), "a cursor is one that this store has told");
  return { session, n } as Place;
}

function shareOf({ session, n }: Place): number {
  return session * SHARES + Math.min(n, SHARES - 1);
}

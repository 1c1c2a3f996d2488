/** Reading the whole log in pages by key: nothing stays open between two of them, so no page holds the WAL up. */

import type { Database } from "bun:sqlite";
import { assert } from "../../base/assert.ts";
import { codeOf } from "../../protocol/catalogue.ts";
import type { Extent, LoggedEvent, LogPage, LogPosition, LogQuery } from "../store.ts";
import { type EventValues, eventOf } from "./rows.ts";

type LoggedRow = [at: number, sid: string, ...event: EventValues];

/** A page looks at no more than this, wanted or not, so that it takes milliseconds whatever is asked for. */
const LOOKED_AT_MAX = 10_000;

const EVENTS = `
  SELECT events.seq, sid, events.ts, events.received_at, type, events.playhead, events.payload, events.flags
  FROM events JOIN sessions ON sessions.id = events.session
  WHERE events.seq > $after AND events.seq <= $until AND events.received_at >= $from AND events.received_at < $to
  ORDER BY events.seq LIMIT $limit`;

const STARTS = `
  SELECT id, sid, ts, received_at, ${codeOf("sessionStart")}, playhead, payload, flags
  FROM sessions
  WHERE id > $after AND id <= $until AND received_at >= $from AND received_at < $to
  ORDER BY id LIMIT $limit`;

/** Where the log begins and ends. */
export function readExtent(client: Database): Extent {
  const row = client
    .query<Record<"firstSeq" | "lastSeq" | "firstSession" | "lastSession", number>, []>(
      `SELECT
        coalesce((SELECT min(seq) FROM events) - 1, 0) AS firstSeq,
        coalesce((SELECT max(seq) FROM events), 0) AS lastSeq,
        coalesce((SELECT min(id) FROM sessions) - 1, 0) AS firstSession,
        coalesce((SELECT max(id) FROM sessions), 0) AS lastSession`,
    )
    .get();
  assert(row, "an aggregate has a row");
  return {
    first: { seq: row.firstSeq, session: row.firstSession },
    last: { seq: row.lastSeq, session: row.lastSession },
  };
}

/** Reads a page: of starts while there are any, then of events. */
export function readLog(client: Database, query: LogQuery): LogPage {
  const { after, until } = query;
  if (after.session < until.session) {
    const { rows, reached } = readRows(client, STARTS, query, "session");
    return { events: rows.map((row) => loggedOf(row, 0)), reached: { ...after, session: reached } };
  }
  const { rows, reached } = readRows(client, EVENTS, query, "seq");
  return { events: rows.map((row) => loggedOf(row, row[0])), reached: { ...after, seq: reached } };
}

function readRows(client: Database, statement: string, query: LogQuery, by: keyof LogPosition) {
  const { after, until, fromMs = Number.MIN_SAFE_INTEGER, toMs = Number.MAX_SAFE_INTEGER, limit } = query;
  const end = Math.min(until[by], after[by] + LOOKED_AT_MAX);
  const rows = client
    .query<never, Record<string, number>>(statement)
    .values({ after: after[by], until: end, from: fromMs, to: toMs, limit }) as unknown as LoggedRow[];
  const last = rows.at(-1);
  return { rows, reached: last && rows.length === limit ? last[0] : end };
}

function loggedOf(row: LoggedRow, seq: number): LoggedEvent {
  const [, sid, ts, receivedAt, type, playhead, payload, flags] = row;
  return { sid, seq, event: eventOf({ ts, receivedAt, type, playhead, payload, flags }) };
}

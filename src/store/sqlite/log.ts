/** Reads the whole log in pages by key. Between two pages the database is free, so the WAL can be emptied. */

import type { Database } from "bun:sqlite";
import { assert } from "../../base/assert.ts";
import { codeOf } from "../../protocol/catalogue.ts";
import { DamageError, readBack, type Skip } from "../damage.ts";
import type { LogPosition } from "../journal.ts";
import type { Cursor, Extent, LoggedEvent, LogPage, LogQuery } from "../log.ts";
import { isDamage, unlessDamaged } from "./damage.ts";
import { takePage } from "./page.ts";
import { type CloseValues, closeOf, type EventColumns, eventOf } from "./rows.ts";
import { EVENTS_BY_NUMBER, SESSIONS_BY_NUMBER, walk } from "./walk.ts";

type LoggedRow = EventColumns & { readonly at: number; readonly session: number; readonly sid: string };

/** A start, with its session's close if there is one. */
interface StartRow extends LoggedRow, CloseValues {
  readonly derived: string | null;
  readonly startedAt: number;
  readonly downloaded: 0 | 1;
  readonly trimmed: 0 | 1 | null;
}

/** A page reads no more entries than this, wanted or not, so that it takes milliseconds for any question. */
const LOOKED_AT_MAX = 10_000;

const EVENTS = `
  SELECT events.seq AS at, session, sid, events.ts, events.received_at AS receivedAt, type, events.playhead,
    events.payload, events.flags, events.wire
  FROM events JOIN sessions ON sessions.id = events.session
  WHERE events.seq > $after AND events.seq <= $until AND events.received_at >= $from AND events.received_at < $to
  ORDER BY events.seq LIMIT $limit`;

const STARTS = `
  SELECT id AS at, id AS session, sid, ts, received_at AS receivedAt, ${codeOf("sessionStart")} AS type, playhead,
    payload, flags, wire, derived, started_at AS startedAt, downloaded, reason, closed_at AS closedAt,
    end_ts AS endTs, trimmed
  FROM sessions LEFT JOIN closes ON closes.session = sessions.id
  WHERE id > $after AND id <= $until AND received_at >= $from AND received_at < $to
  ORDER BY id LIMIT $limit`;

/** The numbers given out last; a checkpoint remembers them after the rows themselves are gone. */
export function lastPosition(client: Database): LogPosition {
  const row = client
    .query<LogPosition, []>(
      `SELECT
        max((SELECT coalesce(max(seq), 0) FROM events), (SELECT coalesce(max(seq), 0) FROM positions)) AS seq,
        max(coalesce((SELECT id FROM sessions ORDER BY id DESC LIMIT 1), 0),
          (SELECT coalesce(max(session), 0) FROM positions)) AS session`,
    )
    .get();
  assert(row, "an aggregate has a row");
  return row;
}

/** Makes the text of a place in the log. */
export function cursorOf({ session, seq }: LogPosition): Cursor {
  return `${session}.${seq}`;
}

export function positionOf(cursor: Cursor): LogPosition {
  const [session, seq] = cursor.split(".").map(Number);
  assert(Number.isSafeInteger(session) && Number.isSafeInteger(seq), "a cursor is one that this store has told");
  return { session, seq } as LogPosition;
}

/**
 * Where the log begins and ends, in this file's own numbers. Where a damaged page has an end, the log reaches as far as
 * the other tables say: what is on that page can't be read anyway.
 */
export function readEnds(client: Database): Readonly<Record<"first" | "last", LogPosition>> {
  const read = (sql: string) => client.query<{ at: number | null }, []>(`SELECT (${sql}) AS at`).get()?.at ?? 0;
  const end = (sql: string, otherwise: string) =>
    unlessDamaged(
      () => read(sql),
      () => read(otherwise),
    );
  return {
    first: {
      seq: end("SELECT min(seq) - 1 FROM events", "0"),
      session: end("SELECT id - 1 FROM sessions ORDER BY id LIMIT 1", "0"),
    },
    last: {
      seq: end("SELECT max(seq) FROM events", "SELECT max(seq) FROM positions"),
      session: end("SELECT id FROM sessions ORDER BY id DESC LIMIT 1", "SELECT max(session) FROM positions"),
    },
  };
}

/** Where the log begins and ends. */
export function readExtent(client: Database): Extent {
  const { first, last } = readEnds(client);
  const entries = last.seq - first.seq + last.session - first.session;
  return { first: cursorOf(first), last: cursorOf(last), entries, sessions: last.session };
}

/** Reads a page: of starts while any are left, then of events. */
export function readLog(client: Database, { after, until, ...range }: LogQuery, skip?: Skip): LogPage {
  const from = positionOf(after);
  const to = positionOf(until);
  const isOfStarts = from.session < to.session;
  const by = isOfStarts ? "session" : "seq";
  const query = { ...range, after: from[by], until: to[by] };
  const read = (part: RowQuery) =>
    isOfStarts
      ? readRows<StartRow>(client, STARTS, part, startOf)
      : readRows<LoggedRow>(client, EVENTS, part, loggedOf);
  try {
    return pageOf(read(query));
  } catch (error) {
    if (!skip || !isDamage(error)) throw error;
    return pageOf(readAround(query, skip));
  }

  function pageOf({ events, reached }: ReturnType<typeof read>): LogPage {
    return { events, reached: cursorOf({ ...from, [by]: reached }), done: reached - from[by] };
  }

  /** Reads row by row, and leaves damaged ones out. */
  function readAround(part: RowQuery, skipped: Skip): ReturnType<typeof read> {
    const end = Math.min(part.until, part.after + LOOKED_AT_MAX);
    const order = isOfStarts ? SESSIONS_BY_NUMBER : EVENTS_BY_NUMBER;
    const events: LoggedEvent[] = [];
    for (const { id } of walk(client, order, { key: part.after })) {
      if (id > end) break;
      const found = unlessDamaged(
        () => read({ ...part, after: id - 1, until: id, limit: 1 }).events,
        (error) => {
          skipped(error instanceof DamageError ? error.session : isOfStarts ? id : undefined);
          return [];
        },
      );
      events.push(...found);
      if (events.length === part.limit) return { events, reached: id };
    }
    return { events, reached: end };
  }
}

type RowQuery = Omit<LogQuery, "after" | "until"> & Readonly<Record<"after" | "until", number>>;

function readRows<Row extends LoggedRow>(
  client: Database,
  statement: string,
  query: RowQuery,
  read: (row: Row) => LoggedEvent,
) {
  const { after, until, fromMs = Number.MIN_SAFE_INTEGER, toMs = Number.MAX_SAFE_INTEGER, limit } = query;
  const end = Math.min(until, after + LOOKED_AT_MAX);
  const found = client
    .query<Row, Record<string, number>>(statement)
    .iterate({ after, until: end, from: fromMs, to: toMs, limit });
  const { page, isCut } = takePage(
    found,
    ({ payload, flags, wire }) => textBytes(payload) + textBytes(flags) + textBytes(wire),
  );
  const last = page.at(-1);
  return { events: page.map(read), reached: last && (isCut || page.length === limit) ? last.at : end };
}

function textBytes(text: string | null): number {
  return text === null ? 0 : text.length;
}

function loggedOf(row: LoggedRow): LoggedEvent {
  return { sid: row.sid, seq: row.at, event: readBack(row.session, () => eventOf(row)) };
}

function startOf(row: StartRow): LoggedEvent {
  const { reason, closedAt, endTs } = row;
  return readBack(row.session, () => ({
    sid: row.sid,
    seq: 0,
    event: eventOf(row, row.derived),
    session: {
      startedAtMs: row.startedAt,
      downloaded: row.downloaded === 1,
      ...(reason !== null && { close: closeOf({ reason, closedAt, endTs }) }),
      ...(row.trimmed === 1 && { trimmed: true }),
    },
  }));
}

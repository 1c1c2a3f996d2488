/**
 * Stores whole writes, for an import: sessions with dates of their own.
 *
 * It is one statement, as for players. A session that has been erased meanwhile gets nothing more.
 */

import { assert } from "../../base/assert.ts";
import type { Close } from "../../sessions/deadline.ts";
import type { Head, Write } from "../journal.ts";
import type { OpeningKey } from "../opening.ts";
import type { WrittenEvent } from "../written.ts";
import { arraysFrom, arraysOf, behind, type Columns, namesOf } from "./arrays.ts";
import type { Value } from "./client.ts";
import { EVENT, eventArrays, PLACE } from "./writes.ts";

interface Opened {
  readonly write: Write;
  readonly event: WrittenEvent;
  readonly id: number;
  /** Its key; only a player's start is known by its body, for a minute. */
  readonly opening: OpeningKey | undefined;
}

/** What a batch says of each session that it opens, beside the event of its start. */
const OPENED: Columns<Opened> = {
  id: { type: "bigint", of: ({ id }) => id },
  sid: { type: "bytea", of: ({ write }) => write.head.sid },
  started_at: { type: "bigint", of: ({ write }) => write.head.startedAtMs },
  downloaded: { type: "boolean", of: ({ write }) => write.downloaded ?? false },
  derived: { type: "text", of: ({ event }) => event.text.derived },
  rule: { type: "text", of: ({ opening }) => opening?.rule ?? null },
  key: { type: "text", of: ({ opening }) => opening?.key ?? null },
  request: { type: "text", of: ({ opening }) => opening?.request ?? null },
};

/** The state of a head once its writes are stored. */
interface Moved {
  id: number;
  n: number;
  bytes: number;
  close: Close | undefined;
  pending: boolean;
}

/** What a batch says of each session that it moves. */
const MOVED: Columns<{ readonly head: Head; readonly moved: Moved; readonly lookAtMs: number }> = {
  session: { type: "bigint", of: ({ moved }) => moved.id },
  sid: { type: "bytea", of: ({ head }) => head.sid },
  n: { type: "int", of: ({ moved }) => moved.n },
  bytes: { type: "bigint", of: ({ moved }) => moved.bytes },
  arrived_at: { type: "bigint", of: ({ head }) => head.arrivedAtMs },
  moved_at: { type: "bigint", of: ({ head }) => head.movedAtMs },
  playhead: { type: "bigint", of: ({ head }) => head.playheadMs },
  ts_max: { type: "bigint", of: ({ head }) => head.tsMaxMs },
  look_at: { type: "bigint", of: ({ lookAtMs }) => lookAtMs },
  reason: { type: "text", of: ({ moved }) => moved.close?.reason ?? null },
  closed_at: { type: "bigint", of: ({ moved }) => moved.close?.closedAtMs ?? null },
  end_ts: { type: "bigint", of: ({ moved }) => moved.close?.endTsMs ?? null },
  pending: { type: "boolean", of: ({ moved }) => moved.pending },
};

const EVENTS_FROM = behind(1, { ...OPENED, ...EVENT });
const MOVED_FROM = behind(EVENTS_FROM, { ...PLACE, ...EVENT });

const SIGNS = ["arrived_at", "moved_at", "playhead", "ts_max", "bytes", "n"];
/** A player who goes on with a session meanwhile moves its head on, which then stays so. */
const GONE_ON = SIGNS.map((name) => `${name} = CASE WHEN heads.n > m.n THEN heads.${name} ELSE m.${name} END`).join(
  ", ",
);

export const APPEND = `
  WITH opened AS MATERIALIZED (
    SELECT * FROM unnest(${arraysFrom(1, { ...OPENED, ...EVENT })})
      AS u(${namesOf({ ...OPENED, ...EVENT })})),
  there AS MATERIALIZED (
    SELECT id FROM sessions WHERE id = ANY($${MOVED_FROM}::text::bigint[]) ORDER BY id FOR UPDATE),
  moved AS MATERIALIZED (
    SELECT u.* FROM unnest(${arraysFrom(MOVED_FROM, MOVED)}) AS u(${namesOf(MOVED)})
    WHERE session IN (SELECT id FROM there) OR session IN (SELECT id FROM opened)),
  s AS (
    INSERT INTO sessions (id, sid, started_at, received_at, ts, playhead, downloaded, undated, payload, flags, wire,
      derived)
    SELECT id, sid, started_at, at, ts, playhead, downloaded, true, payload, flags, wire, derived FROM opened),
  o AS (
    INSERT INTO openings (key, rule, request, session, at, asked_at)
    SELECT DISTINCT ON (key, rule) key, rule, request, id, at, at FROM opened WHERE rule IS NOT NULL
    ORDER BY key, rule, id DESC
    ON CONFLICT (key, rule) DO UPDATE SET request = excluded.request, session = excluded.session, at = excluded.at,
      asked_at = excluded.asked_at),
  e AS (
    INSERT INTO events (session, n, ts, received_at, playhead, type, payload, flags, wire)
    SELECT u.session, u.n, u.ts, u.at, u.playhead, u.type, u.payload, u.flags, u.wire
    FROM unnest(${arraysFrom(EVENTS_FROM, { ...PLACE, ...EVENT })}) AS u(${namesOf({ ...PLACE, ...EVENT })})
    WHERE u.session IN (SELECT session FROM moved)),
  h AS (
    INSERT INTO heads (sid, session, look_at, ${SIGNS.join(", ")})
    SELECT sid, session, look_at, ${SIGNS.join(", ")} FROM moved
    WHERE reason IS NULL AND session IN (SELECT id FROM opened)),
  went AS (
    UPDATE heads SET look_at = m.look_at, ${GONE_ON} FROM moved m
    WHERE heads.sid = m.sid AND m.reason IS NULL AND m.session IN (SELECT id FROM there)),
  gone AS (
    DELETE FROM heads WHERE sid IN (SELECT sid FROM moved WHERE reason IS NOT NULL) RETURNING session, n, bytes),
  c AS (
    INSERT INTO closes AS k (session, reason, closed_at, end_ts, bytes, last_n, pending)
    SELECT session, m.reason, m.closed_at, m.end_ts, greatest(m.bytes, gone.bytes), greatest(m.n, gone.n), m.pending
    FROM moved m LEFT JOIN gone USING (session) WHERE m.reason IS NOT NULL
    ON CONFLICT (session) DO UPDATE SET reason = excluded.reason, closed_at = excluded.closed_at,
      end_ts = excluded.end_ts, bytes = greatest(k.bytes, excluded.bytes),
      last_n = greatest(k.last_n, excluded.last_n), pending = excluded.pending,
      attempts = least(k.attempts, $${behind(MOVED_FROM, MOVED)}::int))
  SELECT session FROM moved`;

interface Appended {
  readonly values: readonly Value[];
  readonly heads: ReadonlyMap<Head, Moved>;
}

interface AppendOptions {
  /** Gives out a session's number. */
  readonly newId: () => number;
  /** When to look whether an imported session that stays open is due. */
  readonly lookAtMs: number;
  readonly attemptsMax: number;
}

/** The values of {@link APPEND}; leaves the heads themselves unchanged. */
export function appended(writes: readonly Write[], { newId, lookAtMs, attemptsMax }: AppendOptions): Appended {
  const heads = new Map<Head, Moved>();
  const opened: Opened[] = [];
  const events: { readonly event: WrittenEvent; readonly session: number; readonly n: number }[] = [];
  for (const write of writes) {
    const { head, start, events: added, close, unfinished = false } = write;
    const moved = heads.get(head) ?? { id: head.id, n: head.seq, bytes: head.bytes, close: head.close, pending: true };
    heads.set(head, moved);
    moved.pending = !unfinished;
    if (start) {
      moved.id = newId();
      moved.bytes += start.text.bytes;
      const { opening } = write;
      opened.push({ write, event: start, id: moved.id, opening: opening?.rule === "body" ? undefined : opening });
    }
    assert(moved.id > 0, "an event's session is stored before it");
    for (const event of added) {
      moved.n += 1;
      moved.bytes += event.text.bytes;
      events.push({ event, session: moved.id, n: moved.n });
    }
    moved.close = close ?? moved.close;
  }
  const movedHeads = [...heads].map(([head, moved]) => ({ head, moved, lookAtMs }));
  const values = [
    ...arraysOf(OPENED, opened),
    ...eventArrays(opened),
    ...arraysOf(PLACE, events),
    ...eventArrays(events),
    ...arraysOf(MOVED, movedHeads),
    attemptsMax,
  ];
  return { values, heads };
}

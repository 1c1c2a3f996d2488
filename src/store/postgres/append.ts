/**
 * Stores whole writes, for an import: sessions with dates of their own, which no player sends to meanwhile.
 *
 * It is one statement, as for players. A session that has been erased meanwhile gets nothing more.
 */

import { assert } from "../../base/assert.ts";
import type { Close } from "../../sessions/deadline.ts";
import type { Head, Write } from "../journal.ts";
import type { WrittenEvent } from "../written.ts";
import { bytesText, flagsText, numbersText, textsText } from "./arrays.ts";
import type { Value } from "./client.ts";
import { arraysFrom, EVENT_ARRAYS, EVENT_NAMES, eventValues } from "./writes.ts";

const OPENED = ["bigint", "bytea", "bigint", "boolean", ...EVENT_ARRAYS, "text", "text", "text", "text"];
/** The columns of a head that moves, each with the type of its array. */
const MOVED = {
  session: "bigint",
  sid: "bytea",
  n: "int",
  bytes: "bigint",
  arrived_at: "bigint",
  moved_at: "bigint",
  playhead: "bigint",
  ts_max: "bigint",
  look_at: "bigint",
  reason: "text",
  closed_at: "bigint",
  end_ts: "bigint",
  pending: "boolean",
} as const;
const MOVED_NAMES = Object.keys(MOVED);
const AFTER_OPENED = 1 + OPENED.length;
const AFTER_EVENTS = AFTER_OPENED + 2 + EVENT_ARRAYS.length;
const LAST = AFTER_EVENTS + MOVED_NAMES.length;

export const APPEND = `
  WITH opened AS MATERIALIZED (
    SELECT * FROM unnest(${arraysFrom(1, OPENED)})
      AS u(id, sid, started_at, downloaded, ${EVENT_NAMES}, derived, rule, key, request)),
  there AS MATERIALIZED (
    SELECT id FROM sessions WHERE id = ANY($${AFTER_EVENTS}::text::bigint[]) ORDER BY id FOR UPDATE),
  moved AS MATERIALIZED (
    SELECT u.* FROM unnest(${arraysFrom(AFTER_EVENTS, Object.values(MOVED))}) AS u(${MOVED_NAMES.join(", ")})
    WHERE session IN (SELECT id FROM there) OR session IN (SELECT id FROM opened)),
  s AS (
    INSERT INTO sessions (id, sid, started_at, received_at, ts, playhead, downloaded, payload, flags, wire, derived)
    SELECT id, sid, started_at, at, ts, playhead, downloaded, payload, flags, wire, derived FROM opened),
  o AS (
    INSERT INTO openings (key, rule, request, session, at, asked_at)
    SELECT DISTINCT ON (key, rule) key, rule, request, id, at, at FROM opened WHERE rule IS NOT NULL
    ORDER BY key, rule, id DESC
    ON CONFLICT (key, rule) DO UPDATE SET request = excluded.request, session = excluded.session, at = excluded.at,
      asked_at = excluded.asked_at),
  e AS (
    INSERT INTO events (session, n, ts, received_at, playhead, type, payload, flags, wire)
    SELECT u.session, u.n, u.ts, u.at, u.playhead, u.type, u.payload, u.flags, u.wire
    FROM unnest(${arraysFrom(AFTER_OPENED, ["bigint", "int", ...EVENT_ARRAYS])}) AS u(session, n, ${EVENT_NAMES})
    WHERE u.session IN (SELECT session FROM moved)),
  h AS (
    INSERT INTO heads (sid, session, arrived_at, moved_at, playhead, ts_max, look_at, bytes, n)
    SELECT sid, session, arrived_at, moved_at, playhead, ts_max, look_at, bytes, n FROM moved WHERE reason IS NULL
      AND NOT EXISTS (SELECT FROM closes WHERE closes.session = moved.session)
    ON CONFLICT (sid) DO UPDATE SET arrived_at = excluded.arrived_at, moved_at = excluded.moved_at,
      playhead = excluded.playhead, ts_max = excluded.ts_max, look_at = excluded.look_at, bytes = excluded.bytes,
      n = excluded.n),
  gone AS (DELETE FROM heads WHERE sid IN (SELECT sid FROM moved WHERE reason IS NOT NULL)),
  c AS (
    INSERT INTO closes AS k (session, reason, closed_at, end_ts, bytes, last_n, pending)
    SELECT session, reason, closed_at, end_ts, bytes, n, pending FROM moved WHERE reason IS NOT NULL
    ON CONFLICT (session) DO UPDATE SET reason = excluded.reason, closed_at = excluded.closed_at,
      end_ts = excluded.end_ts, bytes = excluded.bytes, last_n = excluded.last_n, pending = excluded.pending,
      attempts = least(k.attempts, $${LAST}::int))
  SELECT session FROM moved`;

/** The state of a head once its writes are stored. */
interface Moved {
  id: number;
  n: number;
  bytes: number;
  close: Close | undefined;
  pending: boolean;
}

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
  const opened: { readonly write: Write; readonly start: WrittenEvent; readonly id: number }[] = [];
  const events: { readonly event: WrittenEvent; readonly id: number; readonly n: number }[] = [];
  for (const write of writes) {
    const { head, start, events: added, close, unfinished = false } = write;
    const moved = heads.get(head) ?? { id: head.id, n: head.seq, bytes: head.bytes, close: head.close, pending: true };
    heads.set(head, moved);
    moved.pending = !unfinished;
    if (start) {
      moved.id = newId();
      moved.bytes += start.text.bytes;
      opened.push({ write, start, id: moved.id });
    }
    assert(moved.id > 0, "an event's session is stored before it");
    for (const event of added) {
      moved.n += 1;
      moved.bytes += event.text.bytes;
      events.push({ event, id: moved.id, n: moved.n });
    }
    moved.close = close ?? moved.close;
  }
  const values = [
    ...openedValues(opened),
    numbersText(events.map(({ id }) => id)),
    numbersText(events.map(({ n }) => n)),
    ...eventValues(events.map(({ event }) => event)),
    ...movedValues([...heads], lookAtMs),
    attemptsMax,
  ];
  return { values, heads };
}

function openedValues(opened: readonly { readonly write: Write; readonly start: WrittenEvent; readonly id: number }[]) {
  // Only a player's start is known by its body, for a minute.
  const openings = opened.map(({ write: { opening } }) => (opening?.rule === "body" ? undefined : opening));
  return [
    numbersText(opened.map(({ id }) => id)),
    bytesText(opened.map(({ write }) => write.head.sid)),
    numbersText(opened.map(({ write }) => write.head.startedAtMs)),
    flagsText(opened.map(({ write }) => write.downloaded ?? false)),
    ...eventValues(opened.map(({ start }) => start)),
    textsText(opened.map(({ start }) => start.text.derived)),
    textsText(openings.map((opening) => opening?.rule ?? null)),
    textsText(openings.map((opening) => opening?.key ?? null)),
    textsText(openings.map((opening) => opening?.request ?? null)),
  ];
}

function movedValues(heads: readonly (readonly [Head, Moved])[], lookAtMs: number): Value[] {
  return [
    numbersText(heads.map(([, { id }]) => id)),
    bytesText(heads.map(([{ sid }]) => sid)),
    numbersText(heads.map(([, { n }]) => n)),
    numbersText(heads.map(([, { bytes }]) => bytes)),
    numbersText(heads.map(([{ arrivedAtMs }]) => arrivedAtMs)),
    numbersText(heads.map(([{ movedAtMs }]) => movedAtMs)),
    numbersText(heads.map(([{ playheadMs }]) => playheadMs)),
    numbersText(heads.map(([{ tsMaxMs }]) => tsMaxMs)),
    numbersText(heads.map(() => lookAtMs)),
    textsText(heads.map(([, { close }]) => close?.reason ?? null)),
    numbersText(heads.map(([, { close }]) => close?.closedAtMs ?? null)),
    numbersText(heads.map(([, { close }]) => close?.endTsMs ?? null)),
    flagsText(heads.map(([, { pending }]) => pending)),
  ];
}

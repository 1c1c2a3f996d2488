/**
 * The statements that take what players send: each is a transaction and a round trip of its own, so that no node that
 * stops half-way can hold a lock.
 *
 * Locks are taken in one order, so that no two statements wait for each other: writers, openings, sessions, heads by
 * sid, closes by number, counters.
 */

import { codeOf } from "../../protocol/catalogue.ts";
import { NEVER_MOVED_MS } from "../../sessions/deadline.ts";
import { ATTEMPTS_MAX } from "../fold-failure.ts";
import type { LateEvent, SharedEvent, SharedOpening, SharedRules } from "../shared.ts";
import type { WrittenEvent } from "../written.ts";
import { bytesText, flagsText, hashText, numbersText, textsText } from "./arrays.ts";
import type { Value } from "./client.ts";
import { FENCE, type FencedStatement, MOVE_FENCE, OUTCOME } from "./fence.ts";

/** The instant when the session of a head `h` is due, by the parameters of the idle and the stall timeout. */
export function deadlineSql(idle: string, stall: string): string {
  return `least(h.arrived_at + ${idle}::bigint, h.moved_at + ${stall}::bigint)`;
}

/** The array types of the columns that {@link eventValues} gives. */
export const EVENT_ARRAYS = ["bigint", "bigint", "bigint", "smallint", "int", "text", "text", "text"];
export const EVENT_NAMES = "ts, at, playhead, type, bytes, payload, flags, wire";
const INSERT_EVENTS = `inserted AS (
  INSERT INTO events (session, n, ts, received_at, playhead, type, payload, flags, wire)
  SELECT session, n, ts, at, playhead, type, payload, flags, wire FROM stored)`;

/**
 * Takes one event for each open session that isn't due and has room, and lets none arrive before those that it follows:
 * the clocks of two nodes differ a little. `sid = ANY` makes every plan a lookup by key.
 */
const IS_TAKEN = `h.sid = u.sid AND h.sid = ANY($5::text::bytea[]) AND u.at < ${deadlineSql("$14", "$15")}
  AND h.n + 1 < $16::int AND h.bytes + u.bytes <= $17::bigint`;
const OF_SIDS = `unnest($5::text::bytea[], ${arraysFrom(6, EVENT_ARRAYS)})
  WITH ORDINALITY AS u(sid, ${EVENT_NAMES}, ord)`;
const OF_EVENT = "u.ts, u.playhead, u.type, u.payload, u.flags, u.wire, u.ord";

const ADD = `
  WITH ${FENCE},
  stored AS (
    UPDATE heads h SET n = h.n + 1, bytes = h.bytes + u.bytes, arrived_at = greatest(h.arrived_at, u.at),
      moved_at = CASE WHEN h.playhead = u.playhead THEN h.moved_at WHEN h.moved_at = ${NEVER_MOVED_MS} THEN u.at
        ELSE greatest(h.moved_at, u.at) END,
      playhead = u.playhead, ts_max = greatest(h.ts_max, u.ts)
    FROM fence, ${OF_SIDS} WHERE ${IS_TAKEN} RETURNING h.session, h.n, h.arrived_at AS at, ${OF_EVENT}),
  ${INSERT_EVENTS}, ${MOVE_FENCE} ${OUTCOME}`;

const END = `
  WITH ${FENCE},
  stored AS (
    DELETE FROM heads h USING fence, ${OF_SIDS} WHERE ${IS_TAKEN}
    RETURNING h.session, h.n + 1 AS n, h.bytes + u.bytes AS total, greatest(h.arrived_at, u.at) AS at, ${OF_EVENT}),
  ${INSERT_EVENTS},
  closed AS (
    INSERT INTO closes (session, reason, closed_at, end_ts, bytes, last_n, pending)
    SELECT session, 'session-end', at, ts, total, n, true FROM stored),
  ${MOVE_FENCE} ${OUTCOME}`;

const LATE = `
  WITH ${FENCE},
  stored AS (
    UPDATE closes c SET last_n = c.last_n + 1, bytes = c.bytes + u.bytes, pending = true, claimed_until = 0,
      attempts = least(c.attempts, ${ATTEMPTS_MAX - 1})
    FROM fence, unnest($5::text::bigint[], ${arraysFrom(6, EVENT_ARRAYS)})
      WITH ORDINALITY AS u(session, ${EVENT_NAMES}, ord)
    WHERE c.session = u.session AND c.session = ANY($5::text::bigint[]) AND u.at <= c.closed_at + $14::bigint
      AND u.ts <= c.end_ts AND NOT c.trimmed AND c.reason <> 'limit'
      AND c.last_n + 1 < $15::int AND c.bytes + u.bytes <= $16::bigint
    RETURNING c.session, c.last_n AS n, u.at, ${OF_EVENT}),
  ${INSERT_EVENTS}, ${MOVE_FENCE} ${OUTCOME}`;

/** The columns of a session to open, each with the type of its array. */
const OPENING = {
  id: "bigint",
  sid: "bytea",
  started_at: "bigint",
  received_at: "bigint",
  ts: "bigint",
  playhead: "bigint",
  downloaded: "boolean",
  payload: "text",
  flags: "text",
  wire: "text",
  derived: "text",
  arrived_at: "bigint",
  moved_at: "bigint",
  head_playhead: "bigint",
  ts_max: "bigint",
  look_at: "bigint",
  bytes: "bigint",
  n: "int",
  reason: "text",
  closed_at: "bigint",
  end_ts: "bigint",
  rule: "text",
  key: "text",
  request: "text",
  replaces: "bigint",
  opening: "bigint",
} as const;
const OPENING_NAMES = Object.keys(OPENING);
const OPENING_TYPES = Object.values(OPENING);
const AFTER_OPENING = 5 + OPENING_NAMES.length;

const START = `
  WITH ${FENCE},
  asked AS MATERIALIZED (
    SELECT u.* FROM fence, unnest(${arraysFrom(5, OPENING_TYPES)})
      WITH ORDINALITY AS u(${OPENING_NAMES.join(", ")}, ord)),
  known AS (
    INSERT INTO openings (key, rule, request, session, at, asked_at)
    SELECT key, rule, request, id, received_at, received_at FROM asked WHERE rule IS NOT NULL ORDER BY key, rule
    ON CONFLICT (key, rule) DO UPDATE SET request = excluded.request, session = excluded.session, at = excluded.at,
      asked_at = excluded.asked_at
    WHERE openings.session = (SELECT replaces FROM asked WHERE asked.id = excluded.session)
    RETURNING session),
  admitted AS MATERIALIZED (SELECT * FROM asked WHERE rule IS NULL OR id IN (SELECT session FROM known)),
  headed AS (
    INSERT INTO heads (sid, session, arrived_at, moved_at, playhead, ts_max, look_at, bytes, n, opening)
    SELECT sid, id, arrived_at, moved_at, head_playhead, ts_max, look_at, bytes, n, opening FROM admitted
    WHERE reason IS NULL ORDER BY opening
    ON CONFLICT (opening) DO NOTHING RETURNING session),
  stored AS MATERIALIZED (
    SELECT * FROM admitted WHERE reason IS NOT NULL OR id IN (SELECT session FROM headed)),
  opened AS (
    INSERT INTO sessions (id, sid, started_at, received_at, ts, playhead, downloaded, payload, flags, wire, derived)
    SELECT id, sid, started_at, received_at, ts, playhead, downloaded, payload, flags, wire, derived FROM stored),
  inserted AS (
    INSERT INTO events (session, n, ts, received_at, playhead, type, payload, flags, wire)
    SELECT stored.id, u.n, u.ts, u.at, u.playhead, u.type, u.payload, u.flags, u.wire FROM stored JOIN
      unnest(${arraysFrom(AFTER_OPENING, ["bigint", "int", ...EVENT_ARRAYS])}) AS u(session, n, ${EVENT_NAMES})
      ON u.session = stored.id),
  closed AS (
    INSERT INTO closes (session, reason, closed_at, end_ts, bytes, last_n, pending)
    SELECT id, reason, closed_at, end_ts, bytes, n, true FROM stored WHERE reason IS NOT NULL),
  ${MOVE_FENCE} ${OUTCOME}`;

export function addStatement(added: readonly SharedEvent[], rules: SharedRules): FencedStatement {
  return { text: ADD, values: valuesOfOpen(added, rules), size: added.length };
}

export function endStatement(ends: readonly SharedEvent[], rules: SharedRules): FencedStatement {
  return { text: END, values: valuesOfOpen(ends, rules), size: ends.length };
}

export function lateStatement(
  late: readonly LateEvent[],
  { lateGraceMs, sizeLimits: { eventsMax, bytesMax } }: SharedRules,
): FencedStatement {
  const sessions = numbersText(late.map(({ session }) => session));
  const values = [sessions, ...eventValues(late.map(({ event }) => event)), lateGraceMs, eventsMax, bytesMax];
  return { text: LATE, values, size: late.length };
}

/** @param ids the number of each */
export function startStatement(openings: readonly SharedOpening[], ids: readonly number[]): FencedStatement {
  const events = openings.flatMap((opening, at) =>
    opening.events.map((event, before) => ({ event, session: ids[at] as number, n: before + 1 })),
  );
  const values = [
    ...openingValues(openings, ids),
    numbersText(events.map(({ session }) => session)),
    numbersText(events.map(({ n }) => n)),
    ...eventValues(events.map(({ event }) => event)),
  ];
  return { text: START, values, size: openings.length };
}

function openingValues(openings: readonly SharedOpening[], ids: readonly number[]): Value[] {
  const keys = openings.map(({ opening }) => (opening?.rule === "body" ? undefined : opening));
  const numbers = (of: (opening: SharedOpening) => number | null | undefined) =>
    numbersText(openings.map((opening) => of(opening) ?? null));
  const texts = (of: (opening: SharedOpening) => string | null | undefined) =>
    textsText(openings.map((opening) => of(opening) ?? null));
  return [
    numbersText(ids),
    bytesText(openings.map(({ sid }) => sid)),
    numbers(({ startedAtMs }) => startedAtMs),
    numbers(({ start }) => start.receivedAtMs),
    numbers(({ start }) => start.tsMs),
    numbers(({ start }) => start.playheadMs),
    flagsText(openings.map(({ downloaded }) => downloaded)),
    texts(({ start }) => start.text.payload),
    texts(({ start }) => start.text.flags),
    texts(({ start }) => start.text.wire),
    texts(({ start }) => start.text.derived),
    numbers(({ signs }) => signs.arrivedAtMs),
    numbers(({ signs }) => signs.movedAtMs),
    numbers(({ signs }) => signs.playheadMs),
    numbers(({ signs }) => signs.tsMaxMs),
    numbers(({ lookAtMs }) => lookAtMs),
    numbers(({ start, events }) => [start, ...events].reduce((sum, { text }) => sum + text.bytes, 0)),
    numbers(({ events }) => events.length),
    texts(({ close }) => close?.reason),
    numbers(({ close }) => close?.closedAtMs),
    numbers(({ close }) => close?.endTsMs),
    textsText(keys.map((key) => key?.rule ?? null)),
    textsText(keys.map((key) => key?.key ?? null)),
    textsText(keys.map((key) => key?.request ?? null)),
    numbers(({ replaces }) => replaces),
    `{${openings.map(({ opening }) => (opening?.rule === "body" ? hashText(opening.key) : "NULL")).join(",")}}`,
  ];
}

function valuesOfOpen(
  added: readonly SharedEvent[],
  { timeouts: { idleMs, stallMs }, sizeLimits: { eventsMax, bytesMax } }: SharedRules,
): Value[] {
  const sids = bytesText(added.map(({ sid }) => sid));
  return [sids, ...eventValues(added.map(({ event }) => event)), idleMs, stallMs, eventsMax, bytesMax];
}

/** The columns of events, as {@link EVENT_ARRAYS}. */
export function eventValues(events: readonly WrittenEvent[]): Value[] {
  return [
    numbersText(events.map(({ tsMs }) => tsMs)),
    numbersText(events.map(({ receivedAtMs }) => receivedAtMs)),
    numbersText(events.map(({ playheadMs }) => playheadMs)),
    numbersText(events.map(({ type }) => codeOf(type))),
    numbersText(events.map(({ text }) => text.bytes)),
    textsText(events.map(({ text }) => text.payload)),
    textsText(events.map(({ text }) => text.flags)),
    textsText(events.map(({ text }) => text.wire)),
  ];
}

/** Casts array texts, from a parameter on: `$6::text::bigint[], …`. */
export function arraysFrom(first: number, types: readonly string[]): string {
  return types.map((type, at) => `$${first + at}::text::${type}[]`).join(", ");
}

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
import type { LateEvent, SharedEvent, SharedRules } from "../shared.ts";
import type { WrittenEvent } from "../written.ts";
import { arraysFrom, arraysOf, behind, type Columns, namesOf } from "./arrays.ts";
import type { Value } from "./client.ts";
import { FENCE, type FencedStatement, MOVE_FENCE, OUTCOME } from "./fence.ts";

/** The instant when the session of a head `h` is due, by the parameters of the idle and the stall timeout. */
export function deadlineSql(idle: string, stall: string): string {
  return `least(h.arrived_at + ${idle}::bigint, h.moved_at + ${stall}::bigint)`;
}

/** What a batch says of each event. */
export const EVENT: Columns<WrittenEvent> = {
  ts: { type: "bigint", of: ({ tsMs }) => tsMs },
  at: { type: "bigint", of: ({ receivedAtMs }) => receivedAtMs },
  playhead: { type: "bigint", of: ({ playheadMs }) => playheadMs },
  type: { type: "smallint", of: ({ type }) => codeOf(type) },
  bytes: { type: "int", of: ({ text }) => text.bytes },
  payload: { type: "text", of: ({ text }) => text.payload },
  flags: { type: "text", of: ({ text }) => text.flags },
  wire: { type: "text", of: ({ text }) => text.wire },
};
/** The place of an event: the session that it belongs to, and its number there. */
export const PLACE: Columns<{ readonly session: number; readonly n: number }> = {
  session: { type: "bigint", of: ({ session }) => session },
  n: { type: "int", of: ({ n }) => n },
};
const SID: Columns<SharedEvent> = { sid: { type: "bytea", of: ({ sid }) => sid } };
const SESSION: Columns<LateEvent> = { session: { type: "bigint", of: ({ session }) => session } };
/** The first parameter of a statement's own: the fence has those before it. */
export const AFTER_FENCE = 5;
const RULES_FROM = behind(AFTER_FENCE, { ...SID, ...EVENT });
const INSERT_EVENTS = `inserted AS (
  INSERT INTO events (session, n, ts, received_at, playhead, type, payload, flags, wire)
  SELECT session, n, ts, at, playhead, type, payload, flags, wire FROM stored)`;

/**
 * Takes one event for each open session that isn't due and has room, and lets none arrive before those that it follows:
 * the clocks of two nodes differ a little. `sid = ANY` makes every plan a lookup by key.
 */
const DUE = deadlineSql(`$${RULES_FROM}`, `$${RULES_FROM + 1}`);
const IS_TAKEN = `h.sid = u.sid AND h.sid = ANY(${arraysFrom(AFTER_FENCE, SID)}) AND u.at < ${DUE}
  AND h.n + 1 < $${RULES_FROM + 2}::int AND h.bytes + u.bytes <= $${RULES_FROM + 3}::bigint`;
const OF_SIDS = `unnest(${arraysFrom(AFTER_FENCE, { ...SID, ...EVENT })})
  WITH ORDINALITY AS u(${namesOf({ ...SID, ...EVENT })}, ord)`;
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
    FROM fence, unnest(${arraysFrom(AFTER_FENCE, { ...SESSION, ...EVENT })})
      WITH ORDINALITY AS u(${namesOf({ ...SESSION, ...EVENT })}, ord)
    WHERE c.session = u.session AND c.session = ANY(${arraysFrom(AFTER_FENCE, SESSION)})
      AND u.at <= c.closed_at + $${RULES_FROM}::bigint
      AND u.ts <= c.end_ts AND NOT c.trimmed AND c.reason <> 'limit'
      AND c.last_n + 1 < $${RULES_FROM + 1}::int AND c.bytes + u.bytes <= $${RULES_FROM + 2}::bigint
    RETURNING c.session, c.last_n AS n, u.at, ${OF_EVENT}),
  ${INSERT_EVENTS}, ${MOVE_FENCE} ${OUTCOME}`;

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
  const arrays = [...arraysOf(SESSION, late), ...eventArrays(late)];
  return { text: LATE, values: [...arrays, lateGraceMs, eventsMax, bytesMax], size: late.length };
}

function valuesOfOpen(
  added: readonly SharedEvent[],
  { timeouts: { idleMs, stallMs }, sizeLimits: { eventsMax, bytesMax } }: SharedRules,
): Value[] {
  return [...arraysOf(SID, added), ...eventArrays(added), idleMs, stallMs, eventsMax, bytesMax];
}

export function eventArrays(items: readonly { readonly event: WrittenEvent }[]): Value[] {
  return arraysOf(
    EVENT,
    items.map(({ event }) => event),
  );
}

/**
 * The statement that opens sessions. Its locks are in the order of `writes.ts`.
 *
 * Nearly all starts are live, with nothing but a payload: what other ones have is a column of nulls.
 */

import { randomUUID } from "node:crypto";
import type { SharedOpening } from "../shared.ts";
import { bytesText, flagsText, hashText, numbersOrNull, numbersText, textsOrNull, textsText } from "./arrays.ts";
import type { Value } from "./client.ts";
import { FENCE, type FencedStatement, MOVE_FENCE, OUTCOME } from "./fence.ts";
import { arraysFrom, EVENT_ARRAYS, EVENT_NAMES, eventValues } from "./writes.ts";

/** The columns of an opening that is known by a key, each with the type of its array. */
const KEYED = {
  session: "bigint",
  at: "bigint",
  rule: "text",
  key: "text",
  request: "text",
  replaces: "bigint",
} as const;
/** The columns of a session to open, before its payload. */
const OPENING = {
  id: "bigint",
  sid: "bytea",
  started_at: "bigint",
  received_at: "bigint",
  ts: "bigint",
  playhead: "bigint",
  downloaded: "boolean",
  flags: "text",
  wire: "text",
  derived: "text",
  moved_at: "bigint",
  look_at: "bigint",
  bytes: "bigint",
  n: "int",
  reason: "text",
  closed_at: "bigint",
  end_ts: "bigint",
  opening: "bigint",
} as const;
const AFTER_FENCE = 5;
const AFTER_KEYED = AFTER_FENCE + Object.keys(KEYED).length;
const PAYLOADS = AFTER_KEYED + Object.keys(OPENING).length;
const AFTER_OPENING = PAYLOADS + 2;

/**
 * Stands between the payloads of a batch, and no player knows it. An array's text would cost a start a tenth: each
 * quote is escaped, and all are looked for.
 */
const BETWEEN = randomUUID();

const KEYED_ARRAYS = arraysFrom(AFTER_FENCE, Object.values(KEYED));
const OPENING_ARRAYS = arraysFrom(AFTER_KEYED, Object.values(OPENING));
const EVENTS = arraysFrom(AFTER_OPENING, ["bigint", "int", ...EVENT_ARRAYS]);

/** A start whose hash a head has is left out. One that another node stores meanwhile fails the statement. */
const START = `
  WITH ${FENCE},
  keyed AS MATERIALIZED (
    SELECT k.* FROM fence, unnest(${KEYED_ARRAYS}) AS k(${Object.keys(KEYED).join(", ")})),
  known AS (
    INSERT INTO openings (key, rule, request, session, at, asked_at)
    SELECT key, rule, request, session, at, at FROM keyed ORDER BY key, rule
    ON CONFLICT (key, rule) DO UPDATE SET request = excluded.request, session = excluded.session, at = excluded.at,
      asked_at = excluded.asked_at
    WHERE openings.session = (SELECT replaces FROM keyed WHERE keyed.session = excluded.session)
    RETURNING session),
  stored AS MATERIALIZED (
    SELECT u.* FROM fence, unnest(${OPENING_ARRAYS}, string_to_array($${PAYLOADS}::text, $${PAYLOADS + 1}::text))
      WITH ORDINALITY AS u(${Object.keys(OPENING).join(", ")}, payload, ord)
    WHERE u.id NOT IN (SELECT session FROM keyed EXCEPT SELECT session FROM known)
      AND (SELECT h.session FROM heads h WHERE h.opening = u.opening) IS NULL),
  headed AS (
    INSERT INTO heads (sid, session, arrived_at, moved_at, playhead, ts_max, look_at, bytes, n, opening)
    SELECT sid, id, received_at, moved_at, playhead, ts, look_at, bytes, n, opening FROM stored
    WHERE reason IS NULL ORDER BY opening),
  opened AS (
    INSERT INTO sessions (id, sid, started_at, received_at, ts, playhead, downloaded, payload, flags, wire, derived)
    SELECT id, sid, started_at, received_at, ts, playhead, downloaded, payload, flags, wire, derived FROM stored),
  inserted AS (
    INSERT INTO events (session, n, ts, received_at, playhead, type, payload, flags, wire)
    SELECT stored.id, u.n, u.ts, u.at, u.playhead, u.type, u.payload, u.flags, u.wire FROM stored JOIN
      unnest(${EVENTS}) AS u(session, n, ${EVENT_NAMES})
      ON u.session = stored.id),
  closed AS (
    INSERT INTO closes (session, reason, closed_at, end_ts, bytes, last_n, pending)
    SELECT id, reason, closed_at, end_ts, bytes, n, true FROM stored WHERE reason IS NOT NULL),
  ${MOVE_FENCE} ${OUTCOME}`;

/** @param ids the number of each */
export function startStatement(openings: readonly SharedOpening[], ids: readonly number[]): FencedStatement {
  const events = openings.flatMap((opening, at) =>
    opening.events.map((event, before) => ({ event, session: ids[at] as number, n: before + 1 })),
  );
  const values = [
    ...keyedValues(openings, ids),
    ...openingValues(openings, ids),
    openings.map(({ start }) => start.text.payload).join(BETWEEN),
    BETWEEN,
    numbersText(events.map(({ session }) => session)),
    numbersText(events.map(({ n }) => n)),
    ...eventValues(events.map(({ event }) => event)),
  ];
  return { text: START, values, size: openings.length };
}

function keyedValues(openings: readonly SharedOpening[], ids: readonly number[]): Value[] {
  const keyed = openings.flatMap(({ opening, replaces, start }, at) =>
    opening && opening.rule !== "body"
      ? [{ ...opening, session: ids[at] as number, at: start.receivedAtMs, replaces }]
      : [],
  );
  return [
    numbersText(keyed.map(({ session }) => session)),
    numbersText(keyed.map(({ at }) => at)),
    textsText(keyed.map(({ rule }) => rule)),
    textsText(keyed.map(({ key }) => key)),
    textsText(keyed.map(({ request }) => request ?? null)),
    numbersText(keyed.map(({ replaces }) => replaces ?? null)),
  ];
}

function openingValues(openings: readonly SharedOpening[], ids: readonly number[]): Value[] {
  return [
    numbersText(ids),
    bytesText(openings.map(({ sid }) => sid)),
    numbersText(openings.map(({ startedAtMs }) => startedAtMs)),
    numbersText(openings.map(({ start }) => start.receivedAtMs)),
    numbersText(openings.map(({ start }) => start.tsMs)),
    numbersText(openings.map(({ start }) => start.playheadMs)),
    flagsText(openings.map(({ downloaded }) => downloaded)),
    textsOrNull(openings.map(({ start }) => start.text.flags)),
    textsOrNull(openings.map(({ start }) => start.text.wire)),
    textsOrNull(openings.map(({ start }) => start.text.derived)),
    numbersText(openings.map(({ signs }) => signs.movedAtMs)),
    numbersText(openings.map(({ lookAtMs }) => lookAtMs)),
    numbersText(
      openings.map(({ start, events }) => events.reduce((sum, { text }) => sum + text.bytes, start.text.bytes)),
    ),
    numbersText(openings.map(({ events }) => events.length)),
    textsOrNull(openings.map(({ close }) => close?.reason ?? null)),
    numbersOrNull(openings.map(({ close }) => close?.closedAtMs ?? null)),
    numbersOrNull(openings.map(({ close }) => close?.endTsMs ?? null)),
    `{${openings.map(({ opening }) => (opening?.rule === "body" ? hashText(opening.key) : "NULL")).join(",")}}`,
  ];
}

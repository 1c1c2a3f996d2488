/**
 * The statement that opens sessions. Its locks are in the order of `writes.ts`.
 *
 * Nearly all starts are live, with nothing but a payload: what other ones have is a column of nulls.
 */

import { randomUUID } from "node:crypto";
import type { OpeningKey } from "../opening.ts";
import type { SharedOpening } from "../shared.ts";
import { arraysFrom, arraysOf, behind, type Columns, hashText, namesOf } from "./arrays.ts";
import { FENCE, type FencedStatement, MOVE_FENCE, OUTCOME } from "./fence.ts";
import { AFTER_FENCE, EVENT, eventArrays, PLACE } from "./writes.ts";

interface Asked {
  readonly asked: SharedOpening;
  /** The number that the session gets if it is new. */
  readonly id: number;
}

/** An opening that is known by a key: a body's is kept for a minute, beside the session. */
interface Keyed extends Asked {
  readonly opening: OpeningKey;
}

const KEYED: Columns<Keyed> = {
  session: { type: "bigint", of: ({ id }) => id },
  at: { type: "bigint", of: ({ asked }) => asked.start.receivedAtMs },
  rule: { type: "text", of: ({ opening }) => opening.rule },
  key: { type: "text", of: ({ opening }) => opening.key },
  request: { type: "text", of: ({ opening }) => opening.request ?? null },
  replaces: { type: "bigint", of: ({ asked }) => asked.replaces ?? null },
};
/** What a batch says of each session to open, before its payload. */
const OPENING: Columns<Asked> = {
  id: { type: "bigint", of: ({ id }) => id },
  sid: { type: "bytea", of: ({ asked: { sid } }) => sid },
  started_at: { type: "bigint", of: ({ asked: { startedAtMs } }) => startedAtMs },
  received_at: { type: "bigint", of: ({ asked: { start } }) => start.receivedAtMs },
  ts: { type: "bigint", of: ({ asked: { start } }) => start.tsMs },
  playhead: { type: "bigint", of: ({ asked: { start } }) => start.playheadMs },
  downloaded: { type: "boolean", of: ({ asked: { downloaded } }) => downloaded },
  flags: { type: "text", of: ({ asked: { start } }) => start.text.flags },
  wire: { type: "text", of: ({ asked: { start } }) => start.text.wire },
  derived: { type: "text", of: ({ asked: { start } }) => start.text.derived },
  moved_at: { type: "bigint", of: ({ asked: { signs } }) => signs.movedAtMs },
  look_at: { type: "bigint", of: ({ asked: { lookAtMs } }) => lookAtMs },
  bytes: { type: "bigint", of: ({ asked }) => bytesOf(asked) },
  n: { type: "int", of: ({ asked: { events } }) => events.length },
  reason: { type: "text", of: ({ asked: { close } }) => close?.reason ?? null },
  closed_at: { type: "bigint", of: ({ asked: { close } }) => close?.closedAtMs ?? null },
  end_ts: { type: "bigint", of: ({ asked: { close } }) => close?.endTsMs ?? null },
  opening: {
    type: "bigint",
    of: ({ asked: { opening } }) => (opening?.rule === "body" ? hashText(opening.key) : null),
  },
};
const AFTER_KEYED = behind(AFTER_FENCE, KEYED);
const PAYLOADS = behind(AFTER_KEYED, OPENING);
const AFTER_OPENING = PAYLOADS + 2;

/**
 * Stands between the payloads of a batch, and no player knows it. An array's text would cost a start a tenth: each
 * quote is escaped, and all are looked for.
 */
const BETWEEN = randomUUID();

/** A start whose hash a head has is left out. One that another node stores meanwhile fails the statement. */
const START = `
  WITH ${FENCE},
  keyed AS MATERIALIZED (
    SELECT k.* FROM fence, unnest(${arraysFrom(AFTER_FENCE, KEYED)}) AS k(${namesOf(KEYED)})),
  known AS (
    INSERT INTO openings (key, rule, request, session, at, asked_at)
    SELECT key, rule, request, session, at, at FROM keyed ORDER BY key, rule
    ON CONFLICT (key, rule) DO UPDATE SET request = excluded.request, session = excluded.session, at = excluded.at,
      asked_at = excluded.asked_at
    WHERE openings.session = (SELECT replaces FROM keyed WHERE keyed.session = excluded.session)
    RETURNING session),
  stored AS MATERIALIZED (
    SELECT u.* FROM fence,
      unnest(${arraysFrom(AFTER_KEYED, OPENING)}, string_to_array($${PAYLOADS}::text, $${PAYLOADS + 1}::text))
      WITH ORDINALITY AS u(${namesOf(OPENING)}, payload, ord)
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
      unnest(${arraysFrom(AFTER_OPENING, { ...PLACE, ...EVENT })}) AS u(${namesOf({ ...PLACE, ...EVENT })})
      ON u.session = stored.id),
  closed AS (
    INSERT INTO closes (session, reason, closed_at, end_ts, bytes, last_n, pending)
    SELECT id, reason, closed_at, end_ts, bytes, n, true FROM stored WHERE reason IS NOT NULL),
  ${MOVE_FENCE} ${OUTCOME}`;

/** @param ids the number of each */
export function startStatement(openings: readonly SharedOpening[], ids: readonly number[]): FencedStatement {
  const all = openings.map((asked, at): Asked => ({ asked, id: ids[at] as number }));
  const events = all.flatMap(({ asked, id }) =>
    asked.events.map((event, before) => ({ event, session: id, n: before + 1 })),
  );
  const values = [
    ...arraysOf(KEYED, all.flatMap(keyedOf)),
    ...arraysOf(OPENING, all),
    openings.map(({ start }) => start.text.payload).join(BETWEEN),
    BETWEEN,
    ...arraysOf(PLACE, events),
    ...eventArrays(events),
  ];
  return { text: START, values, size: openings.length };
}

function keyedOf({ asked, id }: Asked): Keyed[] {
  const { opening } = asked;
  return opening && opening.rule !== "body" ? [{ asked, id, opening }] : [];
}

function bytesOf({ start, events }: SharedOpening): number {
  return events.reduce((sum, { text }) => sum + text.bytes, start.text.bytes);
}

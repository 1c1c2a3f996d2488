/**
 * The statements that open sessions. Their locks are in the order of `writes.ts`.
 *
 * Nearly all batches have live starts alone, known by nothing but their bodies: the statement of those leaves out what
 * other starts need.
 */

import { randomUUID } from "node:crypto";
import { instantOf } from "../../base/ids.ts";
import type { OpeningKey } from "../opening.ts";
import type { SharedOpening } from "../shared.ts";
import { arraysFrom, arraysOf, behind, type Columns, itemsOf, namedArraysFrom, namesOf } from "./arrays.ts";
import { FENCE, type FencedStatement, MOVE_FENCE, OUTCOME } from "./fence.ts";
import { hashOfBody } from "./openings.ts";
import { AFTER_FENCE, EVENT, eventArrays, PLACE } from "./writes.ts";

interface NumberedOpening {
  readonly asked: SharedOpening;
  /** The number that the session gets if it is new. */
  readonly id: number;
}

/** An opening that is known by a key: a body's is kept for a minute, beside the session. */
interface KeyedOpening extends NumberedOpening {
  readonly opening: OpeningKey;
}

/** What a batch says of each session to open, beside its sid and payload. */
const OPENING: Columns<NumberedOpening> = {
  id: { type: "bigint", of: ({ id }) => id },
  received_at: { type: "bigint", of: ({ asked: { start } }) => start.receivedAtMs },
  ts: { type: "bigint", of: ({ asked: { start } }) => start.tsMs },
  playhead: { type: "bigint", of: ({ asked: { start } }) => start.playheadMs },
  flags: { type: "text", of: ({ asked: { start } }) => start.text.flags },
  wire: { type: "text", of: ({ asked: { start } }) => start.text.wire },
  derived: { type: "text", of: ({ asked: { start } }) => start.text.derived },
  moved_at: { type: "bigint", of: ({ asked: { signs } }) => signs.movedAtMs },
  look_at: { type: "bigint", of: ({ asked: { lookAtMs } }) => lookAtMs },
  bytes: { type: "bigint", of: ({ asked }) => bytesOf(asked) },
  opening: {
    type: "bigint",
    of: ({ asked: { opening } }) => (opening?.rule === "body" ? hashOfBody(opening.key) : null),
  },
};
/** What it says as well where not all are live. */
const WHOLE: Columns<NumberedOpening> = {
  started_at: { type: "bigint", of: ({ asked: { startedAtMs } }) => startedAtMs },
  downloaded: { type: "boolean", of: ({ asked: { downloaded } }) => downloaded },
  n: { type: "int", of: ({ asked: { events } }) => events.length },
  reason: { type: "text", of: ({ asked: { close } }) => close?.reason ?? null },
  closed_at: { type: "bigint", of: ({ asked: { close } }) => close?.closedAtMs ?? null },
  end_ts: { type: "bigint", of: ({ asked: { close } }) => close?.endTsMs ?? null },
};
const KEYED: Columns<KeyedOpening> = {
  session: { type: "bigint", of: ({ id }) => id },
  at: { type: "bigint", of: ({ asked }) => asked.start.receivedAtMs },
  rule: { type: "text", of: ({ opening }) => opening.rule },
  key: { type: "text", of: ({ opening }) => opening.key },
  request: { type: "text", of: ({ opening }) => opening.request ?? null },
  replaces: { type: "bigint", of: ({ asked }) => asked.replaces ?? null },
};
const SIDS = behind(AFTER_FENCE, OPENING);
const PAYLOADS = SIDS + 1;
const BETWEEN_AT = PAYLOADS + 1;
const WHOLE_FROM = BETWEEN_AT + 1;
const KEYED_FROM = behind(WHOLE_FROM, WHOLE);
const EVENTS_FROM = behind(KEYED_FROM, KEYED);

/**
 * Stands between the payloads of a batch, and no player knows it. An array's text would cost a start a tenth: each
 * quote is escaped, and all are looked for.
 */
const BETWEEN = randomUUID();

/**
 * Numbers each start of a batch `b`, and takes its values out of the arrays: `unnest` would keep a table for each of
 * those.
 *
 * A start whose hash a head has is left out. One that another node stores meanwhile fails the statement. A batch comes
 * in the order of its keys, and so do the locks of their hashes.
 */
const STARTS = `
  FROM batch b, unnest(string_to_array($${PAYLOADS}::text, $${BETWEEN_AT}::text)) WITH ORDINALITY AS u(payload, ord)
  WHERE (SELECT h.session FROM heads h WHERE h.opening = b.opening[u.ord::int]) IS NULL`;
const SID = "substring(b.sids FROM 32 * u.ord::int - 31 FOR 32) AS sid";
const SIDS_BATCH = `decode($${SIDS}::text, 'hex') AS sids`;

const HEADED = `INSERT INTO heads (sid, session, arrived_at, moved_at, playhead, ts_max, look_at, bytes, n, opening)
    SELECT sid, id, received_at, moved_at, playhead, ts, look_at, bytes`;
const OPENED = `INSERT INTO sessions (id, sid, received_at, ts, playhead, payload, flags, wire, derived, started_at,
      downloaded, undated)
    SELECT id, sid, received_at, ts, playhead, payload, flags, wire, derived`;

const LIVE = `
  WITH ${FENCE},
  batch AS MATERIALIZED (SELECT ${SIDS_BATCH}, ${namedArraysFrom(AFTER_FENCE, OPENING)} FROM fence),
  stored AS MATERIALIZED (SELECT u.ord, ${SID}, u.payload, ${itemsOf("b", "u.ord", OPENING)} ${STARTS}),
  headed AS (${HEADED}, 0, opening FROM stored),
  opened AS (${OPENED}, received_at, false, false FROM stored),
  ${MOVE_FENCE} ${OUTCOME}`;

const ANY = `
  WITH ${FENCE},
  keyed AS MATERIALIZED (
    SELECT k.* FROM fence, unnest(${arraysFrom(KEYED_FROM, KEYED)}) AS k(${namesOf(KEYED)})),
  known AS (
    INSERT INTO openings (key, rule, request, session, at, asked_at)
    SELECT key, rule, request, session, at, at FROM keyed ORDER BY key, rule
    ON CONFLICT (key, rule) DO UPDATE SET request = excluded.request, session = excluded.session, at = excluded.at,
      asked_at = excluded.asked_at
    WHERE openings.session = (SELECT replaces FROM keyed WHERE keyed.session = excluded.session)
    RETURNING session),
  batch AS MATERIALIZED (
    SELECT ${SIDS_BATCH}, ${namedArraysFrom(AFTER_FENCE, OPENING)}, ${namedArraysFrom(WHOLE_FROM, WHOLE)} FROM fence),
  stored AS MATERIALIZED (
    SELECT u.ord, ${SID}, u.payload, ${itemsOf("b", "u.ord", { ...OPENING, ...WHOLE })} ${STARTS}
      AND b.id[u.ord::int] NOT IN (SELECT session FROM keyed EXCEPT SELECT session FROM known)),
  headed AS (${HEADED}, n, opening FROM stored WHERE reason IS NULL),
  opened AS (${OPENED}, started_at, downloaded, true FROM stored),
  inserted AS (
    INSERT INTO events (session, n, ts, received_at, playhead, type, payload, flags, wire)
    SELECT stored.id, u.n, u.ts, u.at, u.playhead, u.type, u.payload, u.flags, u.wire FROM stored JOIN
      unnest(${arraysFrom(EVENTS_FROM, { ...PLACE, ...EVENT })}) AS u(${namesOf({ ...PLACE, ...EVENT })})
      ON u.session = stored.id),
  closed AS (
    INSERT INTO closes (session, reason, closed_at, end_ts, bytes, last_n, pending)
    SELECT id, reason, closed_at, end_ts, bytes, n, true FROM stored WHERE reason IS NOT NULL),
  ${MOVE_FENCE} ${OUTCOME}`;

/** @param ids the number of each */
export function startStatement(openings: readonly SharedOpening[], ids: readonly number[]): FencedStatement {
  const all = openings.map((asked, at): NumberedOpening => ({ asked, id: ids[at] as number }));
  const values = [
    ...arraysOf(OPENING, all),
    openings.map(({ sid }) => sid).join(""),
    openings.map(({ start }) => start.text.payload).join(BETWEEN),
    BETWEEN,
  ];
  if (openings.every(isLive)) return { text: LIVE, values, size: openings.length };
  const events = all.flatMap(({ asked, id }) =>
    asked.events.map((event, before) => ({ event, session: id, n: before + 1 })),
  );
  const others = [
    ...arraysOf(WHOLE, all),
    ...arraysOf(KEYED, all.flatMap(keyedOf)),
    ...arraysOf(PLACE, events),
    ...eventArrays(events),
  ];
  return { text: ANY, values: [...values, ...others], size: openings.length };
}

/** Whether a session is open, dated by its arrival as its id is, and known by nothing but its body. */
function isLive({ sid, startedAtMs, start, downloaded, events, close, opening }: SharedOpening): boolean {
  const isWhole = downloaded || close !== undefined || events.length > 0;
  const isDated = startedAtMs === start.receivedAtMs && startedAtMs === instantOf(sid);
  return isDated && !isWhole && (opening === undefined || opening.rule === "body");
}

function keyedOf({ asked, id }: NumberedOpening): KeyedOpening[] {
  const { opening } = asked;
  return opening && opening.rule !== "body" ? [{ asked, id, opening }] : [];
}

function bytesOf({ start, events }: SharedOpening): number {
  return events.reduce((sum, { text }) => sum + text.bytes, start.text.bytes);
}

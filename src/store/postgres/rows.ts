/** Converts rows to the objects that they hold. The client returns every `bigint` as text. */

import { assert } from "../../base/assert.ts";
import { codeOf, typeOf } from "../../protocol/catalogue.ts";
import type { Close } from "../../sessions/deadline.ts";
import { readBack } from "../damage.ts";
import { membersOf } from "../event-text.ts";
import type { ArrivedEvent, Fold, SessionNumbers, StoredFold, StoredResult, StoredSession } from "../store.ts";
import { closeReasonOf, foldFailureOf, numbersOf } from "../stored-words.ts";

export type Big = string | number;

export interface EventRow {
  readonly ts: Big;
  readonly received_at: Big;
  readonly playhead: Big;
  readonly type: number;
  readonly payload: string | null;
  readonly flags: string | null;
  readonly wire: string | null;
}

/** A session with its head or its close, and its numbers if it has some. */
export interface SessionRow extends Omit<EventRow, "type">, CloseRow, NumbersRow {
  readonly derived: string | null;
  readonly id: Big;
  readonly sid: string;
  readonly started_at: Big;
  readonly downloaded: boolean;
  /** The latest event of an open session. */
  readonly n: number | null;
  readonly last_n: number | null;
  readonly bytes: Big | null;
  readonly trimmed: boolean | null;
  readonly failure: string | null;
}

export interface CloseRow {
  readonly reason: string | null;
  readonly closed_at: Big | null;
  readonly end_ts: Big | null;
}

interface NumbersRow {
  readonly definitions: number | null;
  readonly edition: number | null;
  readonly changed_at: Big | null;
  readonly content_segment: string | null;
  readonly metrics: string | null;
  readonly ledger: string | null;
  readonly unmended: string | null;
  readonly choices: string | null;
}

export interface FoldRow extends NumbersRow {
  readonly session: Big;
  readonly lists: string;
}

/** The columns of a session for {@link sessionOf}, of `sessions s`, `heads h`, `closes c` and `results r`. */
export const SESSION_COLUMNS = `s.id, encode(s.sid, 'hex') AS sid, s.started_at, s.received_at, s.ts, s.playhead,
  s.downloaded, s.payload, s.flags, s.wire, s.derived, h.n, c.last_n, c.bytes, c.reason, c.closed_at, c.end_ts,
  c.trimmed, c.failure, r.definitions, r.edition, r.changed_at, r.content_segment, r.metrics, r.ledger, r.unmended,
  r.choices`;
export const SESSION_JOINS = `LEFT JOIN heads h ON h.sid = s.sid LEFT JOIN closes c ON c.session = s.id
  LEFT JOIN results r ON r.session = s.id`;
/** The number of the session with an id, by the parameters or columns that have that and its {@link instantOf}. */
export function numberSql(sid: string, instant: string): string {
  return `(SELECT id FROM sessions
      WHERE started_at = ${instant}::bigint AND sid = decode(${sid}, 'hex') AND NOT undated
    UNION ALL SELECT id FROM sessions WHERE sid = decode(${sid}, 'hex') AND undated LIMIT 1)`;
}

/** The weight of a session's text. */
export const SESSION_WEIGHT = `octet_length(s.payload)
  + coalesce(octet_length(s.flags), 0) + coalesce(octet_length(s.wire), 0) + coalesce(octet_length(s.derived), 0)
  + coalesce(octet_length(r.metrics), 0) + coalesce(octet_length(r.ledger), 0)
  + coalesce(octet_length(r.unmended), 0)`;

/** Reads an event back, within {@link readBack}. @param derived only a start has derived words */
export function eventOf(row: EventRow, derived: string | null = null): ArrivedEvent {
  return {
    type: typeOf(row.type),
    tsMs: Number(row.ts),
    playheadMs: Number(row.playhead),
    receivedAtMs: Number(row.received_at),
    ...membersOf({ payload: row.payload, flags: row.flags, wire: row.wire, derived }),
  };
}

/** Reads a session back. @throws DamageError */
export function sessionOf(row: SessionRow): StoredSession {
  const id = Number(row.id);
  return readBack(id, () => {
    const close = closeOf(row);
    const seq = row.last_n ?? row.n;
    const result = close && resultOf(row);
    return {
      id,
      sid: row.sid,
      startedAtMs: Number(row.started_at),
      downloaded: row.downloaded,
      start: eventOf({ ...row, type: codeOf("sessionStart") }, row.derived),
      ...(close && { close, size: { events: (row.last_n ?? 0) + 1, bytes: Number(row.bytes) } }),
      ...(seq !== null && { seq }),
      ...(row.trimmed && { trimmed: true as const }),
      ...(row.failure !== null && { foldFailure: foldFailureOf(row.failure) }),
      ...(result && { result }),
    };
  });
}

/** Reads a close back, within {@link readBack}. */
export function closeOf({ reason, closed_at, end_ts }: CloseRow): Close | undefined {
  if (reason === null) return undefined;
  return { reason: closeReasonOf(reason), closedAtMs: Number(closed_at), endTsMs: Number(end_ts) };
}

/** Reads a fold back. @throws DamageError */
export function foldOf(row: FoldRow): StoredFold {
  return readBack(Number(row.session), () => ({ ...storedNumbersOf(row), ...(JSON.parse(row.lists) as FoldLists) }));
}

/** The lists of a fold, which are stored as one text. */
type FoldLists = Pick<Fold, "adBreaks" | "ads" | "chapters" | "states" | "errors" | "spans" | "playing">;

export function listsText({ adBreaks, ads, chapters, states, errors, spans, playing }: Fold): string {
  return JSON.stringify({ adBreaks, ads, chapters, states, errors, spans, playing } satisfies FoldLists);
}

function resultOf(row: NumbersRow): StoredResult | undefined {
  if (row.definitions === null) return undefined;
  return { ...storedNumbersOf(row), edition: row.edition ?? 1, changedAtMs: Number(row.changed_at) };
}

function storedNumbersOf({ content_segment, definitions, metrics, ...texts }: NumbersRow): SessionNumbers {
  assert(metrics !== null && definitions !== null, "a result has its metrics");
  return numbersOf({ ...texts, definitions, metrics, contentSegment: content_segment });
}

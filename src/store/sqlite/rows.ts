/** Converts between rows and sessions or events. */

import { codeOf, typeOf } from "../../protocol/catalogue.ts";
import type { Close } from "../../sessions/deadline.ts";
import { readBack } from "../damage.ts";
import { membersOf } from "../event-text.ts";
import type { Head } from "../journal.ts";
import type { ArrivedEvent, SessionEnd, SessionSize, StoredResult, StoredSession } from "../store.ts";
import { closeReasonOf, foldFailureOf, type NumbersText, numbersOf } from "../stored-words.ts";
import type { closes, events, heads, results, sessions } from "./schema.ts";

type SessionRow = typeof sessions.$inferSelect;
type EventRow = typeof events.$inferSelect;
type CloseRow = typeof closes.$inferSelect;
type ResultRow = Pick<typeof results.$inferSelect, keyof NumbersText>;
type HeadRow = typeof heads.$inferSelect;

/** The columns of an event for {@link eventOf}, in the order of a raw row. */
export type EventValues = [
  ts: number,
  receivedAt: number,
  type: number,
  playhead: number,
  payload: string | null,
  flags: string | null,
  wire: string | null,
];

/** The same columns by name. */
export type EventColumns = Omit<EventRow, "seq" | "session" | "prevSeq">;

/** Reads an event row back, within {@link readBack}. @param derived of a start alone */
export function eventOf(row: EventColumns, derived: string | null = null): ArrivedEvent {
  const { payload, flags, wire } = row;
  const type = typeOf(row.type);
  const { ts: tsMs, playhead: playheadMs, receivedAt: receivedAtMs } = row;
  // A ping, as most events are: to spread what it lacks would cost more than all of the rest.
  if (payload === null && flags === null && wire === null && derived === null) {
    return { type, tsMs, playheadMs, receivedAtMs, flags: [] };
  }
  return { type, tsMs, playheadMs, receivedAtMs, ...membersOf({ payload, flags, wire, derived }) };
}

/** Reads a session back, with its close and its numbers if it has them. @throws AppError as {@link readBack} */
export function sessionOf(row: SessionRow, close: CloseRow | null, result: ResultRow | null): StoredSession {
  return readBack(row.id, () => ({
    id: row.id,
    sid: row.sid,
    startedAtMs: row.startedAt,
    downloaded: row.downloaded,
    start: eventOf({ ...row, type: codeOf("sessionStart") }, row.derived),
    ...(close && { close: closeOf(close), seq: close.lastSeq, size: sizeOf(close) }),
    ...(close?.trimmed && { trimmed: true }),
    ...(close && close.failure !== null && { foldFailure: foldFailureOf(close.failure) }),
    ...(close && result && { result: resultOf(result, close) }),
  }));
}

export function closeColumns({ id, seq, events, bytes }: SessionEnd & SessionSize, close: Close): CloseRow {
  return {
    session: id,
    reason: close.reason,
    closedAt: close.closedAtMs,
    endTs: close.endTsMs,
    lastSeq: seq,
    events,
    bytes,
    pending: true,
    trimmed: false,
    attempts: 0,
    failure: null,
    edition: 0,
    changedAt: null,
    eventsRevision: null,
  };
}

export function headColumns(head: Head): HeadRow {
  return {
    session: head.id,
    seq: head.seq,
    arrivedAt: head.arrivedAtMs + (head.aheadMs ?? 0),
    movedAt: head.movedAtMs,
    playhead: head.playheadMs,
    tsMax: head.tsMaxMs,
    events: head.events,
    bytes: head.bytes,
  };
}

function resultOf(row: ResultRow, { edition, changedAt, closedAt }: CloseRow): StoredResult {
  return { edition, changedAtMs: changedAt ?? closedAt, ...numbersOf(row) };
}

function sizeOf({ events, bytes }: CloseRow): SessionSize {
  return { events, bytes };
}

export type CloseValues = Pick<CloseRow, "reason" | "closedAt" | "endTs">;

/** Reads a close back, within {@link readBack}. */
export function closeOf({ reason, closedAt, endTs }: CloseValues): Close {
  return { reason: closeReasonOf(reason), closedAtMs: closedAt, endTsMs: endTs };
}

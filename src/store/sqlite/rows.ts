/** Between rows and events: the payload is the compact JSON of what an event carries beside its integers. */

import { assert } from "../../base/assert.ts";
import { AppError } from "../../base/errors.ts";
import { codeOf, QOE_BY_KEY, typeOf } from "../../protocol/catalogue.ts";
import type { PlayerEvent, Scalar } from "../../protocol/event.ts";
import { CLOSE_REASONS, type Close, type CloseReason } from "../../sessions/deadline.ts";
import { FOLD_FAILURES, type FoldFailure } from "../../sessions/fold-failures.ts";
import type { Metrics } from "../../sessions/metrics.ts";
import type { Head } from "../journal.ts";
import type { ArrivedEvent, SessionEnd, StoredResult, StoredSession } from "../store.ts";
import type { closes, events, heads, results, sessions } from "./schema.ts";

type SessionRow = typeof sessions.$inferSelect;
type EventRow = typeof events.$inferSelect;
type CloseRow = typeof closes.$inferSelect;
type ResultRow = typeof results.$inferSelect;
type HeadRow = typeof heads.$inferSelect;

/** The columns of an event that {@link eventOf} reads, as an array of them comes. */
export type EventValues = [
  ts: number,
  receivedAt: number,
  type: number,
  playhead: number,
  payload: string | null,
  flags: string | null,
];

type Payload = Pick<PlayerEvent, "params" | "qoeData" | "customMetadata" | "unknownMembers">;

/** As it is stored: quality data by short names, since every fifth ping has it. Older rows have it in full. */
type StoredPayload = Payload & { readonly qoe?: Record<string, Scalar> };

const QOE_PREFIX = "media.qoe.";
const SHORT_QOE: ReadonlyMap<string, string> = new Map(
  [...QOE_BY_KEY.keys()].flatMap((key) => (key.startsWith(QOE_PREFIX) ? [[key, key.slice(QOE_PREFIX.length)]] : [])),
);

/** The columns that every event has, the start included. */
export function eventColumns(event: ArrivedEvent) {
  return {
    ts: event.tsMs,
    receivedAt: event.receivedAtMs,
    playhead: event.playheadMs,
    payload: payloadOf(event),
    flags: event.flags.length > 0 ? JSON.stringify(event.flags) : null,
  };
}

export function eventTypeColumn(event: PlayerEvent): number {
  return codeOf(event.type);
}

/**
 * Reads rows of a session back. What was asserted when they were written is checked again: a disk may have damaged
 * them, which is no bug, and concerns this session alone.
 *
 * @throws AppError `session-damaged` whatever `read` throws
 */
export function readBack<T>(session: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new AppError("session-damaged", `Cannot read session ${session}: a row of it is damaged`, { cause });
  }
}

/** Reads an event row back, within {@link readBack}. */
export function eventOf(row: Omit<EventRow, "seq" | "session" | "prevSeq">): ArrivedEvent {
  return {
    type: typeOf(row.type),
    tsMs: row.ts,
    playheadMs: row.playhead,
    receivedAtMs: row.receivedAt,
    ...(row.payload === null ? {} : payloadFrom(JSON.parse(row.payload) as StoredPayload)),
    flags: row.flags === null ? [] : (JSON.parse(row.flags) as string[]),
  };
}

/** Reads a session back, with its close and its numbers if it has them. @throws AppError as {@link readBack} */
export function sessionOf(row: SessionRow, close: CloseRow | null, result: ResultRow | null): StoredSession {
  return readBack(row.id, () => ({
    id: row.id,
    sid: row.sid,
    startedAtMs: row.startedAt,
    downloaded: row.downloaded,
    start: eventOf({ ...row, type: codeOf("sessionStart") }),
    ...(close && { close: closeOf(close), seq: close.lastSeq }),
    ...(close?.trimmed && { trimmed: true }),
    ...(close && close.failure !== null && { foldFailure: failureOf(close.failure) }),
    ...(result && { result: resultOf(result) }),
  }));
}

export function closeColumns(head: SessionEnd, close: Close): CloseRow {
  return {
    session: head.id,
    reason: close.reason,
    closedAt: close.closedAtMs,
    endTs: close.endTsMs,
    lastSeq: head.seq,
    pending: true,
    trimmed: false,
    attempts: 0,
    failure: null,
  };
}

export function headColumns(head: Head): HeadRow {
  return {
    session: head.id,
    seq: head.seq,
    arrivedAt: head.arrivedAtMs,
    movedAt: head.movedAtMs,
    playhead: head.playheadMs,
    tsMax: head.tsMaxMs,
  };
}

function resultOf({ definitions, metrics, contentSegment }: ResultRow): StoredResult {
  return { definitions, metrics: JSON.parse(metrics) as Metrics, contentSegment };
}

function closeOf(row: CloseRow): Close {
  assert(row.reason in CLOSE_REASONS, `a close has a reason of ours: ${row.reason}`);
  return { reason: row.reason as CloseReason, closedAtMs: row.closedAt, endTsMs: row.endTs };
}

function failureOf(failure: string): FoldFailure {
  assert(failure in FOLD_FAILURES, `a failure has a reason of ours: ${failure}`);
  return failure as FoldFailure;
}

function payloadOf({ params, qoeData, customMetadata, unknownMembers }: Payload): string | null {
  if (!params && !qoeData && !customMetadata && !unknownMembers) return null;
  const qoe = qoeData && shortened(qoeData);
  return JSON.stringify({ params, ...(qoe ? { qoe } : { qoeData }), customMetadata, unknownMembers });
}

function payloadFrom({ qoe, ...payload }: StoredPayload): Payload {
  if (!qoe) return payload;
  const qoeData = Object.fromEntries(Object.entries(qoe).map(([key, value]) => [QOE_PREFIX + key, value]));
  return { ...payload, qoeData };
}

/** Quality data by short names; undefined where a key is not of the catalogue. */
function shortened(qoeData: Readonly<Record<string, Scalar>>): Record<string, Scalar> | undefined {
  const short: Record<string, Scalar> = {};
  for (const key of Object.keys(qoeData)) {
    const name = SHORT_QOE.get(key);
    if (name === undefined) return undefined;
    short[name] = qoeData[key] as Scalar;
  }
  return short;
}

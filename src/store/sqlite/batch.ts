/** From writes to a batch: numbers are given, and rows are made of events. */

import { assert } from "../../base/assert.ts";
import type { Head, LogPosition, Write } from "../journal.ts";
import type { Close } from "../store.ts";
import type { Batch, Order, Value } from "./commit.ts";
import { closeColumns, eventColumns, eventTypeColumn, headColumns } from "./rows.ts";
import type { Statements } from "./statements.ts";

/** What a batch can do, in the order of its numbers. A `moveClose` says that a closed session has a later event. */
const ORDERS = [
  "insertSession",
  "insertEvent",
  "insertClose",
  "deleteHead",
  "moveClose",
  "upsertHead",
  "upsertPosition",
] as const;
const NUMBER_OF = Object.fromEntries(ORDERS.map((order, number) => [order, number])) as Record<
  (typeof ORDERS)[number],
  number
>;

/** A batch, and what its heads become once it is stored. */
export interface Numbered {
  readonly batch: Batch;
  readonly position: LogPosition;
  readonly heads: ReadonlyMap<Head, HeadNumbers>;
}

interface HeadNumbers {
  id: number;
  seq: number;
  close: Close | undefined;
}

/** Gives sessions and events their numbers behind a position; the heads themselves stay as they are. */
export function numbered(writes: readonly Write[], { seq, session }: LogPosition): Numbered {
  const batch: Value[] = [];
  const heads = new Map<Head, HeadNumbers>();
  for (const { head, start, downloaded = false, events, close } of writes) {
    const numbers = heads.get(head) ?? { id: head.id, seq: head.seq, close: head.close };
    heads.set(head, numbers);
    if (start) {
      session += 1;
      numbers.id = session;
      const { ts, receivedAt, playhead, payload, flags } = eventColumns(start);
      batch.push(NUMBER_OF.insertSession, session, head.sid, head.startedAtMs);
      batch.push(receivedAt, ts, playhead, downloaded, payload ?? "{}", flags);
    }
    assert(numbers.id > 0, "an event's session is stored before it");
    for (const event of events) {
      seq += 1;
      const { ts, receivedAt, playhead, payload, flags } = eventColumns(event);
      batch.push(NUMBER_OF.insertEvent, seq, numbers.id, numbers.seq);
      batch.push(ts, receivedAt, eventTypeColumn(event), playhead, payload, flags);
      numbers.seq = seq;
    }
    if (close) {
      const columns = closeColumns({ ...head, ...numbers }, close);
      batch.push(NUMBER_OF.insertClose, columns.session, columns.reason, columns.closedAt, columns.endTs);
      batch.push(columns.lastSeq, columns.pending, columns.trimmed);
      batch.push(NUMBER_OF.deleteHead, columns.session);
      numbers.close = close;
    } else if (numbers.close) {
      batch.push(NUMBER_OF.moveClose, numbers.seq, numbers.id);
    }
  }
  return { batch, position: { seq, session }, heads };
}

/** Heads for a checkpoint; those that have ended need none. */
export function headsBatch(heads: readonly Head[]): Batch {
  const open = heads.filter(({ close, erased }) => !close && !erased);
  return open.flatMap((head) => {
    const { session, seq, arrivedAt, movedAt, playhead, tsMax } = headColumns(head);
    return [NUMBER_OF.upsertHead, session, seq, arrivedAt, movedAt, playhead, tsMax];
  });
}

/** Where the checkpoint is that the saved heads are of. */
export function checkpointBatch({ seq, session }: LogPosition): Batch {
  return [NUMBER_OF.upsertPosition, "heads", seq, session];
}

/** What batches run, in the order of its numbers: Drizzle's statements. */
export function ordersOf(statements: Statements): readonly Order[] {
  return ORDERS.map((order) => {
    const { sql, params } = statements[order].getQuery();
    return { sql, size: params.length };
  });
}

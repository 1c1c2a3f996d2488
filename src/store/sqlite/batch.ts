/** Turns writes into a batch: gives out numbers, and makes rows from events. */

import { getTableColumns, Param, Placeholder } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { assert } from "../../base/assert.ts";
import { codeOf } from "../../protocol/catalogue.ts";
import type { Close } from "../../sessions/deadline.ts";
import type { Head, LogPosition, Write } from "../journal.ts";
import type { SessionSize } from "../store.ts";
import type { WrittenEvent } from "../written.ts";
import type { Counter } from "./changes.ts";
import type { Batch, SqlValue, Template } from "./commit.ts";
import { MOVES, type Slice } from "./moving.ts";
import { closeColumns, headColumns } from "./rows.ts";
import * as tables from "./schema.ts";
import type { Statements } from "./statements.ts";

/**
 * The values that each statement of a batch binds. A `moveClose` gives a closed session a later event, and makes it
 * pending unless more follows; a `replaceClose` corrects its close.
 */
interface Rows extends ResultRows, ErasureRows {
  /** As the view has it: the statement makes of it what the table has. */
  readonly insertSession: typeof tables.sessions.$inferSelect;
  readonly insertOpening: typeof tables.openings.$inferSelect;
  readonly insertEvent: typeof tables.events.$inferSelect;
  readonly insertClose: typeof tables.closes.$inferSelect;
  readonly deleteHead: OfSession;
  readonly moveClose: SessionSize & Pick<CloseRow, "lastSeq" | "pending" | "session">;
  readonly replaceClose: Pick<CloseRow, "reason" | "closedAt" | "endTs" | "session">;
  readonly upsertHead: typeof tables.heads.$inferSelect;
  readonly upsertPosition: typeof tables.positions.$inferSelect;
  readonly deleteOpenings: Pick<typeof tables.openings.$inferSelect, "rule" | "session">;
  readonly deletePosition: Pick<typeof tables.positions.$inferSelect, "name">;
  readonly settleImported: ImportedRange;
  readonly failClose: Pick<CloseRow, "failure" | "session"> & { readonly seq: number | null };
  readonly countAttempt: OfSession;
  readonly forgetAttempts: OfSession;
  readonly insertToken: typeof tables.tokens.$inferSelect;
  readonly deleteToken: { readonly name: string };
  readonly noteTokenUse: Pick<typeof tables.tokens.$inferSelect, "hash" | "usedAt">;
  readonly probe: Empty;
}

/** The rows of a result. A `settleClose` guards the others. */
interface ResultRows {
  readonly raiseRevision: Empty;
  readonly settleClose: OfSession & Pick<CloseRow, "changedAt"> & { readonly seq: number };
  readonly deleteResults: OfSession;
  readonly deleteAdBreaks: OfSession;
  readonly deleteAds: OfSession;
  readonly deleteChapters: OfSession;
  readonly deleteStates: OfSession;
  readonly deleteErrors: OfSession;
  /** Its revision is the one that was given out last. */
  readonly insertResults: Omit<typeof tables.results.$inferSelect, "revision">;
  readonly insertAdBreaks: typeof tables.adBreaks.$inferSelect;
  readonly insertAds: typeof tables.ads.$inferSelect;
  readonly insertChapters: typeof tables.chapters.$inferSelect;
  readonly insertStates: typeof tables.states.$inferSelect;
  readonly insertErrors: typeof tables.errors.$inferSelect;
}

/** What erasures and retention change. */
interface ErasureRows {
  /** Leaves the table of a former version alone. */
  readonly deleteStart: OfSession;
  readonly deleteClose: OfSession;
  readonly deleteOpeningsOf: OfSession;
  /** Its revision is the one that was given out last; it is pending. */
  readonly insertErasure: Omit<typeof tables.erasures.$inferSelect, "revision" | "pending">;
  readonly keepErased: Omit<typeof tables.erased.$inferSelect, "revision">;
  readonly moveErasure: Pick<typeof tables.erasures.$inferSelect, "lastSeq" | "pending" | "revision">;
  readonly pruneErasures: { readonly revision: number };
  readonly pruneErased: { readonly revision: number };
  readonly trimClose: OfSession;
  readonly moveTrimmed: Pick<CloseRow, "lastSeq" | "session">;
  readonly deleteEvent: { readonly seq: number };
  readonly deleteSomeAdBreaks: UpToOrdinal;
  readonly deleteSomeAds: UpToOrdinal;
  readonly deleteSomeChapters: UpToOrdinal;
  readonly deleteSomeErrors: UpToOrdinal;
  readonly setCounter: { readonly name: Counter; readonly value: number };
}

interface UpToOrdinal extends OfSession {
  readonly ordinal: number;
}

interface OfSession {
  readonly session: number;
}

type Empty = Readonly<Record<never, never>>;

/** Sessions after a number, up to another. */
interface ImportedRange {
  readonly afterId: number;
  readonly untilId: number;
}

type CloseRow = typeof tables.closes.$inferSelect;
type Name = keyof Rows;

/** The values of each statement by name, in the order of its bindings, which {@link templatesOf} asserts. */
const COLUMNS: { readonly [N in Name]: readonly (keyof Rows[N] & string)[] } = {
  insertSession: namesIn(tables.starts).flatMap((name) => {
    if (name === "receivedAfter") return ["receivedAt", "startedAt"];
    return name === "tsAfter" ? ["ts", "startedAt"] : name;
  }),
  insertOpening: namesIn(tables.openings),
  insertEvent: namesIn(tables.events),
  insertClose: namesIn(tables.closes),
  deleteHead: ["session"],
  moveClose: ["lastSeq", "events", "bytes", "pending", "session"],
  replaceClose: ["reason", "closedAt", "endTs", "session"],
  upsertHead: namesIn(tables.heads),
  upsertPosition: namesIn(tables.positions),
  deleteOpenings: ["rule", "session"],
  deletePosition: ["name"],
  settleImported: ["afterId", "untilId"],
  failClose: ["seq", "failure", "session"],
  countAttempt: ["session"],
  forgetAttempts: ["session"],
  insertToken: namesIn(tables.tokens),
  deleteToken: ["name"],
  noteTokenUse: ["usedAt", "hash"],
  probe: [],
  raiseRevision: [],
  settleClose: ["seq", "changedAt", "session"],
  deleteResults: ["session"],
  deleteAdBreaks: ["session"],
  deleteAds: ["session"],
  deleteChapters: ["session"],
  deleteStates: ["session"],
  deleteErrors: ["session"],
  insertResults: namesIn(tables.results).filter((name) => name !== "revision"),
  insertAdBreaks: namesIn(tables.adBreaks),
  insertAds: namesIn(tables.ads),
  insertChapters: namesIn(tables.chapters),
  insertStates: namesIn(tables.states),
  insertErrors: namesIn(tables.errors),
  deleteStart: ["session"],
  deleteClose: ["session"],
  deleteOpeningsOf: ["session"],
  insertErasure: ["session", "erasedAt", "lastSeq"],
  keepErased: ["hash", "reason", "erasedAt"],
  moveErasure: ["lastSeq", "pending", "revision"],
  pruneErasures: ["revision"],
  pruneErased: ["revision"],
  trimClose: ["session"],
  moveTrimmed: ["lastSeq", "session"],
  deleteEvent: ["seq"],
  deleteSomeAdBreaks: ["session", "ordinal"],
  deleteSomeAds: ["session", "ordinal"],
  deleteSomeChapters: ["session", "ordinal"],
  deleteSomeErrors: ["session", "ordinal"],
  setCounter: ["name", "value"],
};
/** Statements that others of their batch depend on. */
const GUARDS: ReadonlySet<Name> = new Set(["settleClose"]);
const NAMES = Object.keys(COLUMNS) as readonly Name[];
const NUMBER_OF = Object.fromEntries(NAMES.map((name, number) => [name, number])) as Record<Name, number>;

function namesIn<T extends SQLiteTable>(table: T): readonly (keyof T["$inferSelect"] & string)[] {
  return Object.keys(getTableColumns(table));
}

/** Adds a statement with its values to a batch. A value too few or too many doesn't compile. */
export function put<N extends Name, R extends Rows[N]>(
  batch: SqlValue[],
  name: N,
  row: R & Record<Exclude<keyof R, keyof Rows[N]>, never>,
): void {
  batch.push(NUMBER_OF[name]);
  for (const column of COLUMNS[name]) batch.push((row as Rows[N])[column] as SqlValue);
}

/** Adds a guard, and what runs only if the guard changes a row. */
export function putGuard<N extends Name, R extends Rows[N]>(
  batch: SqlValue[],
  name: N,
  row: R & Record<Exclude<keyof R, keyof Rows[N]>, never>,
  putGuarded: () => void,
): void {
  assert(GUARDS.has(name), "a statement that others depend on is a guard");
  put(batch, name, row);
  const at = batch.push(0) - 1;
  putGuarded();
  batch[at] = batch.length - at - 1;
}

/** A batch of one statement. */
export function batchOf<N extends Name, R extends Rows[N]>(
  name: N,
  row: R & Record<Exclude<keyof R, keyof Rows[N]>, never>,
): Batch {
  const batch: SqlValue[] = [];
  put(batch, name, row);
  return batch;
}

/** A batch, with the new state of its heads once it is stored. */
interface Numbered {
  readonly batch: Batch;
  readonly position: LogPosition;
  readonly heads: ReadonlyMap<Head, HeadNumbers>;
}

interface HeadNumbers {
  id: number;
  seq: number;
  events: number;
  bytes: number;
  close: Close | undefined;
  pending: boolean;
}

/** Numbers sessions and events after a position; leaves the heads themselves unchanged. */
export function numbered(writes: readonly Write[], { seq, session }: LogPosition): Numbered {
  const batch: SqlValue[] = [];
  const heads = new Map<Head, HeadNumbers>();
  const moved = new Set<Head>();
  for (const { head, start, downloaded = false, opening, events, close, unfinished = false } of writes) {
    const numbers = heads.get(head) ?? numbersOf(head);
    heads.set(head, numbers);
    numbers.pending = !unfinished;
    if (start) {
      session += 1;
      numbers.id = session;
      grow(numbers, start);
      putStart(batch, start, { id: session, head, downloaded });
      if (opening) {
        const { rule, key, request = null } = opening;
        put(batch, "insertOpening", { rule, session, key, request, at: start.receivedAtMs });
      }
    }
    assert(numbers.id > 0, "an event's session is stored before it");
    for (const event of events) {
      seq += 1;
      assert(numbers.seq < seq, "a chain goes back in the log");
      putEvent(batch, event, seq, numbers);
      numbers.seq = seq;
      grow(numbers, event);
    }
    if (numbers.close) moved.add(head);
    if (close) putClose(batch, numbers, close);
  }
  for (const head of moved) putMove(batch, heads.get(head) ?? numbersOf(head));
  return { batch, position: { seq, session }, heads };
}

interface StartOptions {
  readonly id: number;
  readonly head: Head;
  readonly downloaded: boolean;
}

function putStart(batch: SqlValue[], start: WrittenEvent, { id, head, downloaded }: StartOptions): void {
  const { payload, flags, wire, derived } = start.text;
  assert(payload !== null, "a start has a payload");
  put(batch, "insertSession", {
    id,
    sid: head.sid,
    startedAt: head.startedAtMs,
    receivedAt: start.receivedAtMs,
    ts: start.tsMs,
    playhead: start.playheadMs,
    downloaded,
    payload,
    flags,
    wire,
    derived,
  });
}

function putEvent(batch: SqlValue[], event: WrittenEvent, seq: number, { id, seq: prevSeq }: HeadNumbers): void {
  const { payload, flags, wire } = event.text;
  put(batch, "insertEvent", {
    seq,
    session: id,
    prevSeq,
    ts: event.tsMs,
    receivedAt: event.receivedAtMs,
    type: codeOf(event.type),
    playhead: event.playheadMs,
    payload,
    flags,
    wire,
  });
}

function putClose(batch: SqlValue[], numbers: HeadNumbers, close: Close): void {
  const { id: session, pending } = numbers;
  if (numbers.close) {
    put(batch, "replaceClose", { session, reason: close.reason, closedAt: close.closedAtMs, endTs: close.endTsMs });
  } else {
    put(batch, "insertClose", { ...closeColumns(numbers, close), pending });
    put(batch, "deleteHead", { session });
  }
  numbers.close = close;
}

/** Runs once for all of a session's events in a batch. */
function putMove(batch: SqlValue[], { id: session, seq: lastSeq, events, bytes, pending }: HeadNumbers): void {
  put(batch, "moveClose", { lastSeq, events, bytes, pending, session });
}

function numbersOf({ id, seq, events, bytes, close }: Head): HeadNumbers {
  return { id, seq, events, bytes, close, pending: true };
}

function grow(numbers: HeadNumbers, { text }: WrittenEvent): void {
  numbers.events += 1;
  numbers.bytes += text.bytes;
}

/** Rows of heads for a checkpoint, without closed sessions. */
export function headsBatch(changed: readonly Head[]): Batch {
  const batch: SqlValue[] = [];
  for (const head of changed) {
    if (head.close || head.erased) continue;
    assert(head.id > 0, "a head is saved once its session is stored");
    put(batch, "upsertHead", headColumns(head));
  }
  return batch;
}

/** Moves starts of a former version into today's table. */
export function moveBatch({ moved, lastId }: Slice): Batch {
  return [...moved.flatMap((values) => [NAMES.length, ...values]), NAMES.length + 1, lastId];
}

/** Removes a start of a former version, where its table is still there. */
export function putOldDelete(batch: SqlValue[], session: number): void {
  batch.push(NAMES.length + 2, session);
}

/** The statements of batches, in order of their numbers: Drizzle's, each with the values that it binds, and moves. */
export function templatesOf(statements: Statements): readonly Template[] {
  const ours = NAMES.map((name) => {
    const { sql, params } = statements[name].getQuery();
    const bound = params.map(nameOf);
    assert(Bun.deepEquals(bound, COLUMNS[name]), `${name} binds its columns in their order`);
    return { sql, size: bound.length, ...(GUARDS.has(name) && { isGuard: true }) };
  });
  return [...ours, ...MOVES];
}

/** The name of a value to bind: Drizzle wraps a placeholder if it knows the column. */
function nameOf(bound: unknown): string {
  const placeholder = bound instanceof Param ? bound.value : bound;
  assert(placeholder instanceof Placeholder, "a batch's statement binds nothing but placeholders");
  return placeholder.name;
}

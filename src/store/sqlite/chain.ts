/** Reads a session's events: along the chain from its latest back to its first, or one by one. */

import type { Database } from "bun:sqlite";
import { assert } from "../../base/assert.ts";
import { nextTurn } from "../../base/turn.ts";
import { DamageError, readBack } from "../damage.ts";
import { BOUNDLESS, type Outline, outlineOf, type ReadBound } from "../outline.ts";
import type { ArrivedEvent, SessionEnd } from "../store.ts";
import { ofSession } from "./damage.ts";
import { rawRows } from "./raw.ts";
import { type EventValues, eventOf } from "./rows.ts";

/** The size of what a fold reads of an event beside its numbers. */
const TEXT_BYTES = "coalesce(octet_length(e.payload), 0) + coalesce(octet_length(e.wire), 0)";
const COLUMNS = "e.ts, e.received_at, e.type, e.playhead, e.payload, e.flags, e.wire";

/**
 * The latest event first; ends after the one that exceeds a bound. Looks for no event before the first: that would be
 * on the first page of all events, which may be damaged. Ends before one that leads to itself or to a later one, which
 * would make a chain without an end.
 */
const CHAIN = `
  WITH RECURSIVE chain (prev_seq, session, events, bytes, ts, received_at, type, playhead, payload, flags, wire) AS (
    SELECT e.prev_seq, e.session, 1, ${TEXT_BYTES}, ${COLUMNS} FROM events AS e WHERE e.seq = ?1
    UNION ALL
    SELECT e.prev_seq, e.session, chain.events + 1, chain.bytes + ${TEXT_BYTES}, ${COLUMNS}
    FROM chain JOIN events AS e ON e.seq = chain.prev_seq AND e.prev_seq < e.seq
    WHERE chain.prev_seq > 0 AND chain.events <= ?2 AND chain.bytes <= ?3
  )
  SELECT * FROM chain`;

type ChainRow = [prevSeq: number, session: number, events: number, bytes: number, ...event: EventValues];

/** Reads no payload, since its size precedes it. */
const OUTLINE = `
  WITH RECURSIVE chain (seq, prev_seq, session, ts, received_at, playhead, type, bytes) AS (
    SELECT e.seq, e.prev_seq, e.session, e.ts, e.received_at, e.playhead, e.type, ${TEXT_BYTES}
    FROM events AS e WHERE e.seq = ?1
    UNION ALL
    SELECT e.seq, e.prev_seq, e.session, e.ts, e.received_at, e.playhead, e.type, ${TEXT_BYTES}
    FROM chain JOIN events AS e ON e.seq = chain.prev_seq WHERE chain.prev_seq > 0
  )
  SELECT * FROM chain LIMIT ?2`;

type OutlineRow = [
  seq: number,
  prevSeq: number,
  session: number,
  ts: number,
  receivedAt: number,
  playhead: number,
  type: number,
  bytes: number,
];

/** Binds any number of values as one, in order. */
const SOME = `
  SELECT session, ts, received_at, events.type, playhead, payload, flags, wire
  FROM json_each(?) AS wanted JOIN events ON events.seq = wanted.value ORDER BY wanted.key`;

type ChainedEventRow = [session: number, ...event: EventValues];

/** Rows of an outline to read at once: some 5 ms. */
const STEP_ROWS = 5000;

/** A session's events in order of arrival. @returns undefined where the session exceeds the bound */
export function readChain(client: Database, { id, seq }: SessionEnd, most = BOUNDLESS): ArrivedEvent[] | undefined {
  if (seq === 0) return [];
  const rows = ofSession(id, () => rawRows<ChainRow>(client, CHAIN, seq, most.events, most.bytes));
  const [prevSeq = 0, , events = 0, bytes = 0] = rows.at(-1) ?? [];
  if (events > most.events || bytes > most.bytes) return undefined;
  if (prevSeq > 0 || (rows.length === 0 && isItsEnd(client, id, seq))) throw goneFrom(id);
  return readBack(id, () =>
    rows.reverse().map(([, session, , , ts, receivedAt, type, playhead, payload, flags, wire]) => {
      assert(session === id, "a chain stays within its session");
      return eventOf({ ts, receivedAt, type, playhead, payload, flags, wire });
    }),
  );
}

/** Reads an outline in steps, yielding between them. @returns undefined if the session exceeds the bound */
export async function readOutline(
  client: Database,
  { id, seq }: SessionEnd,
  most: ReadBound,
): Promise<Outline | undefined> {
  const backwards = new Columns();
  let bytes = 0;
  for (let from = seq; from > 0; ) {
    const rows = ofSession(id, () => rawRows<OutlineRow>(client, OUTLINE, from, STEP_ROWS));
    if (rows.length === 0 && (from < seq || isItsEnd(client, id, seq))) throw goneFrom(id);
    if (rows.some(([seq, prevSeq, session]) => session !== id || prevSeq >= seq)) throw goneFrom(id);
    for (const [, , , , , , , size] of rows) bytes += size;
    backwards.add(rows);
    if (backwards.length > most.events || bytes > most.bytes) return undefined;
    from = rows.at(-1)?.[1] ?? 0;
    if (from > 0) await nextTurn();
  }
  return backwards.reversed();
}

/** Some events of a session, in the order of the given numbers. @throws DamageError if one is gone */
export function readSome(client: Database, id: number, seqs: readonly number[]): ArrivedEvent[] {
  const rows = ofSession(id, () => rawRows<ChainedEventRow>(client, SOME, JSON.stringify(seqs)));
  return readBack(id, () => {
    assert(rows.length === seqs.length, "every event of an outline is there");
    return rows.map(([session, ts, receivedAt, type, playhead, payload, flags, wire]) => {
      assert(session === id, "an outline stays within its session");
      return eventOf({ ts, receivedAt, type, playhead, payload, flags, wire });
    });
  });
}

/** Whether a closed session has this event as its latest: its removal begins with that of its close. */
function isItsEnd(client: Database, id: number, seq: number): boolean {
  return rawRows(client, "SELECT 1 FROM closes WHERE session = ? AND last_seq = ?", id, seq).length > 0;
}

function goneFrom(id: number): DamageError {
  return new DamageError(id, `Cannot read session ${id}: an event of it is not where it was; run playhead check`);
}

/** Collects rows, the latest first, in columns: an array for each row would take ten times the memory. */
class Columns {
  length = 0;
  readonly #steps: Outline[] = [];

  add(rows: readonly OutlineRow[]): void {
    const from = outlineOf(rows.length);
    for (const [at, [seq, , , ts, receivedAt, playhead, type, bytes]] of rows.entries()) {
      from.seqs[at] = seq;
      from.tsMs[at] = ts;
      from.receivedAtMs[at] = receivedAt;
      from.playheadMs[at] = playhead;
      from.types[at] = type;
      from.bytes[at] = bytes;
    }
    this.#steps.push(from);
    this.length += rows.length;
  }

  reversed(): Outline {
    const outline = outlineOf(this.length);
    let end = this.length;
    for (const from of this.#steps) {
      end -= from.length;
      outline.seqs.set(from.seqs.reverse(), end);
      outline.tsMs.set(from.tsMs.reverse(), end);
      outline.receivedAtMs.set(from.receivedAtMs.reverse(), end);
      outline.playheadMs.set(from.playheadMs.reverse(), end);
      outline.types.set(from.types.reverse(), end);
      outline.bytes.set(from.bytes.reverse(), end);
    }
    return outline;
  }
}

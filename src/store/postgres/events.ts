/** Reads a session's events by their numbers. */

import { assert } from "../../base/assert.ts";
import { readBack } from "../damage.ts";
import { BOUNDLESS, type Outline, outlineOf, type ReadBound } from "../outline.ts";
import type { ArrivedEvent, SessionEnd } from "../store.ts";
import { numbersText } from "./arrays.ts";
import type { PostgresClient } from "./client.ts";
import { type Big, type EventRow, eventOf } from "./rows.ts";

const COLUMNS = "n, ts, received_at, playhead, type, payload, flags, wire";
/** The size of what a fold reads of an event beside its numbers. */
const TEXT_BYTES = "coalesce(octet_length(payload), 0) + coalesce(octet_length(wire), 0)";
const EVENTS = `SELECT ${COLUMNS} FROM (
    SELECT ${COLUMNS}, sum(${TEXT_BYTES}) OVER () AS total FROM events WHERE session = $1::bigint AND n <= $2::int
  ) AS read WHERE total <= $3::bigint ORDER BY n`;
const OUTLINE = `SELECT n, ts, received_at, playhead, type, ${TEXT_BYTES} AS bytes FROM events
  WHERE session = $1::bigint AND n > $2::int AND n <= $3::int ORDER BY n LIMIT $4::int`;
const SOME = `SELECT ${COLUMNS} FROM events WHERE session = $1::bigint AND n = ANY($2::text::int[])`;

/** Rows of an outline to read at once. */
const STEP_ROWS = 20_000;

type NumberedRow = EventRow & { readonly n: number };

/** A session's events in order of arrival. @returns undefined where the session exceeds the bound */
export async function readEvents(
  client: PostgresClient,
  { id, seq }: SessionEnd,
  most: ReadBound = BOUNDLESS,
): Promise<ArrivedEvent[] | undefined> {
  if (seq === 0) return [];
  if (seq > most.events) return undefined;
  const rows = await client.run<NumberedRow>(EVENTS, [id, seq, most.bytes]);
  if (rows.length === 0 && most !== BOUNDLESS) return undefined;
  return readBack(id, () => rows.map((row) => eventOf(row)));
}

/** The numbers of a session's events. @returns undefined if the session exceeds the bound */
export async function readOutline(
  client: PostgresClient,
  { id, seq }: SessionEnd,
  most: ReadBound,
): Promise<Outline | undefined> {
  if (seq > most.events) return undefined;
  const outline = outlineOf(seq);
  let length = 0;
  let bytes = 0;
  for (let after = 0; after < seq; ) {
    const rows = await client.run<Omit<NumberedRow, "payload"> & { bytes: number }>(OUTLINE, [
      id,
      after,
      seq,
      STEP_ROWS,
    ]);
    if (rows.length === 0) break;
    for (const row of rows) {
      outline.seqs[length] = row.n;
      outline.tsMs[length] = Number(row.ts);
      outline.receivedAtMs[length] = Number(row.received_at);
      outline.playheadMs[length] = Number(row.playhead);
      outline.types[length] = row.type;
      outline.bytes[length] = row.bytes;
      bytes += row.bytes;
      length += 1;
      after = row.n;
    }
    if (bytes > most.bytes) return undefined;
  }
  return length === seq ? outline : cut(outline, length);
}

/** Some events of a session, in the order of the given numbers. @throws DamageError if one is gone */
export async function readSome(client: PostgresClient, id: number, seqs: readonly number[]): Promise<ArrivedEvent[]> {
  const rows = await client.run<NumberedRow>(SOME, [id, numbersText(seqs)]);
  const found = new Map(rows.map((row) => [row.n, row]));
  return readBack(id, () =>
    seqs.map((seq) => {
      const row = found.get(seq);
      assert(row, "every event of an outline is there");
      return eventOf(row);
    }),
  );
}

/** The latest events of some sessions after their known ones, by session. */
export async function readSince(
  client: PostgresClient,
  ends: readonly { readonly id: number; readonly after: number; readonly until: number }[],
): Promise<ReadonlyMap<number, ArrivedEvent[]>> {
  const rows = await client.run<NumberedRow & { session: Big }>(
    `SELECT e.session, ${COLUMNS} FROM unnest($1::text::bigint[], $2::text::int[], $3::text::int[]) AS a(id, low, high)
     JOIN events e ON e.session = a.id AND e.n > a.low AND e.n <= a.high ORDER BY e.session, e.n`,
    [
      numbersText(ends.map(({ id }) => id)),
      numbersText(ends.map(({ after }) => after)),
      numbersText(ends.map(({ until }) => until)),
    ],
  );
  const bySession = new Map<number, ArrivedEvent[]>();
  for (const row of rows) {
    const id = Number(row.session);
    const some = bySession.get(id) ?? [];
    some.push(eventOf(row));
    bySession.set(id, some);
  }
  return bySession;
}

/** The first events of an outline: the others have been removed meanwhile. */
function cut(outline: Outline, length: number): Outline {
  return {
    length,
    seqs: outline.seqs.slice(0, length),
    tsMs: outline.tsMs.slice(0, length),
    receivedAtMs: outline.receivedAtMs.slice(0, length),
    playheadMs: outline.playheadMs.slice(0, length),
    types: outline.types.slice(0, length),
    bytes: outline.bytes.slice(0, length),
  };
}

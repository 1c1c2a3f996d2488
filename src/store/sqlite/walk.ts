/**
 * Walks an index past its damaged pages. SQLite stops at the first of them, so a walk looks for the next readable key,
 * and takes the entries in between from the table, where these rows have consecutive numbers too.
 */

import type { Database } from "bun:sqlite";
import { unlessDamaged } from "./damage.ts";

/** Keys in order, each with its row's number: a table's own numbers, or an index that has both. */
interface Order {
  readonly table: string;
  readonly key: string;
  readonly id: string;
}

export const SESSIONS_BY_START: Order = { table: "sessions", key: "started_at", id: "id" };
export const SESSIONS_BY_NUMBER: Order = { table: "sessions", key: "id", id: "id" };
export const CLOSES_BY_NUMBER: Order = { table: "closes", key: "session", id: "session" };
export const RESULTS_BY_REVISION: Order = { table: "results", key: "revision", id: "session" };
export const EVENTS_BY_NUMBER: Order = { table: "events", key: "seq", id: "seq" };

export interface Entry {
  readonly key: number;
  readonly id: number;
}

/** A place in an order: after one entry, or after all entries of a key. */
interface WalkPlace {
  readonly key: number;
  readonly id?: number | undefined;
}

/** The most numbers between two readable ones, some pages' worth. A walk passes over longer gaps. */
const BETWEEN_MAX = 4096;
const ENTRIES_AT_ONCE = 64;
const KEY_MAX = Number.MAX_SAFE_INTEGER;

/** Entries after a place. In a damaged part of a table it gives every number, whether a row had it or not. */
export function* walk(
  client: Database,
  order: Order,
  from: WalkPlace,
  descending = false,
): Generator<Entry, void, void> {
  for (let place: WalkPlace | undefined = from; place; ) {
    const { entries, isDamaged } = take(client, order, place, { descending, limit: ENTRIES_AT_ONCE });
    yield* entries;
    const last: WalkPlace = entries.at(-1) ?? place;
    if (isDamaged) {
      const beyond = findBeyond(client, order, last, descending);
      yield* between(client, order, [last, beyond?.next], descending);
      place = beyond?.place;
    } else {
      place = entries.length === ENTRIES_AT_ONCE ? last : undefined;
    }
  }
}

interface TakeOptions {
  readonly descending: boolean;
  readonly limit: number;
}

/** Reads the entries after a place up to a limit, or up to a damaged page. */
function take(client: Database, { table, key, id }: Order, place: WalkPlace, { descending, limit }: TakeOptions) {
  const [than, by] = descending ? ["<", "DESC"] : [">", "ASC"];
  const behind = key === id ? `${key} ${than} ?1` : `(${key}, ${id}) ${than} (?1, ?2)`;
  const sql = `SELECT ${key} AS key, ${id} AS id FROM ${table} WHERE ${behind} AND ?2 = ?2
    ORDER BY ${key} ${by}, ${id} ${by} LIMIT ?3`;
  const rows = client.query<Entry, [number, number, number]>(sql);
  const entries: Entry[] = [];
  let last: Entry = { key: place.key, id: place.id ?? (descending ? 0 : KEY_MAX) };
  const isDamaged = unlessDamaged(
    () => {
      for (const row of rows.iterate(last.key, last.id, limit)) {
        // SQLite doesn't look at the order: the rows of a page that has others would be read for ever.
        if (!(descending ? isBefore(row, last) : isBefore(last, row))) return true;
        entries.push(row);
        last = row;
      }
      return false;
    },
    () => true,
  );
  return { entries, isDamaged };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.key < b.key || (a.key === b.key && a.id < b.id);
}

interface Beyond {
  /** Where the walk continues. */
  readonly place: WalkPlace;
  readonly next: Entry | undefined;
}

/** Finds the next readable entry: doubles its steps away, then halves them on the way back. */
function findBeyond(client: Database, order: Order, last: WalkPlace, descending: boolean): Beyond | undefined {
  const look = (distance: number): Beyond | undefined => {
    const place = { key: last.key + (descending ? -distance : distance) };
    const { entries, isDamaged } = take(client, order, place, { descending, limit: 1 });
    return isDamaged ? undefined : { place, next: entries[0] };
  };
  let near = 0;
  let far = 1;
  let found = look(far);
  while (!found && far < KEY_MAX / 4) {
    near = far;
    far *= 2;
    found = look(far);
  }
  while (found && far - near > 1) {
    const middle = Math.floor((near + far) / 2);
    const nearer = look(middle);
    if (nearer) {
      far = middle;
      found = nearer;
    } else {
      near = middle;
    }
  }
  return found;
}

/** The entries of a gap that are in the table. */
function between(
  client: Database,
  { table, key, id }: Order,
  [from, to]: readonly [WalkPlace, Entry | undefined],
  descending: boolean,
): readonly Entry[] {
  const lastId = () => {
    const last = client.query<{ id: number | null }, []>(`SELECT max(${id}) AS id FROM ${table}`);
    return unlessDamaged(
      () => (last.get()?.id ?? 0) + 1,
      () => (from.id ?? KEY_MAX) + BETWEEN_MAX,
    );
  };
  const start = key === id ? from.key : (from.id ?? (descending ? lastId() : 0));
  const end = to?.id ?? (descending ? 0 : lastId());
  const low = Math.min(start, end);
  const count = Math.abs(end - start) - 1;
  if (count > BETWEEN_MAX) return [];
  const ids = Array.from({ length: Math.max(0, count) }, (_, at) => low + 1 + at);
  const entryOf = client.query<Entry, [number]>(`SELECT ${key} AS key, ${id} AS id FROM ${table} WHERE ${id} = ?`);
  const found =
    key === id
      ? ids.map((each) => ({ key: each, id: each }))
      : ids.flatMap((each) =>
          unlessDamaged(
            () => entryOf.get(each) ?? [],
            () => [],
          ),
        );
  const order = (a: WalkPlace, b: Entry) => (descending ? -1 : 1) * (a.key - b.key || (a.id ?? b.id) - b.id);
  return found.filter((entry) => order(from, entry) < 0 && (!to || order(to, entry) > 0)).sort(order);
}

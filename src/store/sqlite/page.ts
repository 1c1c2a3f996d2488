/**
 * Ends pages at their limit in entries, or once their rows weigh too much. A session may weigh a kilobyte or fifty
 * megabytes, so a limit on their number alone would not bound memory.
 */

import { MIB } from "../../base/units.ts";

/** Text in a page. Its objects take some ten times as much until they are collected. */
const PAGE_BYTES_MAX = 4 * MIB;
/** Text in a page of changes: some two thousand ordinary sessions, since each page is a transaction of the facts. */
export const CHANGES_BYTES_MAX = 8 * MIB;
/** The weight of a row beside its text. */
const ROW_BYTES = 256;
/** Sessions to read first. Twice as many follow each time, so that heavy ones are met in small numbers. */
const SESSIONS_FIRST = 64;

/** The weight that a page has left. */
export class Allowance {
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Spends weight on text to be read. @throws Spent if it is too much */
  spend(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0) throw new Spent();
  }

  /** Reads rows one by one. @throws Spent in place of the row that is too much */
  *rows<Row extends object>(rows: Iterable<Row>): Generator<Row, void, void> {
    for (const row of rows) {
      this.spend(bytesOf(row));
      yield row;
    }
  }

  /** Runs a reading that spends from this. @returns undefined, and spends no weight, if it is too much */
  attempt<T>(read: () => T): T | undefined {
    const before = this.#bytes;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Spent)) throw error;
      this.#bytes = before;
      return undefined;
    }
  }
}

class Spent extends Error {}

/**
 * Reads sessions by their numbers, in that order, as far as a page reaches: at least one, if any exists.
 *
 * @param read gives the entries of some of them, reading each row through the allowance
 */
export function readPage<Entry>(
  ids: readonly number[],
  read: (ids: readonly number[], allowance: Allowance) => readonly Entry[],
  bytesMax = PAGE_BYTES_MAX,
): Entry[] {
  const page: Entry[] = [];
  const allowance = new Allowance(bytesMax);
  for (let at = 0, count = SESSIONS_FIRST; at < ids.length; ) {
    const some = ids.slice(at, at + count);
    const entries = allowance.attempt(() => read(some, allowance));
    if (entries) {
      page.push(...entries);
      at += some.length;
      count *= 2;
    } else if (page.length > 0) {
      break;
    } else if (some.length > 1) {
      count = Math.ceil(some.length / 2);
    } else {
      return [...read(some, new Allowance(Number.POSITIVE_INFINITY))];
    }
  }
  return page;
}

/** The first page of some rows: at least one, if any exists. The others aren't even read. */
export function takePage<Row extends object>(
  rows: Iterable<Row>,
  weigh: (row: Row) => number = bytesOf,
): { readonly page: Row[]; readonly isCut: boolean } {
  const page: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += weigh(row);
    if (page.length > 0 && bytes > PAGE_BYTES_MAX) return { page, isCut: true };
    page.push(row);
  }
  return { page, isCut: false };
}

function bytesOf(row: object): number {
  let bytes = ROW_BYTES;
  for (const value of Object.values(row)) if (typeof value === "string") bytes += value.length;
  return bytes;
}

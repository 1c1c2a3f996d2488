/**
 * Where a page ends: at its limit in entries, or once its rows weigh too much. A session weighs a kilobyte or fifty
 * megabytes, so a number of sessions bounds no memory.
 */

import { MIB } from "../../base/units.ts";

/** Text in a page. What is made of it takes some ten times as much, until the collector has been around. */
const PAGE_BYTES_MAX = 4 * MIB;
/** In one of changes: four thousand ordinary sessions, since each page of them is a transaction of the facts. */
export const CHANGES_BYTES_MAX = 16 * MIB;
/** What a row takes beside its text. */
const ROW_BYTES = 256;
/** Sessions that are read first. Each time twice as many follow, so that heavy ones are met in a small number. */
const SESSIONS_FIRST = 64;

/** What a page may still weigh. */
export class Allowance {
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Takes text that is about to be read. @throws Spent where it is too much */
  spend(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0) throw new Spent();
  }

  /** Reads rows, each as it comes. @throws Spent in place of the one that is too much */
  *rows<Row extends object>(rows: Iterable<Row>): Generator<Row, void, void> {
    for (const row of rows) {
      this.spend(bytesOf(row));
      yield row;
    }
  }

  /** Runs a reading that spends from this. @returns nothing, and nothing is spent, where it is too much */
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
 * Reads sessions by their numbers, in this order, as far as a page reaches: one of them at least, if any is there.
 *
 * @param read gives the entries of some of them, each row of which comes through the allowance
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

/** The first of some rows, as far as a page reaches: one at least, if there is any. The others aren't even read. */
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

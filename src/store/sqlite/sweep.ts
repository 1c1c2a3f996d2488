/**
 * Sweeping: removes the last bytes of deleted rows from the database's files.
 *
 * Two copies outlive a DELETE: one in the log beside the file, others in the slack of pages (see slack.ts). VACUUM
 * would remove both, but stop every write until it has written the whole file. This reads the file in slices, and
 * blanks every slack that isn't empty, under the write lock.
 */

import type { Database } from "bun:sqlite";
import { closeSync, fdatasync, fstatSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { nextTurn } from "../../base/turn.ts";
import { MIB } from "../../base/units.ts";
import { openDatabase, type SqliteOptions } from "./open.ts";
import { rawRows } from "./raw.ts";
import { isBlank, slackOf } from "./slack.ts";

/** Bytes per read: a millisecond from memory, a few from a disk. */
const CHUNK_BYTES = MIB / 2;
const PAGES_PER_LOCK = 100;
/** Beyond this a page's first byte doesn't tell whether it has cells: 128 GiB of 8 KiB pages. */
const PAGES_MAX = 2 ** 24;

export class Sweeper implements Disposable {
  readonly #options: SqliteOptions;
  /**
   * Opened once, and closed after the database: closing any descriptor of a file drops all of the process's locks on
   * it, SQLite's included.
   */
  #descriptor: number | undefined;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  /**
   * Empties the log and blanks every slack that isn't empty.
   *
   * @param alone runs work while no other part of this process writes
   * @param isStopped asked between slices
   * @returns false if a reader of the log or a writer was in the way, or it was stopped: the rest is left for the next
   */
  async sweep(alone: <T>(work: () => T) => Promise<T>, isStopped: () => boolean): Promise<boolean> {
    // A connection of its own: its commit makes every other one drop its cached pages.
    const client = openDatabase({ ...this.#options, busyTimeoutMs: 0 });
    try {
      this.#descriptor ??= openSync(this.#options.path, "r+");
      if (!(await alone(() => emptyLog(client)))) return false;
      const pageBytes = pageBytesOf(client);
      const found = await this.#findPages(pageBytes, isStopped);
      if (!found) return false;
      for (let at = 0; at < found.length; at += PAGES_PER_LOCK) {
        const pages = found.slice(at, at + PAGES_PER_LOCK);
        if (isStopped() || !(await alone(() => this.#blank(client, pages, pageBytes)))) return false;
        await nextTurn();
      }
      if (found.length > 0) await promisify(fdatasync)(this.#descriptor);
      return true;
    } finally {
      client.close();
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** The pages whose slack isn't empty. Pages written meanwhile can't hold what was removed before. */
  async #findPages(pageBytes: number, isStopped: () => boolean): Promise<number[] | undefined> {
    const descriptor = this.#descriptor as number;
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const found: number[] = [];
    const pages = Math.floor(fstatSync(descriptor).size / pageBytes);
    if (pages > PAGES_MAX) return found;
    for (let at = 0; at < pages * pageBytes; at += CHUNK_BYTES) {
      if (isStopped()) return undefined;
      const read = readSync(descriptor, chunk, 0, CHUNK_BYTES, at);
      for (let offset = 0; offset + pageBytes <= read; offset += pageBytes) {
        const number = (at + offset) / pageBytes + 1;
        const page = chunk.subarray(offset, offset + pageBytes);
        const slack = slackOf(page, number);
        if (slack && !isBlank(page, slack)) found.push(number);
      }
      await nextTurn();
    }
    return found;
  }

  /**
   * Blanks the slack of some pages.
   *
   * Runs under the write lock, with an empty log: the file then holds the only image of every page, and only this
   * function changes it. A concurrent reader of a page ignores its slack.
   */
  #blank(client: Database, numbers: readonly number[], pageBytes: number): boolean {
    const descriptor = this.#descriptor as number;
    if (!emptyLog(client) || !tryBegin(client)) return false;
    try {
      // Another process may have written between the two.
      if (statSync(`${this.#options.path}-wal`).size > 0) return false;
      const page = Buffer.alloc(pageBytes);
      for (const number of numbers) {
        const at = (number - 1) * pageBytes;
        if (readSync(descriptor, page, 0, pageBytes, at) < pageBytes) continue;
        const slack = slackOf(page, number);
        if (!slack || isBlank(page, slack)) continue;
        page.fill(0, slack.from, slack.to);
        writeSync(descriptor, page, slack.from, slack.to - slack.from, at + slack.from);
      }
      // Changes no value, but makes connections reread the pages that they cached since the log was emptied.
      client.run("UPDATE counters SET value = value WHERE name = 'unswept'");
      client.run("COMMIT");
      return true;
    } finally {
      if (client.inTransaction) client.run("ROLLBACK");
    }
  }
}

/** Copies the log into the file and truncates it. @returns whether no reader or writer was in the way */
function emptyLog(client: Database): boolean {
  const [row] = rawRows<[busy: number]>(client, "PRAGMA wal_checkpoint(TRUNCATE)");
  return row?.[0] === 0;
}

function tryBegin(client: Database): boolean {
  try {
    client.run("BEGIN IMMEDIATE");
    return true;
  } catch {
    return false;
  }
}

function pageBytesOf(client: Database): number {
  const [row] = rawRows<[bytes: number]>(client, "PRAGMA page_size");
  return row?.[0] ?? 0;
}

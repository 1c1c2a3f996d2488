/**
 * Sweeping: after it, what was removed is in no byte of the database's files.
 *
 * Two things outlive a DELETE: the log beside the file, and copies in the slack of pages (see slack.ts). VACUUM would
 * take both, and stop every write for as long as it takes to write the whole file. This reads the file in slices, and
 * blanks the slack of the pages that have something in it, under the write lock.
 */

import type { Database } from "bun:sqlite";
import { closeSync, fdatasync, fstatSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { nextTurn } from "../../base/turn.ts";
import { MIB } from "../../base/units.ts";
import { openDatabase, type SqliteOptions } from "./open.ts";
import { isBlank, slackOf } from "./slack.ts";

/** Read at once: a millisecond from memory, a few from a disk. */
const CHUNK_BYTES = MIB / 2;
const PAGES_PER_LOCK = 100;
/** From here on a page's first byte does not tell whether it has cells: 128 GiB of pages of 8 KiB. */
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
   * Empties the log and blanks every slack that holds something.
   *
   * @param alone runs something while nobody in this process writes
   * @param isStopped asked between slices
   * @returns false when somebody reads from the log or writes, or it was stopped: what is left then is left
   */
  async sweep(alone: <T>(work: () => T) => Promise<T>, isStopped: () => boolean): Promise<boolean> {
    // A connection of its own: its commit makes every other one forget the pages that it remembers.
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

  /** The pages whose slack holds something; what is written meanwhile holds nothing of what was removed before. */
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
   * Under the write lock, with an empty log: the file then holds every page's one and only image, and nobody but this
   * changes it. Whoever reads a page meanwhile does not look at its slack.
   */
  #blank(client: Database, numbers: readonly number[], pageBytes: number): boolean {
    const descriptor = this.#descriptor as number;
    if (!emptyLog(client) || !tryBegin(client)) return false;
    try {
      // Somebody may have written between the two.
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
      // Changes nothing, and yet makes whoever has read a page since the log was emptied read it anew.
      client.run("UPDATE counters SET value = value WHERE name = 'unswept'");
      client.run("COMMIT");
      return true;
    } finally {
      if (client.inTransaction) client.run("ROLLBACK");
    }
  }
}

/** Copies the log into the file and cuts it to nothing. @returns whether nobody was in the way */
function emptyLog(client: Database): boolean {
  const [row] = client.query<never, []>("PRAGMA wal_checkpoint(TRUNCATE)").values() as unknown as [busy: number][];
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
  const [row] = client.query<never, []>("PRAGMA page_size").values() as unknown as [bytes: number][];
  return row?.[0] ?? 0;
}

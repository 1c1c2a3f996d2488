/**
 * Sweeping: removes the last bytes of deleted rows from the database's files.
 *
 * Two copies outlive a DELETE: one in the log beside the file, others in the slack of pages (see slack.ts). VACUUM
 * would remove both, but stop every write until it has written the whole file. This reads the file in slices, and
 * blanks every slack that isn't empty, a few pages at a time (see sweep-step.ts).
 */

import type { Database } from "bun:sqlite";
import { closeSync, fdatasync, fstatSync, openSync, readSync } from "node:fs";
import { promisify } from "node:util";
import { AppError } from "../../base/errors.ts";
import { nextTurn } from "../../base/turn.ts";
import { MIB } from "../../base/units.ts";
import { rawRows } from "./raw.ts";
import { isBlank, slackOf } from "./slack.ts";
import type { SweepStep } from "./sweep-step.ts";
import { translate } from "./transaction.ts";

/** Bytes per read: a millisecond from memory, a few from a disk. */
const CHUNK_BYTES = MIB / 2;
const PAGES_PER_STEP = 100;
/** Beyond this a page's first byte doesn't tell whether it has cells: 128 GiB of 8 KiB pages. */
const PAGES_MAX = 2 ** 24;

export class Sweeper implements Disposable {
  readonly #path: string;
  /**
   * Opened once, and closed after the database: closing any descriptor of a file drops all of the process's locks on
   * it, SQLite's included.
   */
  #descriptor: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Empties the log and blanks every slack that isn't empty.
   *
   * @param take takes a step in the commit thread, while no other part of this process writes
   * @param isStopped asked between slices
   * @returns false if a reader of the log or a writer was in the way, or it was stopped: the rest is left for the next
   */
  async sweep(client: Database, take: (step: SweepStep) => Promise<void>, isStopped: () => boolean): Promise<boolean> {
    try {
      return await this.#sweep(client, take, isStopped);
    } catch (error) {
      if (error instanceof AppError && error.code === "overloaded") return false;
      throw translate(error);
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  async #sweep(client: Database, take: (step: SweepStep) => Promise<void>, isStopped: () => boolean): Promise<boolean> {
    this.#descriptor ??= openSync(this.#path, "r+");
    const descriptor = this.#descriptor;
    await take("empty the log");
    const pageBytes = pageBytesOf(client);
    const found = await findPages(descriptor, pageBytes, isStopped);
    if (!found) return false;
    for (let at = 0; at < found.length; at += PAGES_PER_STEP) {
      if (isStopped()) return false;
      await take({ descriptor, pageBytes, numbers: found.slice(at, at + PAGES_PER_STEP) });
      await nextTurn();
    }
    if (found.length > 0) await promisify(fdatasync)(descriptor);
    await take("note the end");
    return true;
  }
}

/** The pages whose slack isn't empty. Pages written meanwhile can't hold what was removed before. */
async function findPages(
  descriptor: number,
  pageBytes: number,
  isStopped: () => boolean,
): Promise<number[] | undefined> {
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

function pageBytesOf(client: Database): number {
  const [row] = rawRows<[bytes: number]>(client, "PRAGMA page_size");
  return row?.[0] ?? 0;
}

/** The steps of a sweep that wait for the disk, which the commit thread takes between batches. */

import type { Database } from "bun:sqlite";
import { readSync, statSync, writeSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import { pathsBeside } from "./files.ts";
import { markLog } from "./lineage.ts";
import { openDatabase, type SqliteOptions } from "./open.ts";
import { rawRows } from "./raw.ts";
import { isBlank, slackOf } from "./slack.ts";
import { transact, translate } from "./transaction.ts";

export type SweepStep = "empty the log" | PagesToBlank | "note the end";

interface PagesToBlank {
  /** The main thread's, on the database's file: closing one drops all of the process's locks on that file. */
  readonly descriptor: number;
  readonly pageBytes: number;
  readonly numbers: readonly number[];
}

/** @throws AppError `overloaded` if a reader of the log or another process's write is in the way */
export function takeSweepStep(options: SqliteOptions, step: SweepStep): void {
  // A connection for this step alone: one that has cached a page would write its old slack again.
  const client = openDatabase({ ...options, busyTimeoutMs: 0 });
  try {
    if (step === "note the end") noteEnd(client);
    else {
      emptyLog(client);
      if (step !== "empty the log") transact(client, () => blank(client, options.path, step));
    }
  } catch (error) {
    throw translate(error);
  } finally {
    client.close(true);
  }
}

/** Copies the log into the file and truncates it. */
function emptyLog(client: Database): void {
  const [row] = rawRows<[busy: number]>(client, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (row?.[0] !== 0) throw isInTheWay("a long read holds its log");
}

/**
 * Blanks the slack of some pages.
 *
 * Runs under the write lock, with an empty log: the file then holds the only image of every page, and only this
 * function changes it. A concurrent reader of a page ignores its slack.
 */
function blank(client: Database, path: string, { descriptor, pageBytes, numbers }: PagesToBlank): void {
  // Since the log was emptied, another process may have written.
  if (statSync(pathsBeside(path).log).size > 0) throw isInTheWay("another process writes");
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
}

function noteEnd(client: Database): void {
  transact(client, () => {
    client.run("UPDATE counters SET value = 0 WHERE name = 'unswept'");
    // The log begins again.
    markLog(client);
  });
}

function isInTheWay(what: string): AppError {
  return new AppError("overloaded", `Cannot sweep the database: ${what}; the sweep goes on later`);
}

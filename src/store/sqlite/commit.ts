/**
 * What to commit, and how: all that the commit thread needs to know. Rows and their meaning are elsewhere, so that the
 * thread starts within a few milliseconds.
 */

import type { Database } from "bun:sqlite";
import { assert } from "../../base/assert.ts";
import { FileWatch } from "./files.ts";
import { openDatabase, type SqliteOptions } from "./open.ts";
import { type SweepStep, takeSweepStep } from "./sweep-step.ts";
import { transact, translate } from "./transaction.ts";

export type SqlValue = string | number | boolean | null;

/** A statement that batches may run, and how many values it takes. */
export interface Template {
  readonly sql: string;
  readonly size: number;
  /** Whether it is followed by a number of values that are passed over if it changes no row. */
  readonly isGuard?: boolean;
}

/**
 * The values of consecutive statements, each after the number of its template.
 *
 * Flat, since passing an array of integers and texts to another thread takes a fraction of the time of objects.
 */
export type Batch = readonly SqlValue[];

/** Stores batches, one at a time. */
export interface Committer {
  /** Stores a batch, whole or not at all; resolves once it is durable. @throws AppError as `JournalStore.append` */
  commit(batch: Batch): Promise<void>;
  /** Resolves batches that are already durable, without waiting for a turn of the event loop. */
  notice(): void;
  /** Copies the log into the file, as far as no reader is in the way. @throws AppError as `commit` */
  checkpoint(): Promise<void>;
  /** @throws AppError as `takeSweepStep` */
  sweep(step: SweepStep): Promise<void>;
  /** Closes the file. */
  close(): Promise<void>;
}

/** Commits in this thread, on a connection that its owner closes. */
export function createCommitter(
  client: Database,
  options: SqliteOptions,
  { templates, files }: { readonly templates: readonly Template[]; readonly files: FileWatch },
): Committer {
  const run = prepareTemplates(client, templates);
  return {
    commit: async (batch) => {
      transact(client, () => run(batch));
      files.check();
    },
    notice: () => {},
    checkpoint: async () => checkpoint(client),
    sweep: async (step) => takeSweepStep(options, step),
    close: async () => {},
  };
}

/** A connection for commits alone, for a thread that waits for each. */
export class CommitConnection implements Disposable {
  readonly #options: SqliteOptions;
  readonly #client: Database;
  readonly #run: (batch: Batch) => void;
  readonly #files: FileWatch;

  /** @throws AppError `store-failed` */
  constructor(options: SqliteOptions, templates: readonly Template[]) {
    this.#options = options;
    this.#client = openDatabase(options);
    this.#files = new FileWatch(options.path);
    this.#run = prepareTemplates(this.#client, templates);
  }

  commit(batch: Batch): void {
    transact(this.#client, () => this.#run(batch));
    // After the commit and before the answer: an event in files that are gone must not be acknowledged.
    this.#files.check();
  }

  checkpoint(): void {
    checkpoint(this.#client);
  }

  sweep(step: SweepStep): void {
    takeSweepStep(this.#options, step);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function checkpoint(client: Database): void {
  try {
    client.run("PRAGMA wal_checkpoint(PASSIVE)");
  } catch (error) {
    throw translate(error);
  }
}

/** An array that a statement binds as it is; passing its values as arguments would copy them twice. */
type Bound = SqlValue[] & Record<string, SqlValue>;

function prepareTemplates(client: Database, templates: readonly Template[]): (batch: Batch) => void {
  const prepare = ({ sql, size }: Template) => ({
    statement: client.prepare<never, [Bound]>(sql),
    // Reused for every run, since garbage makes the engine return pages and take them again.
    values: new Array<SqlValue>(size).fill(null) as Bound,
  });
  const prepared: (ReturnType<typeof prepare> | undefined)[] = [];
  return (batch) => {
    let at = 0;
    while (at < batch.length) {
      const number = batch[at] as number;
      const template = templates[number];
      assert(template, "a batch names its templates by their numbers");
      // At its first use: a new database lacks a table to move starts from.
      prepared[number] ??= prepare(template);
      const { statement, values } = prepared[number];
      at += 1;
      for (let column = 0; column < values.length; column += 1, at += 1) values[column] = batch[at] as SqlValue;
      const { changes } = statement.run(values);
      if (!template.isGuard) continue;
      at += changes === 0 ? 1 + (batch[at] as number) : 1;
    }
    // Otherwise the last statement has bound leftovers of another batch, and none of this one may stay.
    assert(at === batch.length, "a batch ends with the values of its last statement");
  };
}

/**
 * What is committed, and how: all that a thread of commits needs to know. Rows and their meaning are elsewhere, so that
 * such a thread is there in a few milliseconds.
 */

import type { Database } from "bun:sqlite";
import { assert } from "../../base/assert.ts";
import { openDatabase, type SqliteOptions } from "./open.ts";
import { transact } from "./transaction.ts";

export type Value = string | number | boolean | null;

/** A statement that batches may run, and how many values it takes. */
export interface Order {
  readonly sql: string;
  readonly size: number;
}

/**
 * Values of orders one after the other, each behind the number of its order.
 *
 * Flat, since an array of integers and texts is handed to another thread in a part of the time that objects take.
 */
export type Batch = readonly Value[];

/** Whoever stores batches, one at a time. */
export interface Committer {
  /** Stores a batch, whole or not at all; resolves once it is durable. @throws AppError as `Store.append` */
  commit(batch: Batch): Promise<void>;
  /** Resolves what is durable by now, without a turn of the loop in which to hear of it. */
  notice(): void;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** Commits in this thread, on a connection that somebody else closes. */
export function createCommitter(client: Database, orders: readonly Order[]): Committer {
  const run = prepareOrders(client, orders);
  return {
    commit: async (batch) => transact(client, () => run(batch)),
    notice: () => {},
    close: async () => {},
  };
}

/** A connection for commits alone, for a thread that waits for each. */
export class CommitConnection implements Disposable {
  readonly #client: Database;
  readonly #run: (batch: Batch) => void;

  /** @throws AppError `store-failed` */
  constructor(options: SqliteOptions, orders: readonly Order[]) {
    this.#client = openDatabase(options);
    this.#run = prepareOrders(this.#client, orders);
  }

  commit(batch: Batch): void {
    transact(this.#client, () => this.#run(batch));
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function prepareOrders(client: Database, orders: readonly Order[]): (batch: Batch) => void {
  const prepared = orders.map(({ sql, size }) => ({ statement: client.prepare<never, Value[]>(sql), size }));
  return (batch) => {
    for (let at = 0; at < batch.length; ) {
      const order = prepared[batch[at] as number];
      assert(order, "a batch names its orders by their numbers");
      const next = at + 1 + order.size;
      order.statement.run(...batch.slice(at + 1, next));
      at = next;
    }
  };
}

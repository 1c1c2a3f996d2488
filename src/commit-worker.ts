/** The thread that waits for the disk: opened once, then a batch at a time, each with one answer. */

import { AppError, type ErrorCode } from "./base/errors.ts";
import { type Batch, CommitConnection, type Order } from "./store/sqlite/commit.ts";
import type { SqliteOptions } from "./store/sqlite/open.ts";

declare const self: Worker;

/**
 * A batch is a message by itself, not a member of one: an array of plain values takes a short way between threads, and
 * anything round it the long one, which costs more than storing the batch.
 */
export type CommitOrder =
  | {
      readonly open: Pick<SqliteOptions, "path" | "synchronous">;
      readonly orders: readonly Order[];
      /** The number of the order that was done last, for whoever has no turn of the loop in which to hear of it. */
      readonly done: Int32Array<SharedArrayBuffer>;
    }
  | Batch
  | "close";

/** What went wrong, if something did; without a code it was a bug. */
export type CommitAnswer = { readonly code: ErrorCode | undefined; readonly message: string } | undefined;

let connection: CommitConnection | undefined;
let done: Int32Array<SharedArrayBuffer> | undefined;
let taken = 0;

self.onmessage = ({ data }: MessageEvent<CommitOrder>) => {
  taken += 1;
  const answer = answerTo(data);
  if (done && answer === undefined) Atomics.store(done, 0, taken);
  postMessage(answer);
};

function answerTo(order: CommitOrder): CommitAnswer {
  try {
    if (order === "close") connection?.[Symbol.dispose]();
    else if ("open" in order) {
      done = order.done;
      connection = new CommitConnection(order.open, order.orders);
    } else opened().commit(order);
    return undefined;
  } catch (error) {
    // An error loses its code on the way to another thread.
    if (error instanceof AppError) return { code: error.code, message: error.message };
    return { code: undefined, message: String(error) };
  }
}

function opened(): CommitConnection {
  if (!connection) throw new AppError("store-failed", "The thread of commits has no database");
  return connection;
}

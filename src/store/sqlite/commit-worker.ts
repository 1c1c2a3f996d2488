/** The commit thread: opens its connection once, then stores one batch per message and answers each. */

import { AppError, type Fault, faultOf } from "../../base/errors.ts";
import { type Batch, CommitConnection, type Template } from "./commit.ts";
import type { SqliteOptions } from "./open.ts";
import type { SweepStep } from "./sweep-step.ts";
import { isOfPage } from "./transaction.ts";

declare const self: Worker;

/**
 * A batch is a whole message, not a member of one: the engine copies a bare array of plain values between threads on a
 * fast path. Any wrapper takes the slow path, which costs more than storing the batch.
 */
export type CommitOrder =
  | {
      readonly open: Pick<SqliteOptions, "path" | "synchronous">;
      readonly templates: readonly Template[];
      /** Holds the number of the last order done, so that the main thread can read it within one turn of its loop. */
      readonly done: Int32Array<SharedArrayBuffer>;
    }
  | Batch
  | "checkpoint"
  | { readonly sweep: SweepStep }
  | "close";

/** The error, if any, and whether it means damage. */
export type CommitAnswer = (Fault & { readonly isDamage: boolean }) | undefined;

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
    else if (order === "checkpoint") opened().checkpoint();
    else if ("sweep" in order) opened().sweep(order.sweep);
    else if ("open" in order) {
      done = order.done;
      connection = new CommitConnection(order.open, order.templates);
    } else opened().commit(order);
    return undefined;
  } catch (error) {
    return { ...faultOf(error), isDamage: error instanceof Error && isOfPage(error.cause) };
  }
}

function opened(): CommitConnection {
  if (!connection) throw new AppError("store-failed", "Cannot commit: the commit thread has no database");
  return connection;
}

/** The main thread's side of the thread that waits for the disk: requests are read and answered meanwhile. */

import { AppError } from "./base/errors.ts";
import type { CommitAnswer, CommitOrder } from "./commit-worker.ts";
import type { Committer, Order } from "./store/sqlite/commit.ts";
import type { SqliteOptions } from "./store/sqlite/open.ts";

/** Starts the thread on a database whose schema is there; what it can't open fails the first batch. */
export function openCommitThread(
  options: Pick<SqliteOptions, "path" | "synchronous">,
  orders: readonly Order[],
): Committer {
  // Small: its batches are garbage at once, and a heap with room for many of them takes its pages anew each time.
  const worker = new Worker(new URL("./commit-worker.ts", import.meta.url), { smol: true });
  const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** By their numbers, from 1; the answer to one that was noticed already is passed over. */
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let [asked, answered] = [0, 0];
  let death: AppError | undefined;

  function ask(order: CommitOrder): Promise<void> {
    if (death) return Promise.reject(death);
    const answer = Promise.withResolvers<void>();
    asked += 1;
    waiting.set(asked, answer);
    worker.postMessage(order);
    return answer.promise;
  }

  function die(why: string): void {
    death ??= new AppError("store-failed", `The thread of commits ended: ${why}`);
    for (const { reject } of waiting.values()) reject(death);
    waiting.clear();
  }

  worker.onmessage = ({ data }: MessageEvent<CommitAnswer>) => {
    answered += 1;
    const answer = waiting.get(answered);
    waiting.delete(answered);
    if (data === undefined || data === null) answer?.resolve();
    else answer?.reject(data.code ? new AppError(data.code, data.message) : new Error(data.message));
  };
  worker.onerror = ({ message }) => die(message);
  worker.addEventListener("close", () => die("nobody knows why"));
  // A server that stops is not held back by it.
  worker.unref();
  const opened = ask({ open: options, orders, done });
  opened.catch(() => {});
  return {
    async commit(batch) {
      await opened;
      await ask(batch);
    },
    notice() {
      const number = Atomics.load(done, 0);
      waiting.get(number)?.resolve();
      waiting.delete(number);
    },
    async close() {
      await ask("close").catch(() => {});
      worker.terminate();
    },
  };
}

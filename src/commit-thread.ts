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
  const worker = new Worker(new URL("./commit-worker.ts", import.meta.url));
  const waiting: PromiseWithResolvers<void>[] = [];
  let death: AppError | undefined;

  function ask(order: CommitOrder): Promise<void> {
    if (death) return Promise.reject(death);
    const answer = Promise.withResolvers<void>();
    waiting.push(answer);
    worker.postMessage(order);
    return answer.promise;
  }

  function die(why: string): void {
    death ??= new AppError("store-failed", `The thread of commits ended: ${why}`);
    for (const { reject } of waiting.splice(0)) reject(death);
  }

  worker.onmessage = ({ data }: MessageEvent<CommitAnswer>) => {
    const answer = waiting.shift();
    if (data === undefined || data === null) answer?.resolve();
    else answer?.reject(data.code ? new AppError(data.code, data.message) : new Error(data.message));
  };
  worker.onerror = ({ message }) => die(message);
  worker.addEventListener("close", () => die("nobody knows why"));
  // A server that stops is not held back by it.
  worker.unref();
  const opened = ask({ open: options, orders });
  opened.catch(() => {});
  return {
    async commit(batch) {
      await opened;
      await ask(batch);
    },
    async close() {
      await ask("close").catch(() => {});
      worker.terminate();
    },
  };
}

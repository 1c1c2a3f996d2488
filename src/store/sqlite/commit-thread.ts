/** The main thread's side of the commit thread, which waits for the disk while requests go on. */

import { assert } from "../../base/assert.ts";
import { AppError, errorOf } from "../../base/errors.ts";
import { checkFreeFiles } from "../../base/free-files.ts";
import { DamageError } from "../damage.ts";
import type { Committer, Template } from "./commit.ts";
import type { CommitAnswer, CommitOrder } from "./commit-worker.ts";
import type { SqliteOptions } from "./open.ts";

/** Starts the commit thread on a migrated database. If the thread can't open it, the first batch fails. */
export function openCommitThread(
  { path, synchronous }: Pick<SqliteOptions, "path" | "synchronous">,
  templates: readonly Template[],
): Committer {
  checkFreeFiles();
  // A small heap, since batches are garbage at once: a large one gives its pages back and faults them in again.
  const worker = new Worker(new URL("./commit-worker.ts", import.meta.url), { smol: true });
  const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Orders under way by number, from 1. `notice` may settle one before its answer arrives. */
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let asked = 0;
  let answered = 0;
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
    death ??= new AppError("store-failed", `Cannot commit: the commit thread ended: ${why}`);
    for (const { reject } of waiting.values()) reject(death);
    waiting.clear();
  }

  worker.onmessage = ({ data }: MessageEvent<CommitAnswer>) => {
    answered += 1;
    if (answered > asked) return die("it answered more than it was asked");
    const answer = waiting.get(answered);
    waiting.delete(answered);
    if (data === undefined || data === null) answer?.resolve();
    else answer?.reject(thrownOf(data));
  };
  worker.onerror = ({ message }) => die(message);
  worker.addEventListener("close", () => die("it exited without an error"));
  // The thread must not keep a stopping server alive.
  worker.unref();
  const opened = ask({ open: { path, synchronous }, templates, done });
  opened.catch(() => {});
  return {
    async commit(batch) {
      await opened;
      await ask(batch);
    },
    notice() {
      const number = Atomics.load(done, 0);
      assert(number >= 0 && number <= asked, "the commit thread has done no more than it was asked");
      waiting.get(number)?.resolve();
      waiting.delete(number);
    },
    async checkpoint() {
      await opened;
      await ask("checkpoint");
    },
    async sweep(step) {
      await opened;
      await ask({ sweep: step });
    },
    async close() {
      await ask("close").catch(() => {});
      worker.terminate();
    },
  };
}

/** The error of an answer. SQLite's own error is its cause in this thread; from another, a sign of damage is. */
function thrownOf(answer: NonNullable<CommitAnswer>): Error {
  const error = errorOf(answer);
  if (answer.isDamage) error.cause = new DamageError(undefined, answer.message);
  return error;
}

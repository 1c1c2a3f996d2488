/** A Worker for tests of threads: jobs that wait, fail, stream or die as they are told. */

import { AppError, type ErrorCode } from "../../src/base/errors.ts";
import { attendDesk, type Desk } from "../../src/threads/desk.ts";
import type { ToWorker } from "../../src/threads/messages.ts";

export type TrialJob =
  | { readonly kind: "echo"; readonly value: unknown }
  /** Ends only when cancelled. */
  | { readonly kind: "hold" }
  /** Blocks the thread for so long that it hears no message. */
  | { readonly kind: "block"; readonly ms: number }
  | { readonly kind: "fail"; readonly code?: ErrorCode }
  | { readonly kind: "die"; readonly how: "exit" | "throw" | "reject" }
  /** @property failAt before which piece, from 0, it breaks */
  | { readonly kind: "stream"; readonly pieces: number; readonly failAt?: number }
  | { readonly kind: "count" };

export interface TrialOptions {
  readonly jobsAtOnce: number;
  /** Never opens, as a Worker of which a module failed to load. */
  readonly failsToOpen?: boolean;
  /** How long it rests between two pieces of its own work; by default it has no work of its own. */
  readonly restMs?: number;
}

/** What the Worker has done so far. */
export interface TrialCounts {
  readonly pieces: number;
  readonly streamsEnded: number;
  readonly cancelled: number;
  readonly rests: number;
}

declare const self: Worker;

const counts = { pieces: 0, streamsEnded: 0, cancelled: 0, rests: 0 };

class TrialDesk implements Desk<TrialJob> {
  readonly jobsAtOnce: number;
  readonly rest?: () => Promise<number>;

  constructor({ jobsAtOnce, restMs }: TrialOptions) {
    this.jobsAtOnce = jobsAtOnce;
    if (restMs === undefined) return;
    this.rest = async () => {
      counts.rests += 1;
      return restMs;
    };
  }

  perform(job: TrialJob, signal: AbortSignal): Promise<unknown> | AsyncGenerator<Uint8Array<ArrayBuffer>> {
    return job.kind === "stream" ? streamOf(job) : answer(job, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function answer(job: Exclude<TrialJob, { kind: "stream" }>, signal: AbortSignal): Promise<unknown> {
  switch (job.kind) {
    case "echo":
      return job.value;
    case "count":
      return { ...counts };
    case "hold":
      return held(signal);
    case "block":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, job.ms);
      return undefined;
    case "fail":
      throw job.code ? new AppError(job.code, "As it was told") : new Error("secret");
    case "die":
      return die(job.how);
  }
}

function held(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => {
      counts.cancelled += 1;
      reject(signal.reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

async function die(how: "exit" | "throw" | "reject"): Promise<unknown> {
  if (how === "exit") process.exit(3);
  const error = new Error("A bug in the Worker");
  if (how === "reject") void Promise.reject(error);
  else
    setTimeout(() => {
      throw error;
    });
  return new Promise(() => {});
}

async function* streamOf({ pieces, failAt }: Extract<TrialJob, { kind: "stream" }>) {
  try {
    for (let piece = 0; piece < pieces; piece += 1) {
      if (piece === failAt) throw new AppError("store-failed", "As it was told");
      counts.pieces += 1;
      yield new Uint8Array([piece % 256]);
    }
    if (failAt === pieces) throw new AppError("store-failed", "As it was told");
  } finally {
    counts.streamsEnded += 1;
  }
}

attendDesk<TrialOptions, TrialJob>(
  {
    send: (report) => self.postMessage(report),
    listen: (hear) => {
      self.addEventListener("message", ({ data }: MessageEvent<ToWorker<TrialOptions, TrialJob>>) => hear(data));
    },
  },
  async (options) => {
    if (options.failsToOpen) throw new Error("Not yet");
    return new TrialDesk(options);
  },
);

/** A lane to a real Worker that does what a test tells it. */

import type { LogFields } from "../../src/base/log.ts";
import { WorkerLane, type WorkerLaneOptions } from "../../src/threads/lane.ts";
import type { TrialCounts, TrialJob, TrialOptions } from "../support/desk-worker.ts";

export interface TrialLane extends AsyncDisposable {
  readonly lane: WorkerLane<TrialOptions, TrialJob>;
  /** Every Worker that was started. */
  readonly workers: Worker[];
  /** What was logged at the level of errors. */
  readonly errors: { readonly message: string; readonly fields: LogFields }[];
  /** What the Worker of this moment has done. */
  counts(): Promise<TrialCounts>;
}

/** Makes a lane; disposing of it stops the Worker. */
export function trialLane(
  options: Partial<Omit<WorkerLaneOptions<TrialOptions>, "options">> & {
    readonly desk?: Partial<TrialOptions>;
    /** The first Workers that can't open. */
    readonly unopened?: number;
  } = {},
): TrialLane {
  const { desk, unopened = 0, ...rest } = options;
  const workers: Worker[] = [];
  const errors: TrialLane["errors"] = [];
  const lane = new WorkerLane<TrialOptions, TrialJob>({
    name: "trial",
    spawn: () => {
      const worker = new Worker(new URL("../support/desk-worker.ts", import.meta.url));
      workers.push(worker);
      return worker;
    },
    options: () => ({ jobsAtOnce: 2, failsToOpen: workers.length <= unopened, ...desk }),
    jobsMax: 4,
    timeoutMs: 10_000,
    log: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (message, fields = {}) => errors.push({ message, fields }),
    },
    ...rest,
  });
  return {
    lane,
    workers,
    errors,
    counts: () => lane.run<TrialCounts>({ kind: "count" }),
    [Symbol.asyncDispose]: () => lane.stop(),
  };
}

/** The code of the AppError that a promise is rejected with, or words for whatever else becomes of it. */
export async function codeOfPromise(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "nothing was thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

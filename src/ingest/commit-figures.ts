/** What each commit is measured by, whatever stores the events. */

import type { Histogram } from "../base/histogram.ts";

export interface CommitFigures {
  /** How many writes shared each commit; each write is one request. */
  readonly commitWrites: Histogram;
  /** How long each commit took. */
  readonly commitSeconds: Histogram;
  /** How often the store was found to lack what it had acknowledged; undefined where only this process writes to it. */
  readonly historyLosses?: number;
}

export const COMMIT_WRITES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];
/** From a fast disk to one that makes clients give up. */
export const COMMIT_SECONDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Reports as the rest of the server sees them: questions in, answers out, whoever does the work. */

import type { Concurrency } from "./concurrency.ts";
import type { Funnel, Retention } from "./curves.ts";
import type { ReportJob } from "./desk.ts";
import type { ReportResult } from "./report.ts";

/** An answer that has open sessions says how old their numbers are. */
export type WithAge<T> = T & { readonly openAgeMs?: number };

/** An answer says how many closed sessions it lacks, since they had no numbers yet. */
type WithPending<T> = WithAge<T> & { readonly pending: number };

interface Answers {
  readonly report: WithPending<ReportResult>;
  readonly retention: WithPending<Retention>;
  readonly funnel: WithPending<Funnel>;
  readonly concurrency: WithPending<Concurrency>;
  readonly sessions: readonly number[];
  readonly forget: undefined;
}

export interface Reports {
  /**
   * Answers a question.
   *
   * @param signal aborted when nobody waits for the answer any more
   * @throws AppError `overloaded`, `deadline-exceeded`, `reports-building`, `report-too-large`, `invalid-query`
   */
  ask<Kind extends ReportJob["kind"]>(
    job: Extract<ReportJob, { kind: Kind }>,
    signal?: AbortSignal,
  ): Promise<Answers[Kind]>;
}

/** Reports for the rest of the server: questions in, answers out, on any thread. */

import type { ReportJob } from "./desk.ts";
import type { Concurrency } from "./run/concurrency.ts";
import type { Funnel, RetentionCurve } from "./run/curves.ts";
import type { Findings } from "./run/findings.ts";
import type { Keys } from "./run/keys.ts";
import type { ReportResult } from "./run/report.ts";

/** An answer with open sessions says how old their numbers are. */
export type WithAge<T> = T & { readonly openAgeMs?: number };

/** An answer says how many closed sessions it lacks because they aren't settled yet. */
type WithPending<T> = WithAge<T> & { readonly pending: number };

interface Answers {
  readonly report: WithPending<ReportResult>;
  readonly retention: WithPending<RetentionCurve>;
  readonly funnel: WithPending<Funnel>;
  readonly findings: WithPending<Findings>;
  readonly concurrency: WithPending<Concurrency>;
  readonly keys: WithPending<Keys>;
  readonly sessions: readonly number[];
  readonly forget: undefined;
}

export interface Reports {
  /**
   * Answers a question.
   *
   * @param signal aborted once the client no longer waits
   * @throws AppError `overloaded`, `deadline-exceeded`, `reports-building`, `report-too-large`, `invalid-query`
   */
  ask<Kind extends ReportJob["kind"]>(
    job: Extract<ReportJob, { kind: Kind }>,
    signal?: AbortSignal,
  ): Promise<Answers[Kind]>;
}

/** Reports over all closed sessions: each question first settles those without numbers. */

import type { ReportJob, SentReportJob } from "../reports/desk.ts";
import type { Reports } from "../reports/reports.ts";
import type { Pace } from "./pace.ts";

/** Asks the reports worker. */
export type AskReports = (job: SentReportJob, signal?: AbortSignal) => Promise<unknown>;

interface Surroundings {
  /** Settles closed sessions, and says how many are left. */
  readonly catchUp: () => Promise<number>;
  readonly pace: Pick<Pace, "isBrisk">;
}

export function freshReports(ask: AskReports, { catchUp, pace }: Surroundings): Reports {
  const answer = async (job: ReportJob, signal?: AbortSignal): Promise<unknown> => {
    if (job.kind === "forget") return ask(job, signal);
    const pending = await catchUp();
    const answered = await ask({ ...job, isBesideEvents: pace.isBrisk }, signal);
    return job.kind === "sessions" ? answered : { ...(answered as object), pending };
  };
  return { ask: answer as Reports["ask"] };
}

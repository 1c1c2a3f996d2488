/** Reports over all closed sessions: each question first settles those without numbers. */

import type { ReportJob } from "../reports/desk.ts";
import type { Reports } from "../reports/reports.ts";

/** Asks the reports worker. */
export type AskReports = (job: ReportJob, signal?: AbortSignal) => Promise<unknown>;

/** @param catchUp settles closed sessions, and says how many are left */
export function freshReports(ask: AskReports, catchUp: () => Promise<number>): Reports {
  const answer = async (job: ReportJob, signal?: AbortSignal): Promise<unknown> => {
    if (job.kind === "forget") return ask(job, signal);
    const pending = await catchUp();
    const answered = await ask(job, signal);
    return job.kind === "sessions" ? answered : { ...(answered as object), pending };
  };
  return { ask: answer as Reports["ask"] };
}

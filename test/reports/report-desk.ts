/** The desk of reports over a store, as the Worker has it, with questions as clients ask them. */

import { type Clock, systemClock } from "../../src/base/clock.ts";
import { createLog } from "../../src/base/log.ts";
import { MIB } from "../../src/base/units.ts";
import { ReportDesk, type ReportJob } from "../../src/reports/desk.ts";
import { parseReport } from "../../src/reports/query/parse.ts";
import type { WithAge } from "../../src/reports/reports.ts";
import type { ReportResult } from "../../src/reports/run/report.ts";
import type { StoreReader } from "../../src/store/store.ts";

export interface TestDesk extends AsyncDisposable {
  readonly desk: ReportDesk;
  /** Every line that was logged. */
  readonly logged: string[];
  /** Asks a question in the form of `POST /admin/api/reports`. */
  report(body: object): Promise<WithAge<ReportResult>>;
  ask(job: ReportJob, signal?: AbortSignal): Promise<unknown>;
}

const MEMORY_BYTES_MAX = 256 * MIB;

/** Opens a desk; disposing of it closes the store too, as the Worker does. */
export async function openDesk(store: StoreReader, path: string, clock: Clock = systemClock): Promise<TestDesk> {
  const logged: string[] = [];
  const log = createLog({ level: "debug", format: "json", clock, write: (line) => logged.push(line) });
  const desk = await ReportDesk.open({ store, clock, log, path, memoryBytesMax: MEMORY_BYTES_MAX });
  const ask = (job: ReportJob, signal = new AbortController().signal) =>
    desk.perform(job.kind === "forget" ? job : { ...job, isBesideEvents: false }, signal);
  return {
    desk,
    logged,
    ask,
    report: async (body) =>
      (await ask({ kind: "report", query: parseReport(body, clock.nowMs()) })) as WithAge<ReportResult>,
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}

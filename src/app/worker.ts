/** The composition root of a Worker. */

import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { nextTurn } from "../base/turn.ts";
import { openScratch } from "../data-dir/scratch.ts";
import type { ExportQuery } from "../exports/query.ts";
import { exportStream } from "../exports/stream.ts";
import { createVisitorSearch } from "../ingest/visitors.ts";
import { setNativeFolder } from "../native/folder.ts";
import type { ReportJob } from "../reports/desk.ts";
import { openSqliteStoreForReading } from "../store/sqlite/store.ts";
import type { StoreReader } from "../store/store.ts";
import { attendDesk, type Desk } from "../threads/desk.ts";
import type { Order } from "../threads/messages.ts";

/** What a Worker is told when it is started. */
export type WorkerOptions = { readonly dataDir: string; readonly databasePath: string } & (
  | { readonly desk: "reports"; readonly factsPath: string; readonly memoryBytesMax: number }
  | { readonly desk: "chores" }
);

/** Long work that is no report. */
export type ChoreJob =
  | { readonly kind: "export"; readonly query: ExportQuery }
  | { readonly kind: "visitor"; readonly visitorId: string };

type Job = ReportJob | ChoreJob;

declare const self: Worker;

/** Behind the thread that takes events, which must never wait for a report. */
const NICE = 10;
/** Threads come as they are needed. */
const GIVE_WAY_MS = 1000;
/** Who runs the engine's work: threads of Bun's pool, and those that the engine made from one of them. */
const POOL = /^Bun Pool/;
const TASKS = "/proc/self/task";
const CHORES_AT_ONCE = 3;

async function open(options: WorkerOptions, log: Log): Promise<Desk<Job>> {
  giveWay();
  setInterval(giveWay, GIVE_WAY_MS).unref();
  setNativeFolder(options.dataDir);
  const store = openSqliteStoreForReading({ path: options.databasePath, synchronous: "FULL" });
  if (options.desk === "chores") return choreDesk(store, options.dataDir) as Desk<Job>;
  const { factsPath: path, memoryBytesMax } = options;
  // Now that its native parts have a place.
  const { ReportDesk } = await import("../reports/desk.ts");
  return (await ReportDesk.open({ store, clock: systemClock, log, path, memoryBytesMax })) as Desk<Job>;
}

/**
 * Lowers the priority of this thread, and of those that work for it.
 *
 * On Linux a priority is a thread's own, and goes on to those that it starts: the engine is started from Bun's pool,
 * not from here. Elsewhere nothing is lowered.
 */
function giveWay(): void {
  try {
    setPriority(NICE);
    for (const task of readdirSync(TASKS)) {
      if (POOL.test(readFileSync(`${TASKS}/${task}/comm`, "utf8"))) setPriority(Number(task), NICE);
    }
  } catch {
    // A thread has ended meanwhile, or there are no such files: what isn't lowered works as well.
  }
}

function choreDesk(store: StoreReader, dataDir: string): Desk<ChoreJob> {
  const findSessionsOf = createVisitorSearch(store);
  return {
    jobsAtOnce: CHORES_AT_ONCE,
    perform: (job, signal) => {
      if (job.kind === "export") {
        return exportStream({ store, query: job.query, signal, openScratch: () => openScratch(dataDir) });
      }
      return findSessionsOf(job.visitorId, async () => {
        signal.throwIfAborted();
        await nextTurn();
      });
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

attendDesk<WorkerOptions, Job>(
  {
    send: (report) => self.postMessage(report),
    listen: (hear) => {
      self.addEventListener("message", ({ data }: MessageEvent<Order<WorkerOptions, Job>>) => hear(data));
    },
  },
  open,
);

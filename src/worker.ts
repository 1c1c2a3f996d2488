/** The composition root of a Worker: beside app.ts the only file that names the database. */

import { setPriority } from "node:os";
import { systemClock } from "./base/clock.ts";
import type { Log } from "./base/log.ts";
import { setNativeFolder } from "./native/folder.ts";
import type { ReportJob } from "./reports/desk.ts";
import { openSqliteStoreForReading } from "./store/sqlite/store.ts";
import { attendDesk, type Desk } from "./threads/desk.ts";
import type { Order } from "./threads/messages.ts";

/** What a Worker is told when it is started. */
export interface WorkerOptions {
  readonly dataDir: string;
  readonly databasePath: string;
  readonly factsPath: string;
  readonly memoryBytesMax: number;
}

export type WorkerJob = ReportJob;

declare const self: Worker;

/** Behind the thread that takes events, which must never wait for a report. */
const NICE = 10;

async function open(options: WorkerOptions, log: Log): Promise<Desk<WorkerJob>> {
  setPriority(NICE);
  setNativeFolder(options.dataDir);
  // Now that its native parts have a place.
  const { ReportDesk } = await import("./reports/desk.ts");
  const store = openSqliteStoreForReading({ path: options.databasePath, synchronous: "FULL" });
  return ReportDesk.open({
    store,
    clock: systemClock,
    log,
    path: options.factsPath,
    memoryBytesMax: options.memoryBytesMax,
  });
}

attendDesk<WorkerOptions, WorkerJob>(
  {
    send: (report, transfer = []) => self.postMessage(report, transfer),
    listen: (hear) => {
      self.addEventListener("message", ({ data }: MessageEvent<Order<WorkerOptions, WorkerJob>>) => hear(data));
    },
  },
  open,
);

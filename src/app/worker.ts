/** The composition root of a Worker. */

import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { nextTurn } from "../base/turn.ts";
import { SECOND_MS } from "../base/units.ts";
import { openScratch } from "../data-dir/scratch.ts";
import type { ExportQuery } from "../exports/query.ts";
import type { RecordingOptions } from "../http/read/recording.ts";
import { createVisitorSearch } from "../ingest/visitors.ts";
import { prepareNative } from "../native/folder.ts";
import type { SentReportJob } from "../reports/desk.ts";
import { DamageMet } from "../store/damage.ts";
import { foldInPages } from "../store/fold-stored.ts";
import { type PartQuery, PartReader } from "../store/session-events.ts";
import type { StoreReader } from "../store/store.ts";
import { attendDesk, type Desk } from "../threads/desk.ts";
import type { ToWorker } from "../threads/messages.ts";
import { openReaderAt } from "./stores.ts";

/** The initial data of a Worker. */
export type WorkerOptions = {
  readonly dataDir: string;
  /** Where it reads the store. */
  readonly place: string;
  readonly definitions: StoreReader["definitions"];
  /** The steady line's instant at which it is asked to start: a Worker's stopwatch is its own. */
  readonly nowMs: number | undefined;
} & (
  | {
      readonly desk: "reports";
      readonly factsPath: string;
      readonly memoryBytesMax: number;
      readonly viewerKeys: readonly string[];
    }
  | { readonly desk: "exports" }
  | { readonly desk: "folds" }
);

/** Jobs of the exports worker, which read all sessions. */
export type ExportsJob =
  | { readonly kind: "export"; readonly query: ExportQuery }
  | { readonly kind: "visitor"; readonly visitorId: string };

/** Jobs of the folds worker: sessions longer than a page. */
export type FoldsJob =
  | { readonly kind: "fold"; readonly id: number; readonly seq: number }
  | { readonly kind: "part"; readonly id: number; readonly seq: number; readonly query: PartQuery }
  | { readonly kind: "recording"; readonly bytes: Uint8Array; readonly options: RecordingOptions };

type Job = SentReportJob | ExportsJob | FoldsJob;

/** A Worker's message beside its jobs: it has met a damaged session. */
export interface Notice {
  readonly damaged: number | undefined;
}

declare const self: Worker;

/** A lower priority than the main thread's, which must never wait for a message. */
const NICE = 10;
/** The pool starts its threads when it needs them. */
const GIVE_WAY_MS = SECOND_MS;
/** The threads that run the engine's work: those of Bun's pool, and those that the engine has started from them. */
const POOL = /^Bun Pool/;
const TASKS = "/proc/self/task";
const EXPORTS_AT_ONCE = 3;

async function open(options: WorkerOptions, log: Log, notify: (notice: Notice) => void): Promise<Desk<Job>> {
  giveWay();
  setInterval(giveWay, GIVE_WAY_MS).unref();
  prepareNative(options.dataDir);
  const damage = new DamageMet((damaged) => notify({ damaged }));
  const store = openReaderAt(options.place, {
    definitions: options.definitions,
    nowMs: nowOf(options),
    onDamage: damage.note,
  });
  if (options.desk === "folds") return (await foldsDesk(store)) as Desk<Job>;
  if (options.desk === "exports") return (await exportsDesk(store, options.dataDir)) as Desk<Job>;
  const { factsPath: path, memoryBytesMax, viewerKeys } = options;
  // Only now do its native parts have a folder.
  const { ReportDesk } = await import("../reports/desk.ts");
  return (await ReportDesk.open({ store, clock: systemClock, log, path, memoryBytesMax, viewerKeys })) as Desk<Job>;
}

/**
 * Lowers the priority of this thread, and of the threads that work for it.
 *
 * On Linux each thread has its own priority and hands it on to the threads that it starts. The engine is started from
 * Bun's pool, not from here. On other systems this does nothing.
 */
function giveWay(): void {
  try {
    setPriority(NICE);
    for (const task of readdirSync(TASKS)) {
      if (POOL.test(readFileSync(`${TASKS}/${task}/comm`, "utf8"))) setPriority(Number(task), NICE);
    }
  } catch {
    // A thread has ended meanwhile, or the system has no such files: a normal priority works too.
  }
}

function nowOf({ nowMs: startedAtMs }: WorkerOptions): StoreReader["nowMs"] {
  if (startedAtMs === undefined) return undefined;
  const sinceMs = systemClock.elapsedMs();
  return () => startedAtMs + systemClock.elapsedMs() - sinceMs;
}

// Each desk loads its own modules alone: loading all of them would double the time that a Worker takes to start.

async function exportsDesk(store: StoreReader, dataDir: string): Promise<Desk<ExportsJob>> {
  const { exportStream } = await import("../exports/stream.ts");
  const findSessionsOf = createVisitorSearch(store);
  return {
    jobsAtOnce: EXPORTS_AT_ONCE,
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

async function foldsDesk(store: StoreReader): Promise<Desk<FoldsJob>> {
  const { foldToText } = await import("./folds.ts");
  const parts = new PartReader(store);
  return {
    // One at a time, so that only one session's numbers are in memory.
    jobsAtOnce: 1,
    perform: async (job, signal) => {
      if (job.kind === "recording") return foldToText(job.bytes, job.options);
      const [session] = await store.getSessions([job.id]);
      if (!session) throw new AppError("session-not-found", "No session has this id");
      if (job.kind === "part") return parts.read(session, job.seq, job.query, signal);
      return foldInPages(store, session, job.seq, { signal });
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

attendDesk<WorkerOptions, Job>(
  {
    send: (message) => self.postMessage(message),
    listen: (hear) => {
      self.addEventListener("message", ({ data }: MessageEvent<ToWorker<WorkerOptions, Job>>) => hear(data));
    },
  },
  open,
);

/** Work that takes too long for the main thread: reports, exports, long sessions, a visitor's sessions. */

import { existsSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { checkFreeFiles } from "../base/free-files.ts";
import type { Log } from "../base/log.ts";
import type { Chunks } from "../base/stream.ts";
import { MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { Config } from "../config.ts";
import { clearLeftovers } from "../data-dir/leftovers.ts";
import { databasePathOf, factsPathOf } from "../data-dir/paths.ts";
import { openScratch } from "../data-dir/scratch.ts";
import type { ExportQuery } from "../exports/query.ts";
import type { ExportOptions } from "../exports/stream.ts";
import type { EraserOptions } from "../ingest/eraser.ts";
import { createVisitorSearch } from "../ingest/visitors.ts";
import type { LaneSource } from "../monitoring/measure.ts";
import type { SentReportJob } from "../reports/desk.ts";
import type { Skip } from "../store/damage.ts";
import { definitionsOf } from "../store/definitions.ts";
import type { StoreReader } from "../store/store.ts";
import { WorkerLane } from "../threads/lane.ts";
import { backupStream, withinRoom } from "./disk-work.ts";
import { createFolds, type Folds } from "./folds.ts";
import type { AskReports } from "./fresh-reports.ts";
import { recordingOptionsOf } from "./part-settings.ts";
import { refuseShared } from "./stores.ts";
import type { ExportsJob, FoldsJob, Notice, WorkerOptions } from "./worker.ts";

export interface LongWork extends Pick<EraserOptions, "findSessionsOf" | "forgetFacts"> {
  readonly askReports: AskReports;
  readonly folds: Folds;
  export(query: ExportQuery, signal: AbortSignal): Chunks;
  backup(signal: AbortSignal): Chunks;
  /** Requested backups that failed. */
  readonly backupFailures: number;
  load(): Readonly<Record<string, LaneSource>>;
  stop(): Promise<void>;
}

interface LongWorkOptions {
  readonly config: Pick<Config, "storage" | "reports" | "collect" | "limits" | "sessions">;
  readonly log: Log;
  readonly clock: Clock;
  readonly store: StoreReader;
  readonly isServing: () => boolean;
  /** Called with each damaged session that a Worker meets. */
  readonly onDamage: Skip;
}

/** How often to check that the reports worker is running. It starts late so that it doesn't slow the server's start. */
const FOLLOW_LOOK_MS = 5 * SECOND_MS;
/** An erasure reads the start of every session, and then rewrites the report facts. */
const ERASING_MS_MAX = 10 * MINUTE_MS;
/** Exports and searches that may wait or run. */
const EXPORTS_MAX = 8;
/** A session that kills a Worker would kill the next one too, and each death costs the players processor time. */
const REPORTS_PAUSE = { firstMs: 5 * SECOND_MS, mostMs: 10 * MINUTE_MS, code: "reports-building" } as const;
/** Folds of long sessions that may wait or run: those at a close come one at a time, the others are for display. */
const FOLDS_MAX = 64;
/** The longest session takes some seconds, and may wait behind others. */
const FOLD_MS_MAX = 5 * MINUTE_MS;
const FOLDS_IDLE_MS = MINUTE_MS;
/** The exports worker ends after this long without a job. */
const EXPORTS_IDLE_MS = MINUTE_MS;

/**
 * Prepares the Workers. Each starts with its first job; the reports worker also starts once a session has its numbers,
 * since its engine takes 45 MB.
 */
export function openLongWork(options: LongWorkOptions): LongWork {
  const { config, clock, store, isServing } = options;
  // If no Worker can read the store, this thread does the work.
  const isFollowable = store.place !== undefined;
  const { reports, exports, folds } = openLanes(options);
  let backupFailures = 0;
  const follow = async () => {
    if (!isFollowable || reports.isStarted || (await store.watermark()).revision === 0) return;
    // A Worker that starts while the server stops would delay the stop.
    if (isServing()) reports.start();
  };
  // A store that fails says so elsewhere.
  const following = setInterval(() => void follow().catch(() => {}), FOLLOW_LOOK_MS);
  return {
    askReports: (job, signal) => reports.run(job, signal),
    folds: createFolds(store, isFollowable ? folds : undefined, recordingOptionsOf(config)),
    findSessionsOf: isFollowable
      ? (visitorId) => exports.run({ kind: "visitor", visitorId }, undefined, ERASING_MS_MAX)
      : createVisitorSearch(store),
    forgetFacts: async () => {
      clearLeftovers(config.storage.dataDir, { erasing: true });
      if (existsSync(factsPathOf(config.storage))) await reports.run({ kind: "forget" }, undefined, ERASING_MS_MAX);
    },
    export: (query, whole) => {
      const open = (signal: AbortSignal) =>
        isFollowable
          ? piecesOf(() => exports.stream({ kind: "export", query }, signal))
          : exportHere({ store, query, signal, openScratch: () => openScratch(config.storage.dataDir) });
      // Rows are sent as they are read; Parquet needs a file first.
      return query.format === "parquet" ? withinRoom(config.storage, whole, open) : open(whole);
    },
    async *backup(signal) {
      refuseShared(config.storage, "back the database up");
      try {
        yield* backupStream(config.storage, clock, signal);
      } catch (error) {
        if (!signal.aborted) backupFailures += 1;
        throw error;
      }
    },
    get backupFailures() {
      return backupFailures;
    },
    load: () => ({ reports: reports.load(), exports: exports.load(), folds: folds.load() }),
    stop: async () => {
      clearInterval(following);
      await Promise.all([reports.stop(), exports.stop(), folds.stop()]);
    },
  };
}

function openLanes({ config: { storage, reports: limits }, log, store, onDamage }: LongWorkOptions) {
  const common = { log, onNotice: (notice: unknown) => onDamage((notice as Notice).damaged) };
  const definitions = definitionsOf(storage);
  const shared = () => ({
    dataDir: storage.dataDir,
    place: store.place ?? databasePathOf(storage),
    definitions,
    nowMs: store.nowMs?.(),
  });
  const spawn = (smol = false) => {
    checkFreeFiles();
    return new Worker(new URL("./worker.ts", import.meta.url), { smol });
  };
  const reports = new WorkerLane<WorkerOptions, SentReportJob>({
    name: "reports",
    spawn: () => spawn(),
    options: () => ({
      ...shared(),
      desk: "reports",
      factsPath: factsPathOf(storage),
      memoryBytesMax: limits.reportsMemoryBytesMax,
      viewerKeys: limits.viewerKeys,
    }),
    jobsMax: limits.reportsQueueMax,
    timeoutMs: limits.reportTimeoutMs,
    pause: REPORTS_PAUSE,
    ...common,
  });
  const exports = new WorkerLane<WorkerOptions, ExportsJob>({
    name: "exports",
    spawn: () => spawn(),
    options: () => ({ ...shared(), desk: "exports" }),
    jobsMax: EXPORTS_MAX,
    timeoutMs: limits.reportTimeoutMs,
    idleMs: EXPORTS_IDLE_MS,
    ...common,
  });
  // A lane for folds alone: the numbers of a close must not wait for exports.
  const folds = new WorkerLane<WorkerOptions, FoldsJob>({
    name: "folds",
    // Each page that it reads is garbage once the next is read: a small heap collects that early.
    spawn: () => spawn(true),
    options: () => ({ ...shared(), desk: "folds" }),
    jobsMax: FOLDS_MAX,
    timeoutMs: FOLD_MS_MAX,
    idleMs: FOLDS_IDLE_MS,
    ...common,
  });
  return { reports, exports, folds };
}

async function* exportHere(options: ExportOptions): Chunks {
  const { exportStream } = await import("../exports/stream.ts");
  yield* exportStream(options);
}

async function* piecesOf(open: () => Promise<ReadableStream<Uint8Array>>): Chunks {
  yield* await open();
}

/**
 * What commands do to a data directory: the composition root of everything but the server.
 *
 * Each says whether it may run beside a server, and takes the directory for itself where it may not.
 */

import { existsSync } from "node:fs";
import { type Clock, systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import { makeDataDir } from "../data-dir/directory.ts";
import { noteBackup } from "../data-dir/last-backup.ts";
import { lockDataDir, tryLockDataDir } from "../data-dir/lock.ts";
import { openNewFile } from "../data-dir/new-file.ts";
import { databasePathOf, factsPathOf } from "../data-dir/paths.ts";
import { askServer } from "../data-dir/running-server.ts";
import { openScratch } from "../data-dir/scratch.ts";
import type { ExportQuery } from "../exports/query.ts";
import { exportStream } from "../exports/stream.ts";
import { Eraser } from "../ingest/eraser.ts";
import { type RecomputeOptions, type RecomputeSummary, recompute } from "../ingest/recompute.ts";
import { Ingest } from "../ingest/single/ingest.ts";
import { Writer } from "../ingest/single/writer.ts";
import { createVisitorSearch } from "../ingest/visitors.ts";
import { setNativeFolder } from "../native/folder.ts";
import type { RebuildSummary } from "../reports/facts/rebuild.ts";
import { type FillOptions, type FillSummary, fillStore } from "../simulate/fill.ts";
import type { BackupSummary } from "../store/sqlite/backup.ts";
import { type CopyOptions, copyDatabase } from "../store/sqlite/backup-thread.ts";
import {
  migrateDatabase,
  openSqliteStore,
  openSqliteStoreBeside,
  openSqliteStoreForReading,
} from "../store/sqlite/store.ts";
import type { StoreReader } from "../store/store.ts";

export type { BackupSummary, FillSummary, RecomputeSummary };

/** How long a rebuild waits to see that the server took the new facts over. */
const TAKE_OVER_MS_MAX = 20_000;
const TAKE_OVER_LOOK_MS = 100;

/**
 * Brings the database of a data directory to this version's schema.
 *
 * @returns the migrations that were applied now
 * @throws AppError `data-dir-locked`, `database-newer`, `database-drifted`, `store-failed`
 */
export function migrateDataDir(config: Config): string[] {
  makeDataDir(config.dataDir);
  using _lock = lockDataDir(config.dataDir);
  return migrateDatabase({ path: databasePathOf(config), synchronous: config.synchronous });
}

/**
 * Folds a data directory's closed sessions anew, beside a server that may be running on it.
 *
 * @throws AppError `database-outdated` when its schema is older than this version's: a server may be using it
 */
export async function recomputeDataDir(
  config: Config,
  options: Omit<RecomputeOptions, "store">,
): Promise<RecomputeSummary> {
  const store = openSqliteStoreBeside({ path: existingDatabaseOf(config), synchronous: config.synchronous });
  try {
    return await recompute({ ...options, store });
  } finally {
    await store.close();
  }
}

export interface RebuildReportsOptions {
  readonly onProgress: (done: number, total: number) => void;
  readonly isStopped: () => boolean;
}

export interface RebuildReportsSummary extends Omit<RebuildSummary, "next"> {
  /** Who answers from the new facts: a server that was told, one that has not looked yet, or whichever starts next. */
  readonly usedBy: "server" | "server-soon" | "next-start";
}

/**
 * Makes the facts of reports anew, beside a server that may be running on them.
 *
 * @throws AppError `not-found` without a database, `database-outdated`, `store-failed`
 */
export async function rebuildReports(config: Config, options: RebuildReportsOptions): Promise<RebuildReportsSummary> {
  const store = openForReading(config);
  setNativeFolder(config.dataDir);
  const { rebuildFacts } = await import("../reports/facts/rebuild.ts");
  const path = factsPathOf(config);
  try {
    const { next, ...summary } = await rebuildFacts({
      ...options,
      store,
      path,
      memoryBytesMax: config.reportsMemoryBytesMax,
    });
    if (!summary.finished) return { ...summary, usedBy: "next-start" };
    const isTaken = () => !existsSync(next);
    const lock = tryLockDataDir(config.dataDir);
    lock?.[Symbol.dispose]();
    const isServed = lock === undefined;
    for (let waitedMs = 0; isServed && !isTaken() && waitedMs < TAKE_OVER_MS_MAX; waitedMs += TAKE_OVER_LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, TAKE_OVER_LOOK_MS));
    }
    return { ...summary, usedBy: isTaken() ? "server" : isServed ? "server-soon" : "next-start" };
  } finally {
    await store.close();
  }
}

export interface ExportDataDirOptions {
  readonly query: ExportQuery;
  /** Takes each chunk in turn, and says whether more is wanted; or a file, which is there once it is whole. */
  readonly to: ((bytes: Uint8Array) => Promise<boolean>) | { readonly path: string; readonly replace: boolean };
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes an export of a data directory, beside a server that may be running on it.
 *
 * @throws AppError `not-found`, `file-unusable`, `database-outdated`, `export-failed`
 * @throws the signal's reason when it ended the export
 */
export async function exportDataDir(config: Config, { to, ...options }: ExportDataDirOptions): Promise<void> {
  const store = openForReading(config);
  setNativeFolder(config.dataDir);
  try {
    using file = typeof to === "function" ? undefined : openNewFile(to.path, to);
    const chunks = exportStream({ ...options, store, openScratch: () => openScratch(config.dataDir) });
    for await (const chunk of chunks) {
      if (typeof to !== "function") file?.write(chunk);
      else if (!(await to(chunk))) break;
    }
    options.signal?.throwIfAborted();
    file?.finish();
  } finally {
    await store.close();
  }
}

/**
 * Fills a data directory with made-up sessions.
 *
 * Synchronous=NORMAL, since nothing is acknowledged to anybody: a power cut may take the last batches.
 *
 * @throws AppError `data-dir-locked`, `data-dir-unusable`, `database-newer`, `database-drifted`, `store-full`,
 *   `store-failed`
 */
export async function simulateDataDir(
  config: Config,
  options: Omit<FillOptions, "store" | "timeouts">,
): Promise<FillSummary> {
  makeDataDir(config.dataDir);
  using _lock = lockDataDir(config.dataDir);
  const store = openSqliteStore({ path: databasePathOf(config), synchronous: "NORMAL" });
  try {
    const timeouts = { idleMs: config.idleTimeoutMs, stallMs: config.stallTimeoutMs };
    return await fillStore({ ...options, store, timeouts });
  } finally {
    await store.close();
  }
}

export interface BackupOptions extends CopyOptions {
  readonly path: string;
  /** Whether a file that is there already may go. */
  readonly replace: boolean;
}

/**
 * Copies the database of a data directory to a file, beside a server that may be running on it, and looks at the copy.
 *
 * @throws AppError `not-found`, `file-unusable`, `backup-failed`
 * @throws the signal's reason when it ended the backup
 */
export async function backupDataDir(config: Config, options: BackupOptions): Promise<BackupSummary> {
  const source = existingDatabaseOf(config);
  using file = openNewFile(options.path, options);
  const summary = await copyDatabase({ source, target: file.partPath }, options);
  file.finish();
  noteBackup(config.dataDir, systemClock.nowMs());
  return summary;
}

export interface EraseOptions {
  readonly visitorId: string;
  readonly clock?: Clock;
  readonly log: Log;
  /** Called as the search goes on; never when a server does the work. */
  readonly onProgress: (done: number, total: number) => void;
  /** When it resolves the work ends: what is done by then stays done. */
  readonly stopped: Promise<void>;
}

/**
 * Erases a visitor from a data directory: itself, or through the server that uses it.
 *
 * @returns how many sessions there were
 * @throws AppError `not-found`, `server-unreachable`, `overloaded` when it was stopped
 */
export async function eraseVisitor(config: Config, options: EraseOptions): Promise<number> {
  const path = existingDatabaseOf(config);
  const lock = tryLockDataDir(config.dataDir);
  if (!lock) return eraseThroughServer(config, options.visitorId);
  const { clock = systemClock, log, visitorId, onProgress, stopped } = options;
  await using open = new AsyncDisposableStack();
  open.use(lock);
  const store = open.adopt(openSqliteStore({ path, synchronous: config.synchronous }), (each) => each.close());
  const writer = new Writer({ ...config, store, elapsedMs: () => clock.elapsedMs(), onFailure: () => {} });
  const timeouts = { idleMs: config.idleTimeoutMs, stallMs: config.stallTimeoutMs };
  const intake = await Ingest.restore({ store, writer, clock, timeouts, lateGraceMs: config.lateGraceMs, log });
  const { sessions } = await store.readExtent();
  const findSessionsOf = createVisitorSearch(store, (done) => onProgress(done, sessions));
  const eraser = new Eraser({
    store,
    intake,
    findSessionsOf,
    forgetFacts: () => forgetFacts(config, { clock, log }),
    clock,
    log,
  });
  void stopped.then(() => eraser.stop());
  return await eraser.eraseVisitor(visitorId);
}

async function eraseThroughServer({ dataDir, adminToken }: Config, visitorId: string): Promise<number> {
  const path = `/admin/api/visitors/${encodeURIComponent(visitorId)}`;
  const answer = (await askServer(dataDir, { method: "DELETE", path, adminToken })) as { erasedSessions: number };
  return answer.erasedSessions;
}

/** Takes what was erased out of the facts of reports, where there are such. */
async function forgetFacts(config: Config, parts: { clock: Clock; log: Log }): Promise<void> {
  const path = factsPathOf(config);
  if (!existsSync(path)) return;
  setNativeFolder(config.dataDir);
  const { ReportDesk } = await import("../reports/desk.ts");
  const store = openForReading(config);
  await using desk = await ReportDesk.open({ ...parts, store, path, memoryBytesMax: config.reportsMemoryBytesMax });
  await desk.perform({ kind: "forget" }, new AbortController().signal);
}

/** @throws AppError `not-found` where nothing was ever stored: a command must not make an empty database */
function existingDatabaseOf(config: Config): string {
  const path = databasePathOf(config);
  if (!existsSync(path)) throw new AppError("not-found", `There is no database in "${config.dataDir}"`);
  return path;
}

function openForReading(config: Config): StoreReader {
  return openSqliteStoreForReading({ path: existingDatabaseOf(config), synchronous: config.synchronous });
}

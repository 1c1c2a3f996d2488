/**
 * What commands do to a data directory: the composition root of everything but the server.
 *
 * Each function says whether it may run beside a server; one that may not locks the directory.
 */

import { existsSync } from "node:fs";
import { type Clock, steadyLine, systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { SECOND_MS } from "../base/units.ts";
import type { Config } from "../config.ts";
import { noteBackup } from "../data-dir/last-backup.ts";
import { clearLeftovers, tryLockBuilding } from "../data-dir/leftovers.ts";
import { isDataDir, lockDataDir, tryLockDataDir } from "../data-dir/lock.ts";
import { makeTargetDirectory, type NewFileOptions, openNewFile } from "../data-dir/new-file.ts";
import { factsPathOf } from "../data-dir/paths.ts";
import { askServer } from "../data-dir/running-server.ts";
import { openScratch } from "../data-dir/scratch.ts";
import { cursorTextOf } from "../exports/cursor.ts";
import { follow } from "../exports/query.ts";
import { type ExportOptions, exportStream } from "../exports/stream.ts";
import { type RecomputeOptions, type RecomputeSummary, recompute } from "../ingest/recompute.ts";
import { type Horizons, horizonsOf } from "../ingest/retention.ts";
import { createVisitorSearch } from "../ingest/visitors.ts";
import { prepareNative } from "../native/folder.ts";
import type { RebuildSummary } from "../reports/facts/rebuild.ts";
import { definitionsOf } from "../store/definitions.ts";
import { migratePostgresAt, openPostgresStore, refuseUnreadable } from "../store/postgres/open.ts";
import type { Due } from "../store/queries.ts";
import type { BackupSummary } from "../store/sqlite/backup.ts";
import type { CopyOptions } from "../store/sqlite/backup-thread.ts";
import { type SalvageSummary, salvageDatabase } from "../store/sqlite/salvage.ts";
import { migrateDatabase, openSqliteStoreBeside } from "../store/sqlite/store.ts";
import type { Store, StoreReader } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { openAlone } from "./alone.ts";
import { copyTo } from "./disk-work.ts";
import { retentionOf } from "./part-settings.ts";
import { existingDatabaseOf, openReaderAt, refuseShared, requireDataDir, sharedUrlOf } from "./stores.ts";

export type { BackupSummary, RecomputeSummary, SalvageSummary };

/** How long a rebuild waits for the server to take over the new facts. */
const TAKE_OVER_MS_MAX = 20 * SECOND_MS;
const TAKE_OVER_LOOK_MS = 100;
const NO_RESTORED_FILE = "Cannot note a restore: the store is a file; put a backup of it back with playhead restore";

/**
 * Brings the database of a data directory, or the one that servers share, to this version's schema.
 *
 * @param isRestored whether the shared one came back from a backup, so that what servers derived from it may be wrong
 * @returns the migrations that it applied
 * @throws AppError `no-database`, `data-dir-locked`, `database-newer`, `database-drifted`, `store-failed`
 * @throws AppError `store-unreachable`; `invalid-config` for a restored file, which `playhead restore` puts back
 */
export async function migrateStore({ storage }: Config, { isRestored = false } = {}): Promise<string[]> {
  const url = sharedUrlOf(storage);
  if (url !== undefined) return migratePostgresAt(url, { version: VERSION, isRestored });
  if (isRestored) throw new AppError("invalid-config", NO_RESTORED_FILE);
  const path = existingDatabaseOf(storage);
  using _lock = lockDataDir(storage.dataDir);
  return migrateDatabase({ path, synchronous: storage.synchronous });
}

/**
 * Folds the closed sessions of a data directory again, beside a server that may be running on it.
 *
 * @throws AppError `database-outdated` when an older version's server may still be using the schema
 */
export async function recomputeDataDir(
  { storage }: Config,
  options: Omit<RecomputeOptions, "store" | "nowMs">,
): Promise<RecomputeSummary> {
  return withStoreBeside(storage, (store) => recompute({ ...options, store, nowMs: () => systemClock.nowMs() }));
}

/** Opens the store of a data directory, beside a server that may be running on it, for one piece of work. */
export async function withStoreBeside<T>(storage: Config["storage"], work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openBeside(storage);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function openBeside(storage: Config["storage"]): Store | Promise<Store> {
  const definitions = definitionsOf(storage);
  const url = sharedUrlOf(storage);
  if (url === undefined) {
    const { synchronous } = storage;
    return openSqliteStoreBeside({ path: existingDatabaseOf(storage), synchronous, definitions });
  }
  const elapsedMs = () => systemClock.elapsedMs();
  const nowMs = steadyLine(systemClock);
  return openPostgresStore({ url, node: "command", version: VERSION, nowMs, elapsedMs, definitions });
}

interface RebuildReportsOptions {
  readonly onProgress: (done: number, total: number) => void;
  readonly isStopped: () => boolean;
}

interface RebuildReportsSummary extends Omit<RebuildSummary, "next"> {
  /** When the new facts answer reports: already, once the running server finds them, or from the next start. */
  readonly usedBy: "server" | "server-soon" | "next-start";
}

/**
 * Rebuilds the report facts, beside a server that may be running on them.
 *
 * @throws AppError `no-database` without a database, `database-outdated`, `store-failed`
 */
export async function rebuildReports(
  { storage, reports }: Config,
  options: RebuildReportsOptions,
): Promise<RebuildReportsSummary> {
  requireDataDir(storage);
  using building = tryLockBuilding(storage.dataDir);
  if (!building) {
    throw new AppError(
      "overloaded",
      "Cannot rebuild the report facts: another process is rebuilding them; wait for it",
    );
  }
  const store = await openForReading(storage);
  prepareNative(storage.dataDir);
  const { rebuildFacts } = await import("../reports/facts/rebuild.ts");
  const path = factsPathOf(storage);
  const { reportsMemoryBytesMax: memoryBytesMax, viewerKeys } = reports;
  try {
    const { next, ...summary } = await rebuildFacts({ ...options, store, path, memoryBytesMax, viewerKeys });
    if (!summary.finished) return { ...summary, usedBy: "next-start" };
    const isTaken = () => !existsSync(next);
    const lock = tryLockDataDir(storage.dataDir);
    lock?.[Symbol.dispose]();
    const isServed = lock === undefined;
    for (let waitedMs = 0; isServed && !isTaken() && waitedMs < TAKE_OVER_MS_MAX; waitedMs += TAKE_OVER_LOOK_MS) {
      await Bun.sleep(TAKE_OVER_LOOK_MS);
    }
    return { ...summary, usedBy: isTaken() ? "server" : isServed ? "server-soon" : "next-start" };
  } finally {
    await store.close();
  }
}

/** A file that appears once it is complete. */
interface TargetFile extends NewFileOptions {
  readonly path: string;
}

/** The export of one kind of rows. */
export interface KindExport extends Pick<ExportOptions, "query" | "onProgress"> {
  /** A function that takes each chunk and says whether it wants more; or a file. */
  readonly to: ((bytes: Uint8Array) => Promise<boolean>) | TargetFile;
}

interface ExportDataDirOptions extends Pick<ExportOptions, "signal"> {
  /** In order of writing. */
  readonly exports: readonly KindExport[];
  /** Created for the files unless it exists. */
  readonly directory?: string | undefined;
  /** Gets the cursor for the next export, once this one is complete. */
  readonly nextCursor?: TargetFile | undefined;
}

/**
 * Writes exports of a data directory, beside a server that may be running on it.
 *
 * @returns how many damaged sessions it left out
 * @throws AppError `no-database`, `file-unusable`, `database-outdated`, `export-failed`
 * @throws AppError `invalid-query` for a cursor that can't be followed
 * @throws the signal's reason when it ended the export
 */
export async function exportDataDir({ storage }: Config, options: ExportDataDirOptions): Promise<number> {
  const { exports, directory, nextCursor, signal } = options;
  const damaged = new Set<number | undefined>();
  const onDamaged = (session: number | undefined) => damaged.add(session);
  const store = await openForReading(storage);
  prepareNative(storage.dataDir);
  try {
    if (directory !== undefined) makeTargetDirectory(directory);
    // One mark for all kinds: a session that changes meanwhile is in none of them, or again in the next export.
    const now = await store.watermark();
    const parts = { store, signal, onDamaged, openScratch: () => openScratch(storage.dataDir) };
    for (const { to, query, onProgress } of exports) {
      const chunks = exportStream({ ...parts, query: follow(query, now).query, onProgress });
      if (!(await writeChunks(chunks, to, signal))) return damaged.size;
    }
    if (nextCursor) await writeChunks([new TextEncoder().encode(`${cursorTextOf(now)}\n`)], nextCursor, signal);
    return damaged.size;
  } finally {
    await store.close();
  }
}

/** @returns whether the target wanted all of them */
async function writeChunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  to: KindExport["to"],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  using file = typeof to === "function" ? undefined : openNewFile(to.path, to);
  let isWanted = true;
  for await (const chunk of chunks) {
    if (typeof to === "function") isWanted = await to(chunk);
    else file?.write(chunk);
    if (!isWanted) break;
  }
  signal?.throwIfAborted();
  file?.finish();
  return isWanted;
}

interface StoreBackupOptions extends CopyOptions {
  readonly path: string;
  /** Whether to replace an existing file. */
  readonly replace: boolean;
}

/**
 * Copies the database of a data directory to a file, beside a server that may be running on it, and verifies the copy.
 *
 * @throws AppError `no-database`, `file-unusable`, `disk-full`, `backup-failed`
 * @throws the signal's reason when it ended the backup
 */
export async function backupDataDir({ storage }: Config, options: StoreBackupOptions): Promise<BackupSummary> {
  refuseShared(storage, "back the database up");
  existingDatabaseOf(storage);
  using file = openNewFile(options.path, options);
  const summary = await copyTo(file.partPath, storage, options);
  file.finish();
  noteBackup(storage.dataDir, systemClock.nowMs());
  return summary;
}

/**
 * Copies the readable part of a damaged database to a file.
 *
 * @throws AppError `no-database`, `database-outdated`, `database-newer`, `file-unusable`, `backup-failed`
 */
export function salvageDataDir({ storage }: Config, { path, replace }: StoreBackupOptions): SalvageSummary {
  refuseShared(storage, "copy what can be read");
  const source = existingDatabaseOf(storage);
  using file = openNewFile(path, { replace });
  const summary = salvageDatabase(source, file.partPath);
  file.finish();
  return summary;
}

/** The visitor or the session to erase. */
export type Erased = { readonly visitorId: string } | { readonly sid: string };

interface EraseOptions {
  readonly erased: Erased;
  readonly clock?: Clock;
  readonly log: Log;
  /** Called during the search, unless a server does the work. */
  readonly onProgress: (done: number, total: number) => void;
  /** Ends the work once it resolves; sessions erased by then stay erased. */
  readonly stopped: Promise<void>;
}

/**
 * Erases a visitor or a session from a data directory: itself, or through the server that uses it.
 *
 * @returns how many sessions it erased
 * @throws AppError `no-database`, `server-unreachable`, `overloaded` when it was stopped
 */
export async function erase(config: Config, options: EraseOptions): Promise<number> {
  const { clock = systemClock, log, erased, onProgress, stopped } = options;
  await using open = new AsyncDisposableStack();
  const core = await openAlone(config, { clock, log, open, path: () => existingDatabaseOf(config.storage) });
  if (!core) return eraseThroughServer(config.storage.dataDir, config.admin.adminToken, erased);
  const { store, eraserWith } = core;
  const { sessions } = await store.readExtent();
  const findSessionsOf = createVisitorSearch(store, (done) => onProgress(done, sessions));
  const eraser = eraserWith({ findSessionsOf, forgetFacts: () => forgetFacts(config, { clock, log }) });
  void stopped.then(() => eraser.stop());
  return await ("sid" in erased ? eraser.eraseSession(erased.sid) : eraser.eraseVisitor(erased.visitorId));
}

async function eraseThroughServer(dataDir: string, adminToken: string | undefined, erased: Erased): Promise<number> {
  const request = { path: "/admin/api/erasures", body: erased, adminToken };
  const answer = (await askServer(dataDir, request)) as { erasedSessions: number };
  return answer.erasedSessions;
}

/** Removes erased sessions from the report facts, if there are any. */
async function forgetFacts({ storage, reports }: Config, parts: { clock: Clock; log: Log }): Promise<void> {
  // Beside a shared store, a command may have no directory of its own.
  if (!isDataDir(storage.dataDir)) return;
  clearLeftovers(storage.dataDir, { erasing: true });
  const path = factsPathOf(storage);
  if (!existsSync(path)) return;
  prepareNative(storage.dataDir);
  const { ReportDesk } = await import("../reports/desk.ts");
  const store = await openForReading(storage);
  const { reportsMemoryBytesMax: memoryBytesMax, viewerKeys } = reports;
  await using desk = await ReportDesk.open({ ...parts, store, path, memoryBytesMax, viewerKeys });
  await desk.perform({ kind: "forget" }, new AbortController().signal);
}

/**
 * Counts what retention would delete now, beside a server that may be running on the directory.
 *
 * @throws AppError `no-database`, `database-outdated`
 */
export async function previewRetention(config: Config): Promise<Horizons & Due> {
  const horizons = horizonsOf(retentionOf(config), systemClock.nowMs());
  const store = await openForReading(config.storage);
  try {
    return { ...horizons, ...(await store.countDue({ ...horizons, max: Number.MAX_SAFE_INTEGER })) };
  } finally {
    await store.close();
  }
}

async function openForReading(storage: Config["storage"]): Promise<StoreReader> {
  const url = sharedUrlOf(storage);
  if (url !== undefined) await refuseUnreadable(url, VERSION);
  return openReaderAt(url ?? existingDatabaseOf(storage), {
    definitions: definitionsOf(storage),
    nowMs: steadyLine(systemClock),
  });
}

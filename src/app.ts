/** The composition root: the only file that names the database, and the only one that knows all parts. */

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BackupAnswer, BackupTask } from "./backup-worker.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import { AppError } from "./base/errors.ts";
import type { Log } from "./base/log.ts";
import { streamOf } from "./base/stream.ts";
import type { Config } from "./config.ts";
import { clearAddress, writeAddress } from "./data-dir/address.ts";
import { type AdminToken, findAdminToken } from "./data-dir/admin-token.ts";
import { makeDataDir } from "./data-dir/directory.ts";
import { lockDataDir } from "./data-dir/lock.ts";
import { openNewFile } from "./data-dir/new-file.ts";
import { openScratch } from "./data-dir/scratch.ts";
import { takeFile } from "./exports/file-chunks.ts";
import type { ExportQuery } from "./exports/query.ts";
import { exportStream } from "./exports/stream.ts";
import { startServer } from "./http/server.ts";
import { Closer } from "./ingest/closer.ts";
import { Ingest } from "./ingest/ingest.ts";
import { type RecomputeOptions, type RecomputeSummary, recompute } from "./ingest/recompute.ts";
import { createParser } from "./protocol/parse.ts";
import { type BackupSummary, backupBytes } from "./store/sqlite/backup.ts";
import {
  migrateDatabase,
  openSqliteStore,
  openSqliteStoreBeside,
  openSqliteStoreForReading,
} from "./store/sqlite/store.ts";
import type { Store } from "./store/store.ts";
import { Writer } from "./store/writer.ts";
import { VERSION } from "./version.ts";

export type { BackupSummary, RecomputeSummary };

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  /** Another store than SQLite; bench/ measures the server without any. */
  readonly openStore?: (config: Config) => Store;
  /** Called when the store has failed for good: whoever runs the app should end it and start it anew. */
  readonly onStoreFailure?: () => void;
}

export interface App extends AsyncDisposable {
  readonly port: number;
  /** Where a browser on this machine finds the server. */
  readonly url: string;
  readonly adminToken: AdminToken;
  /** Closes what is due now rather than at the next quarter of a second. */
  work(): Promise<void>;
  /** Answers what is under way, stores it, checkpoints, and lets go of the data directory. */
  stop(): Promise<void>;
}

/** What a stop waits for requests under way, of the 8 s that a supervisor gives it. */
const DRAIN_MS_MAX = 5000;
const PROGRESS_MS = 200;

/** The database of a data directory. */
export function databasePathOf({ dataDir }: Pick<Config, "dataDir">): string {
  return join(dataDir, "playhead.db");
}

/**
 * Opens everything, from the data directory to the port.
 *
 * @throws AppError `data-dir-locked`, `data-dir-unusable`, `database-newer`, `database-drifted`, `store-failed`,
 *   `cannot-listen`
 */
export async function openApp(options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock } = options;
  makeDataDir(config.dataDir);
  await using opening = new AsyncDisposableStack();
  opening.use(lockDataDir(config.dataDir));
  clearAddress(config.dataDir);
  const adminToken = findAdminToken(config.dataDir, config.adminToken);
  const store = opening.adopt(openStore(options), (each) => each.close());
  let serving = true;
  const writer = new Writer({
    store,
    queueEventsMax: config.queueEventsMax,
    queueWaitMsMax: config.queueWaitMsMax,
    elapsedMs: () => clock.elapsedMs(),
    onFailure: (error) => {
      serving = false;
      log.error("The store failed; nothing more is taken", { error: error.message });
      options.onStoreFailure?.();
    },
  });
  const ingest = await Ingest.restore({
    store,
    writer,
    clock,
    timeouts: { idleMs: config.idleTimeoutMs, stallMs: config.stallTimeoutMs },
    lateGraceMs: config.lateGraceMs,
  });
  const closer = new Closer({ ingest, store, clock, log });
  opening.defer(() => closer.stop());
  opening.defer(() => writer.drain());
  const stopping = new AbortController();
  const server = startServer({
    ...config,
    adminToken: adminToken.value,
    version: VERSION,
    parser: createParser({
      mode: config.validation,
      eventsMax: config.arrayEventsMax,
      limits: { keysMax: config.eventKeysMax, stringBytesMax: config.stringBytesMax },
    }),
    ingest,
    store,
    queuedEvents: () => writer.stats().queuedEvents,
    clock,
    log,
    isServing: () => serving,
    openExport: (query, signal) => {
      const ending = AbortSignal.any([signal, stopping.signal]);
      return streamOf(exportStream({ store, query, signal: ending, openScratch: () => openScratch(config.dataDir) }));
    },
    openBackup: (signal) => streamOf(backupStream(config, AbortSignal.any([signal, stopping.signal]))),
  });
  opening.defer(() => stopServer(server));
  // A download may take hours: its client begins anew, rather than players wait for the server.
  opening.defer(() => stopping.abort(new AppError("overloaded", "The server is stopping")));
  closer.start();
  const url = `http://${nameOf(config.host)}:${server.port}`;
  writeAddress(config.dataDir, url);
  opening.defer(() => clearAddress(config.dataDir));
  opening.defer(() => {
    serving = false;
  });
  log.debug("Opened", { openSessions: ingest.heads.open, dataDir: config.dataDir });
  const opened = opening.move();
  const stop = () => opened.disposeAsync();
  return { port: server.port, url, adminToken, work: () => closer.work(), stop, [Symbol.asyncDispose]: stop };
}

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
  const store = openSqliteStoreBeside({ path: existingDatabase(config), synchronous: config.synchronous });
  try {
    return await recompute({ ...options, store });
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
  const store = openSqliteStoreForReading({ path: existingDatabase(config), synchronous: config.synchronous });
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

export interface BackupOptions {
  readonly path: string;
  /** Whether a file that is there already may go. */
  readonly replace: boolean;
  /** Bytes of the growing copy, of about so many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Copies the database of a data directory to a file, beside a server that may be running on it, and looks at the copy.
 *
 * @throws AppError `not-found`, `file-unusable`, `backup-failed`
 * @throws the signal's reason when it ended the backup
 */
export async function backupDataDir(config: Config, options: BackupOptions): Promise<BackupSummary> {
  const source = existingDatabase(config);
  using file = openNewFile(options.path, options);
  const summary = await copyDatabase({ source, target: file.partPath }, options);
  file.finish();
  return summary;
}

async function* backupStream(config: Config, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  using scratch = openScratch(config.dataDir);
  const target = join(scratch.path, "backup.db");
  await copyDatabase({ source: databasePathOf(config), target }, { signal });
  yield* takeFile(target, signal);
}

/** Copies in a thread of its own: SQLite would keep this one for as long as it takes. */
async function copyDatabase(
  task: BackupTask,
  { onProgress, signal }: Pick<BackupOptions, "onProgress" | "signal">,
): Promise<BackupSummary> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./backup-worker.ts", import.meta.url));
  const total = backupBytes(task.source);
  const look = () => onProgress?.(Math.min(total, statSync(task.target, { throwIfNoEntry: false })?.size ?? 0), total);
  const timer = setInterval(look, PROGRESS_MS);
  try {
    return await new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = ({ message }) => reject(new AppError("backup-failed", `The backup was not made: ${message}`));
      worker.onmessage = ({ data }: MessageEvent<BackupAnswer>) => {
        if ("summary" in data) resolve(data.summary);
        else reject(new AppError(data.code, data.message));
      };
      worker.postMessage(task);
    });
  } finally {
    clearInterval(timer);
    worker.terminate();
  }
}

function existingDatabase(config: Config): string {
  const path = databasePathOf(config);
  if (!existsSync(path)) throw new AppError("not-found", `There is no database in "${config.dataDir}"`);
  return path;
}

function openStore({ config, openStore: open }: AppOptions): Store {
  return open?.(config) ?? openSqliteStore({ path: databasePathOf(config), synchronous: config.synchronous });
}

async function stopServer(server: ReturnType<typeof startServer>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS_MAX);
  });
  await Promise.race([server.stop(), late]);
  clearTimeout(timer);
  await server.kill();
}

function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

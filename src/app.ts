/** The composition root: the only file that names the database, and the only one that knows all parts. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "./base/clock.ts";
import { AppError } from "./base/errors.ts";
import type { Log } from "./base/log.ts";
import type { Config } from "./config.ts";
import { clearAddress, writeAddress } from "./data-dir/address.ts";
import { type AdminToken, findAdminToken } from "./data-dir/admin-token.ts";
import { makeDataDir } from "./data-dir/directory.ts";
import { lockDataDir, tryLockDataDir } from "./data-dir/lock.ts";
import { askServer } from "./data-dir/running-server.ts";
import { createDocument } from "./http/openapi/document.ts";
import type { OpenApiDocument } from "./http/openapi/form.ts";
import { startServer } from "./http/server.ts";
import { Closer } from "./ingest/closer.ts";
import { Eraser } from "./ingest/eraser.ts";
import { Ingest } from "./ingest/ingest.ts";
import { type RecomputeOptions, type RecomputeSummary, recompute } from "./ingest/recompute.ts";
import { Retention } from "./ingest/retention.ts";
import { createVisitorSearch } from "./ingest/visitors.ts";
import { setNativeFolder } from "./native/folder.ts";
import { createParser } from "./protocol/parse.ts";
import type { RebuildSummary } from "./reports/facts/rebuild.ts";
import type { Reports } from "./reports/reports.ts";
import { type FillOptions, type FillSummary, fillStore } from "./simulate/fill.ts";
import {
  migrateDatabase,
  openSqliteStore,
  openSqliteStoreBeside,
  openSqliteStoreForReading,
} from "./store/sqlite/store.ts";
import type { Store } from "./store/store.ts";
import { Writer } from "./store/writer.ts";
import { Lane } from "./threads/lane.ts";
import { VERSION } from "./version.ts";
import type { WorkerJob, WorkerOptions } from "./worker.ts";

export type { FillSummary, RecomputeSummary };

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
  /** Closes what is due now rather than at the next quarter of a second, and lets go of what is too old. */
  work(): Promise<void>;
  /** Answers what is under way, stores it, checkpoints, and lets go of the data directory. */
  stop(): Promise<void>;
}

/** How often the server looks that the Worker of reports is there to follow: it is not in the way of the start. */
const FOLLOW_LOOK_MS = 5000;
/** How long a rebuild waits to see that the server took the new facts over. */
const TAKE_OVER_MS_MAX = 20_000;
const TAKE_OVER_LOOK_MS = 100;
/** What a stop waits for requests under way, of the 8 s that a supervisor gives it. */
const DRAIN_MS_MAX = 5000;

/** The database of a data directory. */
export function databasePathOf({ dataDir }: Pick<Config, "dataDir">): string {
  return join(dataDir, "playhead.db");
}

/** The facts of reports: made from the database, and made anew when they are missing. */
export function factsPathOf({ dataDir }: Pick<Config, "dataDir">): string {
  return join(dataDir, "reports.duckdb");
}

/** Facts that were made anew, until whoever answers reports takes them over. */
function nextFactsPathOf(config: Config): string {
  return `${factsPathOf(config)}.next`;
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
  const ingest = await restoreIngest({ config, store, writer, clock });
  const closer = new Closer({ ingest, store, clock, log });
  opening.defer(() => closer.stop());
  opening.defer(() => writer.drain());
  const reportsLane = openReportsLane(config, log);
  opening.defer(() => reportsLane.stop());
  // Another store has no file to follow.
  const following = setInterval(() => !options.openStore && reportsLane.start(), FOLLOW_LOOK_MS);
  opening.defer(() => clearInterval(following));
  const eraser = new Eraser({ store, writer, ingest, findSessionsOf: createVisitorSearch(store), clock, log });
  const retention = new Retention({ ...config, eraser, ingest, clock, log });
  const server = startServer({
    ...config,
    reports: { ask: (job, signal) => reportsLane.run(job, signal) } satisfies Reports,
    adminToken: adminToken.value,
    version: VERSION,
    parser: createParser({
      mode: config.validation,
      eventsMax: config.arrayEventsMax,
      limits: { keysMax: config.eventKeysMax, stringBytesMax: config.stringBytesMax },
    }),
    ingest,
    store,
    eraseVisitor: (visitorId) => eraser.eraseVisitor(visitorId),
    queuedEvents: () => writer.stats().queuedEvents,
    clock,
    log,
    isServing: () => serving,
  });
  opening.defer(() => stopServer(server));
  // Ahead of the server, which waits for its requests: an erasure goes on with the next start.
  opening.defer(() => retention.stop());
  closer.start();
  retention.start();
  const url = `http://${nameOf(config.host)}:${server.port}`;
  writeAddress(config.dataDir, url);
  opening.defer(() => clearAddress(config.dataDir));
  opening.defer(() => {
    serving = false;
  });
  log.debug("Opened", { openSessions: ingest.heads.open, dataDir: config.dataDir });
  const opened = opening.move();
  const stop = () => opened.disposeAsync();
  const work = () => closer.work().then(() => retention.work());
  return { port: server.port, url, adminToken, work, stop, [Symbol.asyncDispose]: stop };
}

/** The OpenAPI document that a server of this configuration serves. */
export function describeApi(config: Config): OpenApiDocument {
  return createDocument({ ...config, version: VERSION });
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

export interface RebuildReportsSummary extends RebuildSummary {
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
  const { rebuildFacts } = await import("./reports/facts/rebuild.ts");
  const path = factsPathOf(config);
  try {
    const summary = await rebuildFacts({ ...options, store, path, memoryBytesMax: config.reportsMemoryBytesMax });
    if (!summary.finished) return { ...summary, usedBy: "next-start" };
    const isTaken = () => !existsSync(nextFactsPathOf(config));
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

/** Starts nothing yet: the Worker comes with the first question, or a moment after the start, to follow the store. */
function openReportsLane(config: Config, log: Log): Lane<WorkerOptions, WorkerJob> {
  return new Lane({
    name: "reports",
    spawn: () => new Worker(new URL("./worker.ts", import.meta.url)),
    options: {
      dataDir: config.dataDir,
      databasePath: databasePathOf(config),
      factsPath: factsPathOf(config),
      memoryBytesMax: config.reportsMemoryBytesMax,
    },
    jobsMax: config.reportsQueueMax,
    timeoutMs: config.reportTimeoutMs,
    log,
  });
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

/** @throws AppError `not-found` where nothing was ever stored: a command must not make an empty database */
function existingDatabaseOf(config: Config): string {
  const path = databasePathOf(config);
  if (!existsSync(path)) throw new AppError("not-found", `There is no database in "${config.dataDir}"`);
  return path;
}

function openForReading(config: Config): Store {
  return openSqliteStoreForReading({ path: existingDatabaseOf(config), synchronous: config.synchronous });
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
  const ingest = await restoreIngest({ config, store, writer, clock });
  const findSessionsOf = createVisitorSearch(store, (done) => onProgress(done, store.position().session));
  const eraser = new Eraser({ store, writer, ingest, findSessionsOf, clock, log });
  void stopped.then(() => eraser.stop());
  return await eraser.eraseVisitor(visitorId);
}

async function eraseThroughServer({ dataDir, adminToken }: Config, visitorId: string): Promise<number> {
  const path = `/admin/api/visitors/${encodeURIComponent(visitorId)}`;
  const answer = (await askServer(dataDir, { method: "DELETE", path, adminToken })) as { erasedSessions: number };
  return answer.erasedSessions;
}

interface IngestParts {
  readonly config: Config;
  readonly store: Store;
  readonly writer: Writer;
  readonly clock: Clock;
}

function restoreIngest({ config, store, writer, clock }: IngestParts): Promise<Ingest> {
  const timeouts = { idleMs: config.idleTimeoutMs, stallMs: config.stallTimeoutMs };
  return Ingest.restore({ store, writer, clock, timeouts, lateGraceMs: config.lateGraceMs });
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

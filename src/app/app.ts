/** The composition root of the server: the only one that knows all of its parts. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { streamOf } from "../base/stream.ts";
import type { Config } from "../config.ts";
import { clearAddress, writeAddress } from "../data-dir/address.ts";
import { type AdminToken, findAdminToken } from "../data-dir/admin-token.ts";
import { makeDataDir } from "../data-dir/directory.ts";
import { lastBackupAtMs, noteBackup } from "../data-dir/last-backup.ts";
import { lockDataDir } from "../data-dir/lock.ts";
import { databasePathOf, factsPathOf } from "../data-dir/paths.ts";
import { openScratch } from "../data-dir/scratch.ts";
import { sizesOf } from "../data-dir/sizes.ts";
import { takeFile } from "../exports/file-chunks.ts";
import type { ExportQuery } from "../exports/query.ts";
import type { ExportOptions } from "../exports/stream.ts";
import { Meter } from "../http/meter.ts";
import type { OpenApiDocument } from "../http/openapi/form.ts";
import { type MetricsServerOptions, type Server, startMetricsServer, startServer } from "../http/server.ts";
import { Closer } from "../ingest/closer.ts";
import { Eraser, type EraserOptions } from "../ingest/eraser.ts";
import { EVERY_LEASE } from "../ingest/leases.ts";
import { Retention } from "../ingest/retention.ts";
import { Ingest } from "../ingest/single/ingest.ts";
import { Writer } from "../ingest/single/writer.ts";
import { createVisitorSearch } from "../ingest/visitors.ts";
import { LiveHub } from "../live/hub.ts";
import type { LaneSource, ProcessUsage, Sources } from "../monitoring/measure.ts";
import { metricsText } from "../monitoring/text.ts";
import { createParser, type Parser } from "../protocol/collection/parse.ts";
import type { ReportJob } from "../reports/desk.ts";
import type { Reports } from "../reports/reports.ts";
import type { JournalStore } from "../store/journal.ts";
import { copyDatabase } from "../store/sqlite/backup-thread.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import type { StoreReader } from "../store/store.ts";
import { watchStore } from "../store/watch.ts";
import { Lane } from "../threads/lane.ts";
import { VERSION } from "../version.ts";
import type { ChoreJob, WorkerOptions } from "./worker.ts";

export type { ProcessUsage };

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  /** Another store than SQLite; bench/ measures the server without any. */
  readonly openStore?: (config: Config) => JournalStore;
  /** Called when the store has failed for good: whoever runs the app should end it and start it anew. */
  readonly onStoreFailure?: () => void;
  /** What the process takes of the machine; not among the metrics by default. */
  readonly usage?: () => ProcessUsage;
}

export interface App extends AsyncDisposable {
  readonly port: number;
  /** Where a browser on this machine finds the server. */
  readonly url: string;
  /** Where metrics need no token, if anywhere. */
  readonly metricsUrl: string | undefined;
  readonly adminToken: AdminToken;
  /** Closes what is due now rather than at the next quarter of a second, and lets go of what is too old. */
  work(): Promise<void>;
  /** Answers what is under way, stores it, checkpoints, and lets go of the data directory. */
  stop(): Promise<void>;
}

/** How often the server looks that the Worker of reports is there to follow: it is not in the way of the start. */
const FOLLOW_LOOK_MS = 5000;
/** What a stop waits for requests under way, of the 8 s that a supervisor gives it. */
const DRAIN_MS_MAX = 5000;
/** An erasure searches every start, and then writes the facts of reports anew. */
const ERASING_MS_MAX = 600_000;
/** Exports, backups and searches that may wait or run. */
const CHORES_MAX = 8;
/** A thread that nobody has asked for anything for this long ends. */
const CHORES_IDLE_MS = 60_000;

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
  const store = openStore(options, (error) => writer.fail(error));
  opening.defer(() => store.close());
  let serving = true;
  const writer = new Writer({
    ...config,
    store,
    elapsedMs: () => clock.elapsedMs(),
    onFailure: (error) => {
      serving = false;
      log.error("The store failed; nothing more is taken", { error: error.message });
      options.onStoreFailure?.();
    },
  });
  const timeouts = { idleMs: config.idleTimeoutMs, stallMs: config.stallTimeoutMs };
  const { lateGraceMs, liveViewersMax: viewersMax, liveWatchersMax: watchersMax } = config;
  const live = new LiveHub({ clock, openSessions: () => intake.countOpen(), viewersMax, watchersMax });
  const intake = opening.use(await Ingest.restore({ store, writer, clock, timeouts, lateGraceMs, live, log }));
  const closer = new Closer({ intake, store, clock, log });
  opening.defer(() => closer.stop());
  opening.defer(() => writer.drain());
  const long = openLongWork(options, store, () => serving);
  opening.defer(() => long.stop());
  const eraser = new Eraser({ ...long, store, intake, clock, log });
  const retention = new Retention({ ...config, eraser, intake, leases: EVERY_LEASE, clock, log });
  const stopping = new AbortController();
  const meter = new Meter(() => clock.elapsedMs());
  const sources = sourcesOf(options, clock, { meter, writer, intake, closer, live, long });
  const served = { ...config, meter, readMetrics: () => metricsText(sources), log };
  const server = startServer({
    ...served,
    reports: long.reports,
    live,
    adminToken: adminToken.value,
    version: VERSION,
    parser: parserOf(config),
    intake,
    store,
    eraseVisitor: (visitorId) => eraser.eraseVisitor(visitorId),
    queuedEvents: () => intake.stats().queuedEvents,
    clock,
    isServing: () => serving,
    openExport: (query, signal) => streamOf(long.export(query, AbortSignal.any([signal, stopping.signal]))),
    openBackup: (signal) => streamOf(backupStream(config, clock, AbortSignal.any([signal, stopping.signal]))),
  });
  opening.defer(() => stopServer(server));
  const metrics = config.metricsPort > 0 ? openMetrics(config, served) : undefined;
  opening.defer(() => metrics?.stop());
  // Ahead of the server, which waits for its requests: an erasure goes on with the next start.
  opening.defer(() => retention.stop());
  // A download may take hours: its client begins anew, rather than players wait for the server.
  opening.defer(() => live.close());
  opening.defer(() => stopping.abort(new AppError("overloaded", "The server is stopping")));
  closer.start();
  retention.start();
  live.start();
  const url = urlOf(config.host, server.port);
  opening.use(tellAddress(config, url, log));
  opening.defer(() => {
    serving = false;
  });
  log.debug("Opened", { openSessions: intake.countOpen(), dataDir: config.dataDir });
  const work = () => closer.work().then(() => retention.work());
  return appOf({ port: server.port, url, metricsUrl: metrics?.url, adminToken, work }, opening.move());
}

function appOf(parts: Omit<App, "stop" | typeof Symbol.asyncDispose>, opened: AsyncDisposableStack): App {
  const stop = () => opened.disposeAsync();
  return { ...parts, stop, [Symbol.asyncDispose]: stop };
}

/** The OpenAPI document that a server of this configuration serves. */
export async function describeApi(config: Config): Promise<OpenApiDocument> {
  const { createDocument } = await import("../http/openapi/document.ts");
  return createDocument({ ...config, version: VERSION });
}

function parserOf(config: Config): Parser {
  const limits = { keysMax: config.eventKeysMax, stringBytesMax: config.stringBytesMax };
  return createParser({ mode: config.validation, eventsMax: config.arrayEventsMax, limits });
}

interface Measured {
  readonly meter: Meter;
  readonly writer: Writer;
  readonly intake: Ingest;
  readonly closer: Closer;
  readonly live: LiveHub;
  readonly long: LongWork;
}

/** What the parts count anyway, for whoever asks for metrics. */
function sourcesOf({ config, usage }: AppOptions, clock: Clock, parts: Measured): Sources {
  const { meter, writer, intake, closer, live, long } = parts;
  return {
    build: { version: VERSION, bun: Bun.version, validation: config.validation },
    startedAtMs: clock.nowMs(),
    routes: () => meter.routes(),
    rejections: () => meter.rejections.counts(),
    queue: { events: () => intake.stats().queuedEvents, eventsMax: config.queueEventsMax },
    commitWrites: writer.commitWrites,
    commitSeconds: writer.commitSeconds,
    openSessions: () => intake.countOpen(),
    verdicts: () => closer.verdicts,
    files: () => sizesOf(config),
    lastBackupAtMs: () => lastBackupAtMs(config.dataDir),
    streams: () => ({ viewers: live.snapshots.listeners, watchers: live.tail.listeners }),
    lanes: () => long.load(),
    usage,
  };
}

/** Opens the port on which metrics need no token. @throws AppError `cannot-listen` */
function openMetrics(
  { metricsHost: host, metricsPort: port }: Config,
  served: Omit<MetricsServerOptions, "host" | "port">,
) {
  const server = startMetricsServer({ ...served, host, port });
  return { url: `${urlOf(host, server.port)}/metrics`, stop: () => server.kill() };
}

interface LongWork extends Pick<EraserOptions, "findSessionsOf" | "forgetFacts"> {
  readonly reports: Reports;
  export(query: ExportQuery, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void>;
  load(): Readonly<Record<string, LaneSource>>;
  stop(): Promise<void>;
}

/**
 * What takes too long for the thread of requests.
 *
 * Starts nothing yet: a Worker comes with its first job, that of reports also a moment after the start, to follow.
 * A Worker reads the database's file: work on another store is done here, and it has no reports to follow it.
 */
function openLongWork(
  { config, log, openStore: isForeign }: AppOptions,
  store: StoreReader,
  isServing: () => boolean,
): LongWork {
  const { reports, chores } = openLanes(config, log);
  // A Worker that came up while the server stops would hold it back.
  const following = setInterval(() => !isForeign && isServing() && reports.start(), FOLLOW_LOOK_MS);
  return {
    reports: { ask: (job, signal) => reports.run(job, signal) },
    findSessionsOf: isForeign
      ? createVisitorSearch(store)
      : (visitorId) => chores.run({ kind: "visitor", visitorId }, undefined, ERASING_MS_MAX),
    forgetFacts: async () => {
      if (existsSync(factsPathOf(config))) await reports.run({ kind: "forget" }, undefined, ERASING_MS_MAX);
    },
    export: (query, signal) =>
      isForeign
        ? exportHere({ store, query, signal, openScratch: () => openScratch(config.dataDir) })
        : piecesOf(() => chores.stream({ kind: "export", query }, signal)),
    load: () => ({ reports: reports.load(), exports: chores.load() }),
    stop: async () => {
      clearInterval(following);
      await Promise.all([reports.stop(), chores.stop()]);
    },
  };
}

function openLanes(config: Config, log: Log) {
  const shared = { dataDir: config.dataDir, databasePath: databasePathOf(config) };
  const spawn = () => new Worker(new URL("./worker.ts", import.meta.url));
  const reports = new Lane<WorkerOptions, ReportJob>({
    name: "reports",
    spawn,
    options: {
      ...shared,
      desk: "reports",
      factsPath: factsPathOf(config),
      memoryBytesMax: config.reportsMemoryBytesMax,
    },
    jobsMax: config.reportsQueueMax,
    timeoutMs: config.reportTimeoutMs,
    log,
  });
  const chores = new Lane<WorkerOptions, ChoreJob>({
    name: "exports",
    spawn,
    options: { ...shared, desk: "chores" },
    jobsMax: CHORES_MAX,
    timeoutMs: config.reportTimeoutMs,
    idleMs: CHORES_IDLE_MS,
    log,
  });
  return { reports, chores };
}

async function* exportHere(options: ExportOptions): AsyncGenerator<Uint8Array, void, void> {
  const { exportStream } = await import("../exports/stream.ts");
  yield* exportStream(options);
}

async function* piecesOf(open: () => Promise<ReadableStream<Uint8Array>>): AsyncGenerator<Uint8Array, void, void> {
  yield* await open();
}

async function* backupStream(
  config: Config,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  using scratch = openScratch(config.dataDir);
  const target = join(scratch.path, "backup.db");
  await copyDatabase({ source: databasePathOf(config), target }, { signal });
  yield* takeFile(target, signal);
  noteBackup(config.dataDir, clock.nowMs());
}

/** Writes the address until it is disposed of. Without it players come all the same: a full disk is no obstacle. */
function tellAddress({ dataDir }: Config, url: string, log: Log): Disposable {
  try {
    writeAddress(dataDir, url);
  } catch (error) {
    log.warn("The address could not be written", { error: String(error) });
  }
  return { [Symbol.dispose]: () => clearAddress(dataDir) };
}

function openStore(options: AppOptions, onFailure: (error: AppError) => void): JournalStore {
  return watchStore(options.openStore?.(options.config) ?? openDatabase(options.config), onFailure);
}

function openDatabase(config: Config): JournalStore {
  return openSqliteStore({ path: databasePathOf(config), synchronous: config.synchronous, thread: true });
}

async function stopServer(server: Server): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS_MAX);
  });
  await Promise.race([server.stop(), late]);
  clearTimeout(timer);
  await server.kill();
}

function urlOf(host: string, port: number): string {
  return `http://${nameOf(host)}:${port}`;
}

function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** The composition root of the server: the only file that knows all of its parts. */

import { type Clock, steadyLine, systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { streamOf } from "../base/stream.ts";
import { SECOND_MS } from "../base/units.ts";
import type { Config } from "../config.ts";
import { clearAddress, tellAddress } from "../data-dir/address.ts";
import { type AdminToken, findAdminToken, keepAdminToken } from "../data-dir/admin-token.ts";
import { makeDataDir } from "../data-dir/directory.ts";
import { lastBackupAtMs } from "../data-dir/last-backup.ts";
import { clearLeftovers } from "../data-dir/leftovers.ts";
import { lockDataDir } from "../data-dir/lock.ts";
import { databasePathOf } from "../data-dir/paths.ts";
import { openSignedOut } from "../data-dir/signed-out.ts";
import { sizesOf } from "../data-dir/sizes.ts";
import { FailureLog } from "../http/answer/failure-log.ts";
import type { ExportContext } from "../http/handlers/export.ts";
import { Meter } from "../http/meter.ts";
import type { OpenApiDocument } from "../http/openapi/form.ts";
import { type MetricsServerOptions, type Server, startMetricsServer, startServer } from "../http/server.ts";
import { Closer } from "../ingest/closer.ts";
import { Retention } from "../ingest/retention.ts";
import { LiveHub } from "../live/hub.ts";
import type { ProcessUsage, Sources } from "../monitoring/measure.ts";
import { metricsText } from "../monitoring/text.ts";
import { DamageMet, type Skip } from "../store/damage.ts";
import { definitionsOf } from "../store/definitions.ts";
import type { JournalStore } from "../store/journal.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { VERSION } from "../version.ts";
import { type Core, openCore } from "./core.ts";
import { DemoBeside } from "./demo.ts";
import { freshReports } from "./fresh-reports.ts";
import { type LongWork, openLongWork } from "./long-work.ts";
import type { Moving } from "./moving.ts";
import { type OperatorFiles, openOperatorFiles } from "./operator-files.ts";
import { Pace } from "./pace.ts";
import { apiFactsOf, readersOf, requestSettingsOf, retentionOf } from "./part-settings.ts";
import { openSharedCore } from "./shared-core.ts";
import { sharedUrlOf } from "./stores.ts";

export type { ProcessUsage };

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  /** Replaces SQLite: bench/ measures the server without a store. */
  readonly openStore?: (config: Config, onDamage: Skip, nowMs: () => number) => JournalStore;
  /** Called when the store has failed for good: only a new process can store again. */
  readonly onStoreFailure?: () => void;
  /** Measures the process itself; by default the metrics leave that out. */
  readonly usage?: () => ProcessUsage;
}

export interface App extends AsyncDisposable {
  readonly port: number;
  /** The address of the server for a browser on this machine. */
  readonly url: string;
  /** The address where metrics need no token, if there is one. */
  readonly metricsUrl: string | undefined;
  readonly adminToken: AdminToken;
  /** Rereads changed files, sends live numbers, closes due sessions and deletes old ones now, not at the next tick. */
  work(): Promise<void>;
  /** Answers the requests under way, stores them, checkpoints, and unlocks the data directory. */
  stop(): Promise<void>;
}

/** How long a stop waits for requests under way, within the 8 s that a supervisor allows. */
const DRAIN_MS_MAX = 5 * SECOND_MS;
const TOKEN_MISSING = "Cannot start: PLAYHEAD_STORE on PostgreSQL needs PLAYHEAD_ADMIN_TOKEN, the same on each server";

/**
 * Opens everything, from the data directory to the port.
 *
 * @throws AppError `data-dir-locked`, `data-dir-unusable`, `database-newer`, `database-drifted`, `store-failed`,
 *   `store-unreachable`, `cannot-listen`, `file-unusable` for a certificate or a database of countries
 */
export async function openApp(options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock } = options;
  const { dataDir } = config.storage;
  await using opening = new AsyncDisposableStack();
  const files = opening.use(openOperatorFiles(config, log));
  opening.use(takeDataDir(dataDir));
  const adminToken = findAdminToken(dataDir, config.admin.adminToken);
  let serving = true;
  const live = new LiveHub({ clock, bitrateUnit: config.storage.bitrateUnit, limits: config.live });
  const damage = damageMetOf(log);
  const core = await openStoreOf(options, { clock, live, damage }, (error) => {
    serving = false;
    log.error("The store failed; the server takes no more events", { error: error.message });
    options.onStoreFailure?.();
  });
  const { store, intake, leases } = opening.use(core);
  const long = openLongWork({ config, log, clock, store, isServing: () => serving, onDamage: damage.note });
  opening.defer(() => long.stop());
  const closer = opening.adopt(new Closer({ intake, store, foldLong: long.folds.fold, clock, log }), (it) => it.stop());
  const forgetFacts = () => {
    live.refused.forget();
    return long.forgetFacts();
  };
  const eraser = core.eraserWith({ ...long, forgetFacts });
  const retention = new Retention({ ...retentionOf(config), store, eraser, intake, leases, clock, log });
  const stopping = new AbortController();
  const moving = opening.adopt(core.startMoving(), (it) => it.stop());
  const pace = opening.use(Pace.started(() => intake.stats().committedEvents, clock));
  const measured = measuredOf(options, clock, { core, closer, live, long, damage, moving });
  const server = startServer({
    ...requestSettingsOf(config),
    ...measured,
    ...files.served,
    reports: freshReports(long.askReports, { catchUp: () => closer.catchUp(), pace }),
    folds: long.folds,
    live,
    adminToken: adminToken.value,
    signedOut: core.signedOutBeside(openSignedOut(dataDir, clock.nowMs(), log)),
    ...readersOf(config, clock),
    intake,
    store,
    listNodes: core.listNodes,
    eraser,
    demoMonth: opening.use(new DemoBeside({ open: openApp, log, adminToken: adminToken.value })),
    queuedEvents: () => intake.stats().queuedEvents,
    clock,
    isServing: () => serving,
    ...downloadsOf(long, stopping.signal),
  });
  opening.defer(() => stopServer(server));
  files.followCertificate((tls) => server.replaceTls(tls));
  const metrics = opening.adopt(openMetrics(config, measured), (it) => it?.stop());
  // Stopped before the server, which waits for its requests: the next start resumes an interrupted erasure.
  opening.defer(() => retention.stop());
  // A download may take hours, and players wait for the next server: it is cut off, and its client starts over.
  opening.defer(() => live.close());
  opening.defer(() => stopping.abort(new AppError("overloaded", "Cannot do this: the server is stopping")));
  closer.start();
  retention.start();
  live.start(() => intake.countOpen());
  keepAdminToken(adminToken);
  const url = urlOf(config.server.host, server.port, files.served.tls ? "https" : "http");
  opening.use(tellAddress(dataDir, url, log));
  opening.defer(() => {
    serving = false;
  });
  log.debug("Opened", { openSessions: intake.countOpen(), dataDir });
  const work = workOf({ core, files, live, closer, retention });
  return appOf({ port: server.port, url, metricsUrl: metrics?.url, adminToken, work }, opening.move());
}

/** Exports and backups, which end with the server too. */
function downloadsOf(long: LongWork, stopping: AbortSignal): Pick<ExportContext, "openExport" | "openBackup"> {
  return {
    openExport: (query, signal) => streamOf(long.export(query, AbortSignal.any([signal, stopping]))),
    openBackup: (signal) => streamOf(long.backup(AbortSignal.any([signal, stopping]))),
  };
}

/** Makes and locks the directory, and clears what a killed server left in it. */
function takeDataDir(dataDir: string): Disposable {
  makeDataDir(dataDir);
  using taking = new DisposableStack();
  taking.use(lockDataDir(dataDir));
  clearAddress(dataDir);
  clearLeftovers(dataDir, { erasing: false });
  return taking.move();
}

interface Workers {
  readonly core: Core;
  readonly files: OperatorFiles;
  readonly live: LiveHub;
  readonly closer: Closer;
  readonly retention: Retention;
}

function workOf({ core, files, live, closer, retention }: Workers): App["work"] {
  return async () => {
    files.look();
    await core.readNews();
    live.beat();
    await closer.work();
    await retention.work();
  };
}

function appOf(parts: Omit<App, "stop" | typeof Symbol.asyncDispose>, opened: AsyncDisposableStack): App {
  const stop = () => opened.disposeAsync();
  return { ...parts, stop, [Symbol.asyncDispose]: stop };
}

/** The OpenAPI document that a server of this configuration serves. */
export async function describeApi(config: Config): Promise<OpenApiDocument> {
  const { createDocument } = await import("../http/openapi/document.ts");
  return createDocument(apiFactsOf(config));
}

interface Measured {
  readonly core: Core;
  readonly closer: Closer;
  readonly live: LiveHub;
  readonly long: LongWork;
  readonly damage: DamageMet;
  readonly moving: Moving;
}

/** The meters and logs of each listener. */
function measuredOf(options: AppOptions, clock: Clock, parts: Measured) {
  const { log, usage: descriptors } = options;
  const meter = new Meter(() => clock.elapsedMs());
  const sources = sourcesOf(options, clock, { meter, ...parts });
  const damagedSessions = () => parts.damage.count;
  return {
    damagedSessions,
    meter,
    failures: new FailureLog(log, clock),
    readMetrics: () => metricsText(sources),
    log,
    descriptors,
  };
}

/** Gathers the counts that the parts keep, for `/metrics`. */
function sourcesOf({ config, usage }: AppOptions, clock: Clock, parts: Measured & { readonly meter: Meter }): Sources {
  const { meter, core, closer, live, long, damage, moving } = parts;
  const { figures, intake, database } = core;
  return {
    build: { version: VERSION, bun: Bun.version, validation: config.collect.validation },
    startedAtMs: clock.nowMs(),
    routes: () => meter.routes(),
    rejections: () => meter.rejections.counts(),
    queue: { events: () => intake.stats().queuedEvents, eventsMax: config.queue.queueEventsMax },
    commitWrites: figures.commitWrites,
    commitSeconds: figures.commitSeconds,
    historyLosses: () => figures.historyLosses,
    pools: () => database?.pools ?? {},
    oldestSnapshotSeconds: () => database?.oldestSnapshotSeconds(),
    openSessions: () => intake.countOpen(),
    repeatedStarts: () => intake.stats().repeatedStarts,
    closes: () => intake.stats().closes,
    verdicts: () => closer.verdicts,
    folds: () => closer.folds,
    failedFolds: () => closer.failedFolds,
    damagedSessions: () => damage.count,
    rowsToMove: () => moving.left(),
    files: () => sizesOf(config.storage),
    lastBackupAtMs: () => lastBackupAtMs(config.storage.dataDir),
    streams: () => ({ viewers: live.snapshots.listeners, watchers: live.tail.listeners }),
    backupFailures: () => long.backupFailures,
    lanes: () => long.load(),
    usage,
  };
}

/** Opens the port where metrics need no token, if there is one. @throws AppError `cannot-listen` */
function openMetrics(
  { metrics: { metricsHost: host, metricsPort: port } }: Config,
  measured: Omit<MetricsServerOptions, "host" | "port">,
) {
  if (port === 0) return undefined;
  const server = startMetricsServer({ ...measured, host, port });
  return { url: `${urlOf(host, server.port)}/metrics`, stop: () => server.kill() };
}

interface CoreParts {
  readonly clock: Clock;
  readonly live: LiveHub;
  readonly damage: DamageMet;
}

/** Opens the store that the settings name: a file of this server's own, or one that nodes share. */
function openStoreOf(
  { config, log, openStore = openDatabase }: AppOptions,
  { clock, live, damage }: CoreParts,
  onFailure: (error: AppError) => void,
): Promise<Core> {
  const url = sharedUrlOf(config.storage);
  if (url !== undefined) {
    // The other servers wouldn't know a token that one of them makes for itself.
    if (config.admin.adminToken === undefined) throw new AppError("invalid-config", TOKEN_MISSING);
    return openSharedCore(config, { url, clock, log, live, onDamage: damage.note, isNode: true });
  }
  const store = openStore(config, damage.note, steadyLine(clock));
  return openCore(config, { store, clock, log, live, onFailure });
}

function openDatabase({ storage }: Config, onDamage: Skip, nowMs: () => number): JournalStore {
  return openSqliteStore({
    path: databasePathOf(storage),
    synchronous: storage.synchronous,
    definitions: definitionsOf(storage),
    nowMs,
    thread: true,
    onDamage,
  });
}

/** Logs each damaged session once, whichever thread meets it. */
function damageMetOf(log: Log): DamageMet {
  return new DamageMet((session) =>
    log.error("A session is damaged, and lists leave it out; playhead check says what to do", {
      session: session ?? "unknown",
    }),
  );
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

function urlOf(host: string, port: number, scheme: "http" | "https" = "http"): string {
  return `${scheme}://${nameOf(host)}:${port}`;
}

function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** The core of one of several nodes: a PostgreSQL that they share, and the intake before it. */

import { hostname } from "node:os";
import { type Clock, steadyLine, systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { SECOND_MS } from "../base/units.ts";
import type { Config } from "../config.ts";
import { Eraser, type EraserOptions } from "../ingest/eraser.ts";
import type { Import, OpenImportOptions } from "../ingest/intake.ts";
import { CommonClock } from "../ingest/shared/clock.ts";
import { LiveFollower } from "../ingest/shared/follower.ts";
import { SharedIntake } from "../ingest/shared/intake.ts";
import { Load } from "../ingest/shared/lane.ts";
import { sharedLeases } from "../ingest/shared/leases.ts";
import type { LiveHub } from "../live/hub.ts";
import type { Skip } from "../store/damage.ts";
import { definitionsOf } from "../store/definitions.ts";
import { keysOfBodies } from "../store/opening.ts";
import { openPostgresStore } from "../store/postgres/open.ts";
import type { PostgresStore } from "../store/postgres/store.ts";

import type { StoreNode } from "../store/store.ts";
import { VERSION } from "../version.ts";
import type { Core } from "./core.ts";
import { rulesOf } from "./part-settings.ts";
import { openSharedImport } from "./shared-import.ts";
import { SharedNews } from "./shared-news.ts";

interface SharedCoreOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly live?: LiveHub | undefined;
  readonly onDamage?: Skip;
  /** Whether this process is one of the nodes, rather than a command beside them. */
  readonly isNode: boolean;
}

/** How often a node reports that it runs. */
const SEEN_EVERY_MS = 5 * SECOND_MS;

/**
 * Opens the store, and brings it to this version's schema.
 *
 * @throws AppError `store-unreachable`, `database-newer`, `database-drifted`, `store-failed`
 */
export async function openSharedCore(
  config: Pick<Config, "queue" | "sessions" | "storage">,
  { url, clock, log, live, onDamage, isNode }: SharedCoreOptions,
): Promise<Core> {
  await using opening = new AsyncDisposableStack();
  const id = `${hostname().slice(0, 32)}-${crypto.randomUUID().slice(0, 8)}`;
  const elapsedMs = () => clock.elapsedMs();
  const { queueEventsMax, queueWaitMsMax } = config.queue;
  const load = new Load({ queueEventsMax, queueWaitMsMax, elapsedMs });
  let nowMs = steadyLine(clock);
  const store = await openPostgresStore({
    url,
    node: id,
    version: VERSION,
    nowMs: () => nowMs(),
    elapsedMs,
    patienceMs: queueWaitMsMax,
    definitions: definitionsOf(config.storage),
    onDamage,
    onHistoryLost: ({ batches }) => {
      load.historyLosses += 1;
      log.error("The database lacks events that it had acknowledged: another one has taken its place", {
        node: id,
        ...(batches !== undefined && { batches }),
      });
    },
  });
  opening.defer(() => store.close());
  // A clock that was handed in is the one that all nodes share.
  if (clock === systemClock) {
    nowMs = opening.use(await CommonClock.open({ measure: () => store.readClock(), clock, log })).nowMs;
  }
  const follower = live && new LiveFollower({ store, live, elapsedMs, log });
  const rules = rulesOf(config.sessions);
  const steadyMs = () => nowMs();
  const importing = { store, clock, steadyMs, rules };
  const intake = opening.use(
    new SharedIntake({
      store,
      clock,
      steadyMs,
      keyOfBody: keysOfBodies(await store.hashKey()),
      rules,
      load,
      log,
      openImport: (options: OpenImportOptions): Import => openSharedImport(importing, options),
      ...(follower && { noteFold: follower.noteFold }),
    }),
  );
  if (follower) opening.adopt(follower, (it) => it.stop());
  follower?.start();
  const news = await SharedNews.open({ store, nowMs: steadyMs, onErased: () => live?.refused.forget(), log });
  opening.use(news);
  if (isNode) opening.use(await announce(store, { id, steadyMs, log }));
  const opened = opening.move();
  return {
    store,
    figures: load,
    database: { pools: store.pools, oldestSnapshotSeconds: () => news.oldestSnapshotSeconds },
    intake,
    leases: sharedLeases(store, id),
    // No former version had a shared store.
    startMoving: () => ({ left: () => 0, stop: async () => {} }),
    signedOutBeside: (own) => news.beside(own),
    readNews: () => news.read(),
    listNodes: async () => ({ nodes: await store.listNodes(), historyLostAtMs: await store.historyLostAtMs() }),
    eraserWith: (outside) => eraserOf({ ...outside, store, medium: store, intake, clock, log }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Makes an eraser that also counts what it was asked for, so that other processes notice. */
function eraserOf(options: EraserOptions & { readonly store: PostgresStore }): Eraser {
  const forgetFacts = async () => {
    await options.store.noteErasure();
    await options.forgetFacts();
  };
  return new Eraser({ ...options, forgetFacts });
}

interface AnnounceOptions {
  readonly id: string;
  readonly steadyMs: () => number;
  readonly log: Log;
}

/** Lists this node among those of the store, until it ends. */
async function announce(store: PostgresStore, { id, steadyMs, log }: AnnounceOptions): Promise<AsyncDisposable> {
  const startedAtMs = steadyMs();
  const node = (): StoreNode => ({ id, host: hostname(), version: VERSION, startedAtMs, seenAtMs: steadyMs() });
  await store.noteNode(node());
  const timer = setInterval(() => {
    store
      .noteNode(node())
      .catch((error: unknown) => log.debug("The node could not report that it runs", { error: String(error) }));
  }, SEEN_EVERY_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await store.removeNode(id).catch(() => {});
    },
  };
}

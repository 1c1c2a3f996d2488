/** The core that the server and commands that write share: a store, the writer before it, and the open sessions. */

import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import type { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import type { SignedOut } from "../data-dir/signed-out.ts";
import type { CommitFigures } from "../ingest/commit-figures.ts";
import { Eraser, type EraserOptions } from "../ingest/eraser.ts";
import type { Intake } from "../ingest/intake.ts";
import { EVERY_LEASE, type Leases } from "../ingest/leases.ts";
import { Ingest, type IngestOptions } from "../ingest/single/ingest.ts";
import { Writer } from "../ingest/single/writer.ts";
import type { JournalStore } from "../store/journal.ts";
import type { PoolFigures } from "../store/pool-figures.ts";
import type { Store, StoreNode } from "../store/store.ts";
import { watchStore } from "../store/watch.ts";
import { VERSION } from "../version.ts";
import { type Moving, startMoving } from "./moving.ts";
import { rulesOf } from "./part-settings.ts";

interface CoreOptions extends Pick<IngestOptions, "live"> {
  /** Closed with the core, even if the core can't be opened. */
  readonly store: JournalStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once the medium has failed: the writer then refuses all writes. */
  readonly onFailure?: (error: AppError) => void;
}

/** What this process measures of a database server. */
interface DatabaseFigures {
  readonly pools: Readonly<Record<string, PoolFigures>>;
  readonly oldestSnapshotSeconds: () => number | undefined;
}

interface NodeList {
  readonly nodes: readonly StoreNode[];
  /** When the store was last found to lack what it had acknowledged. */
  readonly historyLostAtMs?: number | undefined;
}

export interface Core extends AsyncDisposable {
  readonly store: Store;
  readonly figures: CommitFigures;
  /** Undefined for a file. */
  readonly database?: DatabaseFigures;
  readonly intake: Intake;
  readonly leases: Leases;
  /** Begins to move rows of former versions into the form of this one. */
  readonly startMoving: () => Moving;
  /** The processes that share the store; for a file, this one alone. */
  readonly listNodes: () => Promise<NodeList>;
  /** The sign-outs of all processes that share the store. @param own what this one keeps */
  readonly signedOutBeside: (own: SignedOut) => SignedOut;
  /** Reads now what other processes say through the store, not at the next tick. */
  readonly readNews: () => Promise<void>;
  /** Makes the eraser. */
  eraserWith(outside: Pick<EraserOptions, "findSessionsOf" | "forgetFacts">): Eraser;
}

/** Restores the open sessions of a store. @throws AppError `store-failed` */
export async function openCore(
  { queue, sessions }: Pick<Config, "queue" | "sessions">,
  { store: medium, clock, log, live, onFailure = () => {} }: CoreOptions,
): Promise<Core> {
  await using opening = new AsyncDisposableStack();
  opening.defer(() => medium.close());
  const writer = new Writer({
    store: medium,
    queueEventsMax: queue.queueEventsMax,
    queueWaitMsMax: queue.queueWaitMsMax,
    elapsedMs: () => clock.elapsedMs(),
    onFailure,
  });
  // Reports a failure of the medium, met by any method, to the writer.
  const store = watchStore(medium, (error) => writer.fail(error));
  const intake = opening.use(
    await Ingest.restore({
      store,
      writer,
      clock,
      log,
      ...rulesOf(sessions),
      ...(live && { live }),
    }),
  );
  const host = hostname();
  const node = { id: host, host, version: VERSION, startedAtMs: intake.steadyMs() };
  const opened = opening.move();
  return {
    store,
    figures: writer,
    intake,
    leases: EVERY_LEASE,
    startMoving: () => startMoving({ store, clock, log }),
    signedOutBeside: (own) => own,
    readNews: async () => {},
    listNodes: async () => ({ nodes: [{ ...node, seenAtMs: intake.steadyMs() }] }),
    eraserWith: ({ findSessionsOf, forgetFacts }) =>
      new Eraser({ findSessionsOf, forgetFacts, store, medium: store, intake, clock, log }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

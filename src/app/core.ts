/** The core that the server and `playhead erase` share: a store, the writer before it, and the open sessions. */

import type { Clock } from "../base/clock.ts";
import type { AppError } from "../base/errors.ts";
import type { Config } from "../config.ts";
import { Ingest, type IngestOptions } from "../ingest/ingest.ts";
import type { RetentionSettings } from "../ingest/retention.ts";
import type { Store } from "../store/store.ts";
import { watchStore } from "../store/watch.ts";
import { Writer } from "../store/writer.ts";

export interface CoreOptions extends Pick<IngestOptions, "live"> {
  /** Closed with the core, also when the core can't be opened. */
  readonly store: Store;
  readonly clock: Clock;
  /** Called once, when the medium has failed: the writer takes nothing more. */
  readonly onFailure?: (error: AppError) => void;
}

export interface Core extends AsyncDisposable {
  /** Reports a failure of the medium to the writer, whichever method meets it. */
  readonly store: Store;
  readonly writer: Writer;
  readonly ingest: Ingest;
}

/** Restores the open sessions of a store. @throws AppError `store-failed` */
export async function openCore(
  { queue, sessions }: Pick<Config, "queue" | "sessions">,
  { store: medium, clock, live, onFailure = () => {} }: CoreOptions,
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
  const store = watchStore(medium, (error) => writer.fail(error));
  const ingest = await Ingest.restore({
    store,
    writer,
    clock,
    timeouts: timeoutsOf(sessions),
    lateGraceMs: sessions.lateGraceMs,
    ...(live && { live }),
  });
  const opened = opening.move();
  return { store, writer, ingest, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** The settings that close a session, as the deadlines take them. */
export function timeoutsOf({ idleTimeoutMs, stallTimeoutMs }: Config["sessions"]): IngestOptions["timeouts"] {
  return { idleMs: idleTimeoutMs, stallMs: stallTimeoutMs };
}

/** The settings that retention follows. */
export function retentionOf({ retention, sessions }: Pick<Config, "retention" | "sessions">): RetentionSettings {
  const { sessionsRetentionDays, eventsRetentionDays } = retention;
  return { sessionsRetentionDays, eventsRetentionDays, lateGraceMs: sessions.lateGraceMs };
}

/** The rows of an export of changes: those of each session that changed, in the order of the changes. */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import type { Skip } from "../store/damage.ts";
import type { LoggedEvent } from "../store/log.ts";
import { eventPages, sessionsOf } from "../store/pages.ts";
import type { ErasedSid, Settled, StoredSession, StoreReader } from "../store/store.ts";
import type { ChangeRange } from "./cursor.ts";
import type { ExportQuery } from "./query.ts";

export type ChangedStore = Pick<StoreReader, "listSettled" | "listErased" | "getSessions" | "readOutline" | "readSome">;

export interface ChangedOptions {
  readonly store: ChangedStore;
  readonly range: ChangeRange;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called for each damaged session, which the export leaves out. */
  readonly onDamaged?: Skip | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Heavy sessions end a page of the store earlier. */
const SESSIONS_PER_PAGE = 100;
const ERASED_PER_PAGE = 500;

/**
 * The current state of sessions whose numbers changed in a range. One that changes again meanwhile moves beyond the
 * range, and is in the next export in any case.
 */
export async function* changedPages(
  options: ChangedOptions,
  isAsked: (settled: Settled) => boolean = () => true,
): AsyncGenerator<readonly StoredSession[], void, void> {
  const { store, range, onProgress, onDamaged = () => {}, signal } = options;
  const { afterRevision: first, untilRevision } = range;
  for (let afterRevision = first; afterRevision < untilRevision; ) {
    signal?.throwIfAborted();
    const page = await store.listSettled({ afterRevision, limit: SESSIONS_PER_PAGE });
    const asked = page.filter((settled) => settled.revision <= untilRevision && isAsked(settled));
    const ids = asked.map(({ id }) => id);
    yield* sessionsOf(store, ids, onDamaged);
    afterRevision = page.at(-1)?.revision ?? untilRevision;
    onProgress?.(Math.min(afterRevision, untilRevision) - first, untilRevision - first);
    await nextTurn();
  }
}

/** All events of sessions with new ones since an earlier export: in order of arrival, the start first. */
export async function* changedEvents(options: ChangedOptions): AsyncGenerator<readonly LoggedEvent[], void, void> {
  const { range, signal } = options;
  const haveNewEvents = ({ eventsRevision }: Settled) => eventsRevision > range.afterRevision;
  for await (const page of changedPages(options, haveNewEvents)) {
    for (const session of page) {
      signal?.throwIfAborted();
      yield* eventsOf(options, session);
    }
  }
}

/** Sids that were erased in a range of changes and of instants. */
export async function* erasedPages(
  { store, range, signal }: ChangedOptions,
  { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY }: Pick<ExportQuery, "fromMs" | "toMs">,
): AsyncGenerator<readonly ErasedSid[], void, void> {
  for (let { afterRevision } = range; ; ) {
    signal?.throwIfAborted();
    const page = await store.listErased({ afterRevision, limit: ERASED_PER_PAGE });
    const last = page.at(-1);
    if (!last) return;
    yield page.filter(({ revision, erasedAtMs }) => {
      return revision <= range.untilRevision && erasedAtMs >= fromMs && erasedAtMs < toMs;
    });
    afterRevision = last.revision;
    await nextTurn();
  }
}

async function* eventsOf(
  { store, onDamaged = () => {} }: ChangedOptions,
  session: StoredSession,
): ReturnType<typeof changedEvents> {
  const { id, sid, seq = 0, start } = session;
  yield [{ sid, seq: 0, event: start, session }];
  if (session.trimmed) return;
  try {
    for await (const page of eventPages(store, { id, seq })) yield page.map((event) => ({ sid, ...event }));
  } catch (error) {
    if (!(error instanceof AppError && error.code === "session-damaged")) throw error;
    const [now] = await store.getSessions([id], onDamaged);
    // Retention may have removed its events while they were read.
    if (now && !now.trimmed) onDamaged(id);
  }
}

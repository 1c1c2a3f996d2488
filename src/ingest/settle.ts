/** From a closed session's stored events to its stored numbers: at its close, and again after a late event. */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { type FoldedEvents, foldStored } from "../store/fold-stored.ts";
import { sessionsOf } from "../store/pages.ts";
import type { SessionResult, Store, StoredSession, StoreReader } from "../store/store.ts";

/** A result, with what became of each event. */
export interface FoldedSession extends SessionResult {
  readonly folded: Omit<FoldedEvents, "definitions">;
}

/** Folds a closed session to the result that is stored of it. */
export async function foldClosed(
  store: Pick<StoreReader, "readEvents" | "readFolds">,
  session: StoredSession,
): Promise<FoldedSession> {
  const { id, seq = 0 } = session;
  const { definitions, ...folded } = await foldStored(store, session, seq);
  return { session: id, seq, definitions, folded };
}

export interface SettleOptions {
  readonly store: Store;
  readonly elapsedMs: () => number;
  /** Called for a session that can't be read or folded, which must not keep the others waiting. */
  readonly onFailure: (session: Pick<StoredSession, "id"> & Partial<StoredSession>, error: unknown) => void;
  /** Called with each fold. */
  readonly onFolded?: (folded: FoldedSession["folded"]) => void;
}

/** Storing the numbers of this many sessions takes some 10 ms; then the loop gets its turn. */
const PAGE = 25;
/** Folding takes microseconds, unless sessions are days long: a slice ends after the one that exceeds this. */
const SLICE_MS = 8;

/** Folds and stores every closed session that has events which no stored result has seen. */
export async function settlePending(options: SettleOptions): Promise<void> {
  while (true) {
    const ids = await options.store.claimPending(PAGE);
    for await (const page of readPages(options, ids)) await settlePage(options, page);
    await nextTurn();
    if (ids.length < PAGE) return;
  }
}

/** Reads sessions by their numbers: in pages, or one by one where a damaged one is among them. */
async function* readPages(
  { store, onFailure }: SettleOptions,
  ids: readonly number[],
): AsyncGenerator<readonly StoredSession[], void, void> {
  let left = ids;
  try {
    for await (const page of sessionsOf(store, ids)) {
      const last = page.at(-1) as StoredSession;
      left = left.slice(left.indexOf(last.id) + 1);
      yield page;
    }
    return;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  for (const id of left) {
    try {
      yield await store.getSessions([id]);
    } catch (error) {
      if (!isDamage(error)) throw error;
      onFailure({ id }, error);
    }
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof AppError && error.code === "session-damaged";
}

async function settlePage(options: SettleOptions, page: readonly StoredSession[]): Promise<void> {
  const { store, elapsedMs } = options;
  let slice: SessionResult[] = [];
  let sinceMs = elapsedMs();
  for (const session of page) {
    const result = await tryFold(options, session);
    if (result) slice.push(result);
    if (elapsedMs() - sinceMs < SLICE_MS) continue;
    await store.saveResults(slice);
    slice = [];
    await nextTurn();
    sinceMs = elapsedMs();
  }
  if (slice.length > 0) await store.saveResults(slice);
}

async function tryFold(
  { store, onFailure, onFolded }: SettleOptions,
  session: StoredSession,
): Promise<SessionResult | undefined> {
  try {
    const result = await foldClosed(store, session);
    onFolded?.(result.folded);
    return result;
  } catch (error) {
    onFailure(session, error);
    return undefined;
  }
}

/** From a closed session's stored events to its stored numbers: at its close, and again after a late event. */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { type FoldedEvents, foldStored } from "../store/fold-stored.ts";
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
    await settlePage(options, await readPage(options, ids));
    await nextTurn();
    if (ids.length < PAGE) return;
  }
}

/** Sessions by their numbers: all at once, or one by one where a damaged one is among them. */
async function readPage({ store, onFailure }: SettleOptions, ids: readonly number[]): Promise<StoredSession[]> {
  const read = async (some: readonly number[]) => (await store.getSessions(some)).toSorted((a, b) => a.id - b.id);
  const pages: StoredSession[][] = [];
  try {
    return await read(ids);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  for (const id of ids) {
    try {
      pages.push(await read([id]));
    } catch (error) {
      if (!isDamage(error)) throw error;
      onFailure({ id }, error);
    }
  }
  return pages.flat();
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

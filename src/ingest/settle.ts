/** From a closed session's stored events to its stored numbers: at its close, and again after a late event. */

import { nextTurn } from "../base/turn.ts";
import type { Folded } from "../sessions/fold.ts";
import { foldStored } from "../store/fold-stored.ts";
import type { SessionResult, Store, StoredSession, StoreReader } from "../store/store.ts";

/** A result, with what became of each event. */
export interface FoldedSession extends SessionResult {
  readonly folded: Folded;
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
  /** Called for a session that can't be folded: a bug of ours, which must not keep the others waiting. */
  readonly onFailure: (sid: string, error: unknown) => void;
  /** Told of each session that was folded; nobody by default. */
  readonly onFolded?: (folded: Folded) => void;
}

/** Storing the numbers of this many sessions takes some 10 ms, and then the loop gets its turn. */
const PAGE = 25;
/** Folding takes microseconds, unless sessions are days long: a slice ends behind the one that goes over this. */
const SLICE_MS = 8;

/** Folds and stores every closed session that has events which no stored result has seen. */
export async function settlePending(options: SettleOptions): Promise<void> {
  while (true) {
    const page = await options.store.claimPending(PAGE);
    await settlePage(options, page);
    await nextTurn();
    if (page.length < PAGE) return;
  }
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
    onFailure(session.sid, error);
    return undefined;
  }
}

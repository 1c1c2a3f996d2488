/** From a closed session's stored events to its stored numbers: at its close, and again after a late event. */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { type FailedFold, failureOf } from "../store/fold-failure.ts";
import { type FoldedNumbers, type FoldStore, foldShort, foldStored } from "../store/fold-stored.ts";
import type { SessionResult, Store, StoredSession } from "../store/store.ts";

/** A result, with how many events have each verdict. */
export interface FoldedSession extends SessionResult {
  readonly folded: Omit<FoldedNumbers, "definitions">;
}

/** Folds a closed session to the result that is stored of it. */
export async function foldClosed(store: FoldStore, session: StoredSession): Promise<FoldedSession> {
  return resultOf(session, await foldStored(store, session, session.seq ?? 0));
}

/** The result that is stored of a fold. */
export function resultOf({ id, seq = 0 }: StoredSession, folded: FoldedNumbers): FoldedSession {
  const { definitions, ...rest } = folded;
  return { session: id, seq, definitions, folded: rest };
}

export interface SettleOptions {
  readonly store: Store;
  readonly elapsedMs: () => number;
  /** Called for a session that can't be read or folded, which must not keep the others waiting. */
  readonly onFailure: (session: FailedFold, error: unknown) => void;
  /** Called with each fold. */
  readonly onFolded?: (folded: FoldedSession["folded"], session: StoredSession) => void;
  /** Whether a session is left for another pass. */
  readonly isLeft?: (id: number) => boolean;
  /** Takes a session that is longer than a page; without it, it is folded here. */
  readonly onLong?: (id: number) => void;
}

/** Storing the numbers of this many sessions takes some 10 ms; then the loop gets its turn. */
const PAGE = 25;
/** Folding takes microseconds, unless sessions are days long: a slice ends after the one that exceeds this. */
const SLICE_MS = 8;

/** Folds and stores every closed session that has events which no stored result has seen. */
export async function settlePending(options: SettleOptions): Promise<void> {
  const { store, isLeft = () => false } = options;
  while (true) {
    const ids = await store.claimPending(PAGE);
    await settlePage(
      options,
      await readPage(
        options,
        ids.filter((id) => !isLeft(id)),
      ),
    );
    await nextTurn();
    if (ids.length < PAGE) return;
  }
}

/** Keeps that a session could not be folded, unless the same may succeed a moment later. @returns whether it is kept */
export async function keepFailure(
  store: Pick<Store, "saveFailure" | "findErasable">,
  id: number,
  error: unknown,
): Promise<boolean> {
  const failure = failureOf(error);
  if (failure === undefined) return false;
  const [session] = await store.findErasable([id]);
  if (session) await store.saveFailure({ id, seq: session.seq ?? 0 }, failure);
  return true;
}

/** Sessions by their numbers: all at once, or one by one where a damaged one is among them. */
async function readPage(options: SettleOptions, ids: readonly number[]): Promise<StoredSession[]> {
  const { store } = options;
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
      await fail(options, { id }, error);
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

async function tryFold(options: SettleOptions, session: StoredSession): Promise<SessionResult | undefined> {
  const { store, onFolded, onLong } = options;
  const { id, seq = 0 } = session;
  try {
    const folded = onLong ? await foldShort(store, session, seq) : await foldStored(store, session, seq);
    if (!folded) {
      onLong?.(id);
      return undefined;
    }
    const result = resultOf(session, folded);
    onFolded?.(result.folded, session);
    return result;
  } catch (error) {
    await fail(options, session, error);
    return undefined;
  }
}

async function fail({ store, onFailure }: SettleOptions, session: FailedFold, error: unknown): Promise<void> {
  onFailure(session, error);
  await keepFailure(store, session.id, error);
}

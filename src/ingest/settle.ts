/** From a closed session's stored events to its stored numbers: at its close, and again after a late event. */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { type FailedFold, failureOf } from "../store/fold-failure.ts";
import { type FoldedNumbers, type FoldStore, foldShort, foldStored } from "../store/fold-stored.ts";
import { sessionsOf } from "../store/pages.ts";
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
  /** The instant that dates a result. */
  readonly steadyMs: () => number;
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

/**
 * Folds and stores closed sessions that have events which no stored result has seen.
 *
 * @param most ends the pass once it took so many; by default it goes on to the last
 * @returns how many it took
 */
export async function settlePending(options: SettleOptions, most = Number.POSITIVE_INFINITY): Promise<number> {
  const { store, isLeft = () => false } = options;
  let done = 0;
  while (done < most) {
    const limit = Math.min(PAGE, most - done);
    const ids = await store.claimPending(limit);
    const taken = ids.filter((id) => !isLeft(id));
    for await (const page of readPages(options, taken)) await settlePage(options, page);
    done += taken.length;
    await nextTurn();
    if (ids.length < limit) break;
  }
  return done;
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

/** Reads sessions by their numbers: in pages, or one by one where a damaged one is among them. */
async function* readPages(
  options: SettleOptions,
  ids: readonly number[],
): AsyncGenerator<readonly StoredSession[], void, void> {
  const { store } = options;
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
      await fail(options, { id }, error);
    }
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof AppError && error.code === "session-damaged";
}

async function settlePage(options: SettleOptions, page: readonly StoredSession[]): Promise<void> {
  const { store, elapsedMs, steadyMs } = options;
  let slice: SessionResult[] = [];
  let sinceMs = elapsedMs();
  for (const session of page) {
    const result = await tryFold(options, session);
    if (result) slice.push(result);
    if (elapsedMs() - sinceMs < SLICE_MS) continue;
    await store.saveResults(slice, steadyMs());
    slice = [];
    await nextTurn();
    sinceMs = elapsedMs();
  }
  if (slice.length > 0) await store.saveResults(slice, steadyMs());
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

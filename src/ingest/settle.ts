/** From a closed session's stored events to its stored numbers: at its close, and again after a late event. */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { DamageError } from "../store/damage.ts";
import { type FailedFold, failureOf } from "../store/fold-failure.ts";
import { type FoldedNumbers, type FoldStore, foldShort, foldStored } from "../store/fold-stored.ts";
import { sessionsOf } from "../store/pages.ts";
import type { SessionResult, Store, StoredSession } from "../store/store.ts";

/** A result with its count of events by verdict. */
export interface FoldedSession extends SessionResult {
  readonly folded: Omit<FoldedNumbers, "definitions">;
}

/** Folds a closed session to its result. */
export async function foldClosed(store: FoldStore, session: StoredSession): Promise<FoldedSession> {
  return resultOf(session, await foldStored(store, session, session.seq ?? 0));
}

/** The stored result of a fold. */
export function resultOf({ id, seq = 0 }: StoredSession, folded: FoldedNumbers): FoldedSession {
  const { definitions, ...rest } = folded;
  return { session: id, seq, definitions, folded: rest };
}

export interface SettleOptions {
  readonly store: Store;
  readonly elapsedMs: () => number;
  /** The instant that dates a result. */
  readonly steadyMs: () => number;
  /** Called for a session that can't be read or folded, and must not hold up the others. */
  readonly onFailure: (session: FailedFold, error: unknown) => void;
  /** Called with each fold. */
  readonly onFolded?: (folded: FoldedSession["folded"], session: StoredSession) => void;
  /** Whether a session is left for another pass. */
  readonly isLeft?: (id: number) => boolean;
  /** Takes sessions longer than a page; without it, they fold here. */
  readonly onLong?: (id: number) => void;
}

/** Reading this many sessions takes some 4 ms, of which asking at all is a half. */
const PAGE = 50;
/** Folding takes microseconds, unless sessions are days long: a slice ends after the one that exceeds this. */
const SLICE_MS = 8;

/**
 * Folds and stores closed sessions with events that no stored result has seen.
 *
 * @param most ends the pass after this many; by default it goes on to the last
 * @returns how many it took
 */
export async function settlePending(options: SettleOptions, most = Number.POSITIVE_INFINITY): Promise<number> {
  const { store, isLeft = () => false } = options;
  let done = 0;
  while (done < most) {
    const limit = Math.min(PAGE, most - done);
    const ids = await store.claimPending(limit);
    const taken = ids.filter((id) => !isLeft(id));
    const damaged = new Set<number | undefined>();
    for await (const page of sessionsOf(store, taken, (id) => damaged.add(id))) await settlePage(options, page);
    for (const id of taken) if (damaged.has(id)) await fail(options, { id }, unreadable(id));
    done += taken.length;
    await nextTurn();
    if (ids.length < limit) break;
  }
  return done;
}

/** Records that a session could not be folded, unless a retry may succeed. @returns whether it is recorded */
export async function keepFailure(
  store: Pick<Store, "saveFailure" | "findErasable">,
  id: number,
  error: unknown,
): Promise<boolean> {
  const failure = failureOf(error);
  if (failure === undefined) return false;
  const [session] = await store.findErasable([id]);
  const end = { id, ...(session?.seq !== undefined && { seq: session.seq }) };
  // If recording it meets damage too, the session's failure can't be kept at all.
  await store.saveFailure(end, failure).catch((reason: unknown) => {
    if (!(reason instanceof DamageError)) throw reason;
  });
  return true;
}

/** Records why a session that a page passed over has no numbers. */
export function unreadable(id: number): DamageError {
  return new DamageError(id, `Cannot read session ${id}: what is stored of it is damaged; run playhead check`);
}

async function settlePage(options: SettleOptions, page: readonly StoredSession[]): Promise<void> {
  const { elapsedMs } = options;
  let slice: SessionResult[] = [];
  let sinceMs = elapsedMs();
  for (const session of page) {
    const result = await tryFold(options, session);
    if (result) slice.push(result);
    if (elapsedMs() - sinceMs < SLICE_MS) continue;
    await save(options, slice);
    slice = [];
    await nextTurn();
    sinceMs = elapsedMs();
  }
  if (slice.length > 0) await save(options, slice);
}

async function save(options: SettleOptions, slice: readonly SessionResult[]): Promise<void> {
  const { store, steadyMs } = options;
  await saveEach(
    slice,
    (results) => store.saveResults(results, steadyMs()),
    ({ session: id }, error) => fail(options, { id }, error),
  );
}

/**
 * Stores results in one transaction, or one by one if any can't be stored, which must not cost the others.
 *
 * @throws AppError for what keeps all of them from the store; a later pass does the rest
 */
export async function saveEach(
  results: readonly SessionResult[],
  store: (results: readonly SessionResult[]) => Promise<void>,
  onFailure: (result: SessionResult, error: unknown) => Promise<void>,
): Promise<void> {
  try {
    await store(results);
  } catch (error) {
    if (error instanceof AppError && !(error instanceof DamageError)) throw error;
    const [only, second] = results;
    if (only && !second) await onFailure(only, error);
    else for (const result of results) await saveEach([result], store, onFailure);
  }
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

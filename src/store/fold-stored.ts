/**
 * Folds a stored session, whether it is open, closed, or has lost its events to retention.
 *
 * A session of one page folds at once; a longer one in pages, which takes time but hardly any memory, and runs on the
 * main thread only if no Worker can read the store.
 */

import { nextTurn } from "../base/turn.ts";
import { MINUTE_MS } from "../base/units.ts";
import {
  choicesOf,
  DEFAULT_DEFINITIONS,
  DEFINITIONS_VERSION,
  type DefinitionChoices,
  type Definitions,
} from "../sessions/definitions.ts";
import {
  beginFold,
  continueFold,
  type FoldOptions,
  finishFold,
  foldSession,
  type Numbers,
  type RunningFold,
  type Verdicts,
} from "../sessions/fold.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";
import { unionOf } from "../sessions/watched.ts";
import { type NumberedEvent, OrderedEvents, type OutlineStore } from "./ordered-events.ts";
import { PAGE, type ReadBound } from "./outline.ts";
import type { StoredSession, StoreReader } from "./store.ts";
import { LedgerTally, type TalliedLedger } from "./tallied-ledger.ts";

/** The fold of a session's events, even if they are gone by now, and the version of its definitions. */
export interface FoldedNumbers extends Numbers {
  readonly definitions: number;
  /** The definitions that the server chose; absent for the defaults. */
  readonly choices?: DefinitionChoices;
  /** Absent if the events are gone, as is the next but one. */
  readonly verdicts?: Verdicts;
  /** Absent if the events are gone and an older version folded them. */
  readonly ledger?: TalliedLedger;
  /** The states after the last counted event; `seq` is the latest folded event. */
  readonly last?: Pick<TimelineEntry, "stateAfter" | "breakStateAfter"> & { readonly seq: number };
}

/** What to show for a session that could never be folded. */
export const NO_NUMBERS: FoldedNumbers = {
  definitions: DEFINITIONS_VERSION,
  metrics: {},
  adBreaks: [],
  ads: [],
  chapters: [],
  states: [],
  errors: [],
  spans: [],
  playing: [],
  watched: [],
  contentSegment: null,
};

export type FoldStore = Pick<StoreReader, "readEvents" | "readFolds"> & OutlineStore;

/** Folds a session on the thread that suits it best. */
export type FoldSession = (session: StoredSession, seq: number, signal?: AbortSignal) => Promise<FoldedNumbers>;

/**
 * Folds a session's events under the current definitions. Without its events, it gives the stored fold.
 *
 * @param seq the session's latest event, which the session itself has only once it is closed
 * @throws AppError `session-too-long`
 */
export async function foldStored(store: FoldStore, session: StoredSession, seq: number): Promise<FoldedNumbers> {
  return (await foldShort(store, session, seq)) ?? foldInPages(store, session, seq);
}

/** Folds a session of one page, or one without events. @returns undefined for a longer one */
export async function foldShort(
  store: Pick<FoldStore, "readEvents" | "readFolds"> & FoldedBy,
  session: StoredSession,
  seq: number,
): Promise<FoldedNumbers | undefined> {
  const kept = session.trimmed && (await store.readFolds([session.id])).get(session.id);
  if (kept) return { ...kept, watched: unionOf(kept.spans) };
  const events = await store.readEvents({ id: session.id, seq }, PAGE);
  if (!events) return undefined;
  const arrivals = [session.start, ...events];
  const { timeline, ...folded } = foldSession(arrivals, optionsOf(session, store, arrivals.at(-1)?.receivedAtMs));
  const tally = new LedgerTally();
  tally.add(timeline);
  const { ledger } = tally;
  return { ...folded, ledger, ...definedBy(store.definitions), ...lastOf(timeline.at(-1), seq) };
}

interface PagedOptions {
  readonly signal?: AbortSignal | undefined;
  readonly page?: ReadBound;
}

/** Folds a session in pages, with a turn of the loop after each. @throws AppError `session-too-long` */
export async function foldInPages(
  store: OutlineStore,
  session: StoredSession,
  seq: number,
  { signal, page }: PagedOptions = {},
): Promise<FoldedNumbers> {
  const { definitions } = store;
  const foldAll = async (mends: boolean) => {
    const ordered = await OrderedEvents.read(store, session, seq, { page, mends, ...(definitions && { definitions }) });
    const options: FoldOptions = { ...optionsOf(session, store, ordered.arrivedAtMs), mends };
    const timeline: TimelineEntry<NumberedEvent>[] = [];
    const fold = beginFold({ ...session.start, seq: 0 }, ordered.course, { ...options, timeline });
    const counted = new LedgerTally();
    const isEnough = () => {
      counted.add(timeline.splice(0, countDone(fold, timeline)));
      return false;
    };
    await foldOn(fold, ordered, { from: 0, until: ordered.length, signal, isEnough });
    const numbers = finishFold(fold);
    counted.add(timeline);
    return { fold, numbers, ledger: counted.ledger };
  };
  const { fold, numbers, ledger } = await foldAll(true);
  const isMended = fold.tally.mendings > 0;
  const unmended = isMended ? (await foldAll(false)).numbers.metrics : undefined;
  return {
    ...numbers,
    ...(unmended && { unmended }),
    verdicts: fold.verdicts,
    ledger,
    ...definedBy(store.definitions),
    ...lastOf(fold.tally.last, seq),
  };
}

/** How many entries are final; gives up those that a run at one playhead would hold to its end. */
function countDone({ tally }: RunningFold<NumberedEvent>, timeline: readonly TimelineEntry<NumberedEvent>[]): number {
  if (tally.stillRun) tally.stillRun.entries = undefined;
  const last = timeline.indexOf(tally.last as TimelineEntry<NumberedEvent>);
  return last === -1 ? timeline.length : last;
}

/** What a result says about its definitions. */
function definedBy(definitions: Definitions = DEFAULT_DEFINITIONS): Pick<FoldedNumbers, "definitions" | "choices"> {
  const choices = choicesOf(definitions);
  return { definitions: DEFINITIONS_VERSION, ...(choices && { choices }) };
}

/** What decides how a store's sessions fold. */
interface FoldedBy extends Pick<StoreReader, "nowMs"> {
  readonly definitions?: Definitions | undefined;
}

/** For how long nothing arrives before an open session is silent. */
export const SILENCE_MS = MINUTE_MS;

/**
 * How a stored session folds.
 *
 * @param arrivedAtMs when its latest event arrived
 */
export function optionsOf(
  { close, downloaded, start }: StoredSession,
  { definitions = DEFAULT_DEFINITIONS, nowMs }: FoldedBy,
  arrivedAtMs = start.receivedAtMs,
): FoldOptions {
  const isSilent = !close && nowMs !== undefined && nowMs() - arrivedAtMs >= SILENCE_MS;
  return { closed: close !== undefined, isSilent, isArray: downloaded, definitions };
}

function lastOf(entry: TimelineEntry | undefined, seq: number): Pick<FoldedNumbers, "last"> {
  if (!entry) return {};
  return { last: { seq, stateAfter: entry.stateAfter, breakStateAfter: entry.breakStateAfter } };
}

interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked after each page whether to stop. */
  readonly isEnough?: () => boolean;
}

/** Folds a stretch of a session's order. @returns where it ended */
export async function foldOn(
  fold: RunningFold<NumberedEvent>,
  ordered: OrderedEvents,
  { from, until, signal, isEnough = () => false }: Stretch,
): Promise<number> {
  let at = from;
  while (at < until && !isEnough()) {
    signal?.throwIfAborted();
    const { events, end } = await ordered.page(at, until);
    continueFold(fold, events);
    at = end;
    await nextTurn();
  }
  return at;
}

/**
 * A part of a session's events in folded order, each with its effect.
 *
 * An event's effect depends on all earlier events and on some later ones: the session is folded up to there.
 * Consecutive parts go on where the last one ended.
 */

import { beginFold, type FoldOptions, finishFold, type RunningFold } from "../sessions/fold.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";
import { foldOn, optionsOf } from "./fold-stored.ts";
import { type NumberedEvent, OrderedEvents, type OutlineStore } from "./ordered-events.ts";
import { PAGE, type ReadBound } from "./outline.ts";
import type { StoredSession } from "./store.ts";

export interface PartQuery {
  /** The number of the event after which the part begins, 0 for the start; the first part by default. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface EventsPart {
  readonly entries: readonly TimelineEntry<NumberedEvent>[];
  /** All events of the session, the start included. */
  readonly total: number;
  readonly isLast: boolean;
}

/** A fold to continue with the next part. Its timeline begins with that part. */
interface Reading {
  readonly session: number;
  readonly seq: number;
  readonly ordered: OrderedEvents;
  readonly fold: RunningFold<NumberedEvent>;
  /** The place up to which it is folded. */
  at: number;
  /** The event after which the timeline begins. */
  after: number | undefined;
}

/** Events beyond a part to hold until the part's effects are certain. */
const BEYOND_MAX = 10_000;
/** A part ends before the event that exceeds this, so that its answer is quick to build. */
const PART_CHARS_MAX = 2 ** 20;

/**
 * Reads a part of a session's events.
 *
 * @param seq the session's latest event
 * @returns undefined if the session has no event of the number `after`
 * @throws AppError `session-too-long`
 */
export type ReadPart = (
  session: StoredSession,
  seq: number,
  query: PartQuery,
  signal?: AbortSignal,
) => Promise<EventsPart | undefined>;

/** Whether a session is short enough to read any part of it at once, on any thread. */
export async function isShort(store: OutlineStore, session: StoredSession, seq: number): Promise<boolean> {
  return (await store.readOutline({ id: session.id, seq }, PAGE)) !== undefined;
}

export class PartReader {
  readonly #store: OutlineStore;
  readonly #page: ReadBound | undefined;
  #kept: Reading | undefined;

  constructor(store: OutlineStore, page?: ReadBound) {
    this.#store = store;
    this.#page = page;
  }

  /** As {@link ReadPart}. */
  async read(...asked: Parameters<ReadPart>): Promise<EventsPart | undefined> {
    const [session, seq, { after, limit }, signal] = asked;
    const kept = this.#kept;
    this.#kept = undefined;
    const { definitions } = this.#store;
    const isKept = kept?.session === session.id && kept.seq === seq;
    const ordered = isKept
      ? kept.ordered
      : await OrderedEvents.read(this.#store, session, seq, { page: this.#page, ...(definitions && { definitions }) });
    const goesOn = isKept && kept.after === after && kept.fold.timeline !== undefined;
    const options = optionsOf(session, this.#store, ordered.arrivedAtMs);
    const reading = goesOn ? kept : await begin(session, seq, { ordered, options, after, signal });
    if (!reading) return undefined;
    const part = await take(reading, limit, signal);
    this.#kept = reading;
    return part;
  }
}

interface Beginning {
  readonly ordered: OrderedEvents;
  readonly options: FoldOptions;
  readonly after: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Folds up to the event after which a part begins. */
async function begin(
  session: StoredSession,
  seq: number,
  { ordered, options, after, signal }: Beginning,
): Promise<Reading | undefined> {
  const start = { ...session.start, seq: 0 };
  const reading = { session: session.id, seq, ordered, after, at: 0 };
  if (after === undefined) {
    return { ...reading, fold: beginFold<NumberedEvent>(start, ordered.course, { ...options, timeline: [] }) };
  }
  const fold = beginFold<NumberedEvent>(start, ordered.course, options);
  fold.timeline = [];
  if (after === 0) return { ...reading, fold };
  const first = ordered.firstBeside(after);
  if (first === undefined) return undefined;
  fold.timeline = undefined;
  await foldOn(fold, ordered, { from: 0, until: first, signal });
  // Within one instant the end of a state may come after its start.
  const timeline: TimelineEntry<NumberedEvent>[] = [];
  fold.timeline = timeline;
  let isFound = false;
  const isEnough = () => {
    const found = timeline.findIndex(({ event }) => event.seq === after);
    if (!isFound) timeline.splice(0, found === -1 ? timeline.length : found + 1);
    isFound ||= found !== -1;
    return isFound;
  };
  const at = await foldOn(fold, ordered, { from: first, until: ordered.length, signal, isEnough });
  // The last events may wait for others of their own instant until the fold ends.
  if (at === ordered.length) finishFold(fold);
  return isEnough() ? { ...reading, fold, at } : undefined;
}

async function take(reading: Reading, limit: number, signal: AbortSignal | undefined): Promise<EventsPart> {
  const { fold, ordered } = reading;
  const timeline = fold.timeline ?? [];
  const until = ordered.length;
  const isEnough = () => sureOf(fold) >= limit || timeline.length > limit + BEYOND_MAX;
  reading.at = await foldOn(fold, ordered, { from: reading.at, until, signal, isEnough });
  if (reading.at === until) finishFold(fold);
  else if (sureOf(fold) < limit) await foldRun(reading, signal);
  const entries = timeline.splice(0, countWithin(timeline, limit));
  reading.after = entries.at(-1)?.event.seq ?? reading.after;
  return { entries, total: until + 1, isLast: reading.at === until && timeline.length === 0 };
}

/** Folds to the end of a run at one playhead that is too long to hold: only its end decides what it counts as. */
async function foldRun(reading: Reading, signal: AbortSignal | undefined): Promise<void> {
  const { fold, ordered } = reading;
  const run = fold.tally.stillRun;
  fold.timeline = undefined;
  const until = ordered.length;
  const isEnough = () => fold.tally.stillRun !== run;
  reading.at = await foldOn(fold, ordered, { from: reading.at, until, signal, isEnough });
  if (reading.at === until) finishFold(fold);
}

/** How many entries make a part: up to its limit, and up to a size. */
function countWithin(timeline: readonly TimelineEntry<NumberedEvent>[], limit: number): number {
  let chars = 0;
  const isLarge = ({ event }: TimelineEntry<NumberedEvent>) => {
    chars += JSON.stringify(event).length;
    return chars > PART_CHARS_MAX;
  };
  const large = timeline.slice(0, limit).findIndex(isLarge);
  return large === -1 ? limit : Math.max(1, large);
}

/** How many entries of the timeline are final. */
function sureOf({ timeline = [], tally }: RunningFold<NumberedEvent>): number {
  const unsure = new Set(tally.stillRun?.entries).add(tally.last);
  const first = timeline.findIndex((entry) => unsure.has(entry));
  return first === -1 ? timeline.length : first;
}

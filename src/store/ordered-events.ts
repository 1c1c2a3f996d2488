/**
 * A session's events in the order of their fold, in pages.
 *
 * One pass reads numbers alone and lays the session's course by them. Payloads come with their page. Only those that
 * decide the order are read first: those of events with equal numbers, and of events that open and close in one tick.
 */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { CATALOGUE } from "../protocol/catalogue.ts";
import { type ArrivalColumns, type EventBodies, nameOf } from "../sessions/columns.ts";
import { type Course, sortByNumbers } from "../sessions/course.ts";
import { clockOf, courseOf, type FoldOptions, inMilliseconds, unitOf } from "../sessions/fold.ts";
import { canonicalBody, compareBodies, RANKS } from "../sessions/order.ts";
import { type StateTurn, stateTurnsOf } from "../sessions/reported.ts";
import { statesBeforeTies } from "../sessions/state-ties.ts";
import { adsBesideBreaks, openersBeside, tiesIn } from "../sessions/ticks.ts";
import { byArrival, type Outline, PAGE, type ReadBound } from "./outline.ts";
import type { ArrivedEvent, StoredSession, StoreReader } from "./store.ts";

export type OutlineStore = Pick<StoreReader, "readOutline" | "readSome"> &
  Partial<Pick<StoreReader, "definitions" | "nowMs">>;

/** An event with its number in the store; 0 for the start. */
export interface NumberedEvent extends ArrivedEvent {
  readonly seq: number;
}

interface OrderedPage {
  readonly events: readonly NumberedEvent[];
  /** The place after the last of them. */
  readonly end: number;
}

interface OrderOptions extends Pick<FoldOptions, "definitions" | "mends"> {
  readonly page?: ReadBound | undefined;
}

/**
 * The most events to fold: twice what a session may have now, since older ones had no bound. The numbers of this many
 * take 100 MB.
 */
const FOLD_MAX: ReadBound = { events: 1_000_000, bytes: 2 ** 28 };
/** Beyond the ranks of a group: no session has more events. */
const GROUP = 2 ** 21;
/** Events whose names are read to find what ends within a tick; only a made-up session has more. */
const NAMES_MAX = 10_000;

const RANK_BY_CODE = new Uint8Array(256);
for (const { code, type } of CATALOGUE) RANK_BY_CODE[code] = RANKS[type];

/** Places begin with 0 for the first event after the start. */
export class OrderedEvents {
  readonly course: Course;
  /** The index by arrival of each place, the start first. */
  readonly #order: Uint32Array;
  readonly #read: SomeEvents;
  readonly #outline: Outline;
  /** When the latest of them arrived; undefined where there is none behind the start. */
  readonly arrivedAtMs: number | undefined;

  private constructor(read: SomeEvents, outline: Outline, course: Course) {
    this.#read = read;
    this.#outline = outline;
    this.arrivedAtMs = outline.receivedAtMs.at(-1);
    this.course = course;
    this.#order = course.order ?? Uint32Array.from({ length: 1 + outline.length }, (_, index) => index);
  }

  /** @throws AppError `session-too-long` */
  static async read(
    store: OutlineStore,
    session: StoredSession,
    seq: number,
    { page = PAGE, ...options }: OrderOptions,
  ): Promise<OrderedEvents> {
    const stored = await store.readOutline({ id: session.id, seq }, FOLD_MAX);
    if (!stored) {
      const { events, bytes } = FOLD_MAX;
      const most = `${events.toLocaleString("en")} events or ${bytes / 2 ** 20} MiB`;
      throw new AppError("session-too-long", `Cannot fold session ${session.id}: it has more than ${most}; erase it`);
    }
    const outline = byArrival(stored);
    const read = new SomeEvents(store, session, outline, page);
    const columns = inMilliseconds(columnsOf(session, outline), unitOf(session.start));
    const bodies = await readBodies(session, columns, outline, read, options);
    const course = courseOf(session.start, columns, bodies, options);
    return new OrderedEvents(read, outline, course);
  }

  get length(): number {
    return this.#outline.length;
  }

  /** The place of the first event at the same instant as this one; undefined if the session lacks this one. */
  firstBeside(seq: number): number | undefined {
    const order = this.#order;
    const { atMs } = this.course;
    const index = this.#outline.seqs.indexOf(seq) + 1;
    if (index === 0) return undefined;
    let place = order.indexOf(index);
    while (place > 1 && atMs[order[place - 1] as number] === atMs[index]) place -= 1;
    return place - 1;
  }

  /** The page that begins at one place and ends no later than another. */
  async page(from: number, until: number): Promise<OrderedPage> {
    const places = this.#order.subarray(1 + from, 1 + until);
    const events = await this.#read.first(places);
    return { events, end: from + events.length };
  }
}

/** Some events of a session, by their indexes in its columns. */
class SomeEvents {
  readonly #store: OutlineStore;
  readonly #session: StoredSession;
  readonly #outline: Outline;
  readonly #page: ReadBound;

  constructor(store: OutlineStore, session: StoredSession, outline: Outline, page: ReadBound) {
    this.#store = store;
    this.#session = session;
    this.#outline = outline;
    this.#page = page;
  }

  /** The first page of them, at least one. */
  async first(indexes: Uint32Array): Promise<NumberedEvent[]> {
    let bytes = 0;
    let end = 0;
    while (end < indexes.length && end < this.#page.events && (end === 0 || bytes < this.#page.bytes)) {
      bytes += this.#outline.bytes[(indexes[end] as number) - 1] ?? 0;
      end += 1;
    }
    return this.#some(indexes.subarray(0, end));
  }

  async #some(indexes: Uint32Array): Promise<NumberedEvent[]> {
    const seqs = Array.from(indexes, (index) => this.#outline.seqs[index - 1] ?? 0);
    const stored = seqs.filter((seq) => seq !== 0);
    const events = (stored.length > 0 ? await this.#store.readSome(this.#session.id, stored) : []).values();
    return seqs.map((seq) => {
      const event = seq === 0 ? this.#session.start : (events.next().value as ArrivedEvent);
      return Object.assign(seq === 0 ? { ...event } : event, { seq });
    });
  }

  /** All of them, with a turn of the event loop after each page. */
  async *each(indexes: Uint32Array): AsyncGenerator<[index: number, event: NumberedEvent], void, void> {
    for (let at = 0; at < indexes.length; ) {
      for (const event of await this.first(indexes.subarray(at))) {
        yield [indexes[at] as number, event];
        at += 1;
      }
      if (at < indexes.length) await nextTurn();
    }
  }
}

function columnsOf({ start, downloaded }: StoredSession, outline: Outline): ArrivalColumns {
  const length = 1 + outline.length;
  const withStart = (first: number, rest: Float64Array) => {
    const column = new Float64Array(length);
    column[0] = first;
    column.set(rest, 1);
    return column;
  };
  const ranks = new Uint8Array(length);
  ranks[0] = RANKS[start.type];
  for (let at = 0; at < outline.length; at += 1) ranks[at + 1] = RANK_BY_CODE[outline.types[at] as number] as number;
  return {
    length,
    ranks,
    tsMs: withStart(start.tsMs, outline.tsMs),
    playheadMs: withStart(start.playheadMs, outline.playheadMs),
    receivedAtMs: downloaded ? undefined : withStart(start.receivedAtMs, outline.receivedAtMs),
  };
}

/** Reads the parts of bodies that decide the order, by the player's instants and by those of its mended clock. */
async function readBodies(
  { start }: StoredSession,
  columns: ArrivalColumns,
  { bytes }: Outline,
  read: SomeEvents,
  options: OrderOptions,
): Promise<EventBodies> {
  const bodies = new SomeBodies();
  await bodies.read(columns, bytes, read);
  const atMs = clockOf(start, columns, bodies, options);
  if (atMs.some((at, index) => at !== columns.tsMs[index])) await bodies.read({ ...columns, tsMs: atMs }, bytes, read);
  return bodies;
}

/** The order among events with equal numbers, and the names in what begins and ends within a tick. */
class SomeBodies implements EventBodies {
  /** By index, the number of its group, and then its rank in that; each map has an event once. */
  readonly #ranks: Map<number, number>[] = [];
  readonly #names = new Map<number, string>();
  readonly #states = new Map<number, readonly StateTurn[]>();

  async read(columns: ArrivalColumns, bytes: Outline["bytes"], read: SomeEvents): Promise<void> {
    const order = sortByNumbers(columns);
    for (const groups of [tiesIn(columns, order), adsBesideBreaks(columns, order)]) {
      const ranks = new Map<number, number>();
      let group = 0;
      for (const tied of groups) {
        if (!tied.some((index) => index === 0 || bytes[index - 1] !== 0)) continue;
        await rankBodies(tied, read, (index, rank) => ranks.set(index, group * GROUP + rank));
        group += 1;
      }
      if (ranks.size > 0) this.#ranks.push(ranks);
    }
    for await (const [index, event] of read.each(openersBeside(columns, order, NAMES_MAX))) {
      const name = nameOf(event);
      if (name !== undefined) this.#names.set(index, String(Bun.hash(name)));
    }
    for await (const [index, event] of read.each(statesBeforeTies(columns, order, NAMES_MAX))) {
      this.#states.set(
        index,
        stateTurnsOf(event).map(({ name, isStart }) => ({ name: String(Bun.hash(name)), isStart })),
      );
    }
  }

  compare(a: number, b: number): number {
    for (const ranks of this.#ranks) {
      const one = ranks.get(a) ?? Number.NaN;
      const other = ranks.get(b) ?? Number.NaN;
      if (Math.floor(one / GROUP) === Math.floor(other / GROUP)) return one - other;
    }
    return 0;
  }

  nameOf(index: number): string | undefined {
    return this.#names.get(index);
  }

  statesOf(index: number): readonly StateTurn[] {
    return this.#states.get(index) ?? [];
  }
}

/** Ranks events by their bodies, holding each body once. */
async function rankBodies(tied: Uint32Array, read: SomeEvents, put: (index: number, rank: number) => void) {
  const numbers = new Map<string, number>();
  const bodies = new Map<number, number>();
  for await (const [index, event] of read.each(tied)) {
    const body = canonicalBody(event);
    const number = numbers.get(body) ?? numbers.size;
    numbers.set(body, number);
    bodies.set(index, number);
  }
  const sorted = [...numbers].sort(([a], [b]) => compareBodies(a, b));
  const rankByNumber = new Uint32Array(sorted.length);
  for (const [rank, [, number]] of sorted.entries()) rankByNumber[number] = rank;
  for (const [index, number] of bodies) put(index, rankByNumber[number] as number);
}

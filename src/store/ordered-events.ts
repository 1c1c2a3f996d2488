/**
 * A session's events in the order of their fold, in pages.
 *
 * One pass reads numbers alone and sorts by them. Payloads come with their page; only those of events that are equal in
 * all numbers are read before, since they decide the order.
 */

import { AppError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { CATALOGUE } from "../protocol/catalogue.ts";
import { canonicalBody, compareBodies, rankOf } from "../sessions/order.ts";
import { type Outline, PAGE, type ReadBound } from "./outline.ts";
import type { ArrivedEvent, StoredSession, StoreReader } from "./store.ts";

export type OutlineStore = Pick<StoreReader, "readOutline" | "readSome">;

/** An event with the store's number of it; 0 for the start. */
export interface NumberedEvent extends ArrivedEvent {
  readonly seq: number;
}

export interface OrderedPage {
  readonly events: readonly NumberedEvent[];
  /** Those that arrived after an event with a later `ts`. */
  readonly late: ReadonlySet<NumberedEvent>;
  /** The place behind the last of them. */
  readonly end: number;
}

/**
 * What may be folded: twice what a session may have now, since older ones had no bound. The numbers of so many events
 * take 60 MB.
 */
const FOLD_MAX: ReadBound = { events: 1_000_000, bytes: 2 ** 28 };

const RANKS = new Uint8Array(256);
for (const { code, type } of CATALOGUE) RANKS[code] = rankOf(type);

export class OrderedEvents {
  readonly #store: OutlineStore;
  readonly #id: number;
  readonly #page: ReadBound;
  readonly #outline: Outline;
  /** Places in the outline. */
  readonly #order: Uint32Array;
  /** By place in the outline: 1 for what arrived after a later `ts`. */
  readonly #late: Uint8Array;

  private constructor(store: OutlineStore, { id, start }: StoredSession, outline: Outline, page: ReadBound) {
    this.#store = store;
    this.#id = id;
    this.#page = page;
    this.#outline = outline;
    this.#late = lateArrivals(outline, start.tsMs);
    this.#order = Uint32Array.from({ length: outline.length }, (_, at) => at);
    this.#sortByNumbers();
  }

  /** @throws AppError `session-too-long` */
  static async read(store: OutlineStore, session: StoredSession, seq: number, page = PAGE): Promise<OrderedEvents> {
    const outline = await store.readOutline({ id: session.id, seq }, FOLD_MAX);
    if (!outline) {
      const { events, bytes } = FOLD_MAX;
      const most = `${events.toLocaleString("en")} events or ${bytes / 2 ** 20} MiB`;
      throw new AppError("session-too-long", `Cannot fold session ${session.id}: it has more than ${most}; erase it`);
    }
    const ordered = new OrderedEvents(store, session, outline, page);
    await ordered.#sortTies();
    return ordered;
  }

  get length(): number {
    return this.#outline.length;
  }

  /** The place of the first event that has the same `ts` as this one; undefined where the session has no such event. */
  firstBeside(seq: number): number | undefined {
    const { seqs, tsMs } = this.#outline;
    const at = this.#order.findIndex((index) => seqs[index] === seq);
    if (at === -1) return undefined;
    const ts = tsMs[this.#order[at] as number];
    let first = at;
    while (first > 0 && tsMs[this.#order[first - 1] as number] === ts) first -= 1;
    return first;
  }

  /** The page that begins at a place and ends at another at the latest. */
  async page(from: number, until = this.length): Promise<OrderedPage> {
    const end = Math.min(until, this.#pageEnd(from, this.length));
    const places = this.#order.subarray(from, end);
    const events = await this.#read(places);
    return { events, late: new Set(events.filter((_, at) => this.#late[places[at] as number] === 1)), end };
  }

  async #read(places: Uint32Array): Promise<NumberedEvent[]> {
    const seqs = Array.from(places, (at) => this.#outline.seqs[at] as number);
    const events = await this.#store.readSome(this.#id, seqs);
    return events.map((event, at) => Object.assign(event, { seq: seqs[at] as number }));
  }

  /** Where a page from this place ends: behind at least one event. */
  #pageEnd(from: number, until: number): number {
    let bytes = 0;
    let end = from;
    while (end < until && end - from < this.#page.events && (end === from || bytes < this.#page.bytes)) {
      bytes += this.#outline.bytes[this.#order[end] as number] as number;
      end += 1;
    }
    return end;
  }

  #sortByNumbers(): void {
    const order = this.#order;
    const isInOrder = order.every((at, place) => place === 0 || this.#compare(order[place - 1] as number, at) <= 0);
    if (!isInOrder) order.sort((a, b) => this.#compare(a, b) || a - b);
  }

  #compare(a: number, b: number): number {
    const { tsMs, types, playheadMs } = this.#outline;
    return (
      (tsMs[a] as number) - (tsMs[b] as number) ||
      (RANKS[types[a] as number] as number) - (RANKS[types[b] as number] as number) ||
      (playheadMs[a] as number) - (playheadMs[b] as number)
    );
  }

  async #sortTies(): Promise<void> {
    const order = this.#order;
    for (let from = 0; from < order.length; ) {
      let to = from + 1;
      while (to < order.length && this.#compare(order[from] as number, order[to] as number) === 0) to += 1;
      const tied = order.subarray(from, to);
      if (to - from > 1 && tied.some((at) => this.#outline.bytes[at] !== 0)) await this.#sortByBody(tied, from);
      from = to;
    }
  }

  /** Sorts a part of the order by body, and by arrival where bodies are equal; each body is held once. */
  async #sortByBody(tied: Uint32Array, place: number): Promise<void> {
    const numbers = new Map<string, number>();
    const bodies = new Uint32Array(tied.length);
    for (let at = 0; at < tied.length; ) {
      const end = this.#pageEnd(place + at, place + tied.length) - place;
      for (const event of await this.#read(tied.subarray(at, end))) {
        const body = canonicalBody(event);
        const number = numbers.get(body) ?? numbers.size;
        numbers.set(body, number);
        bodies[at] = number;
        at += 1;
      }
      if (at < tied.length) await nextTurn();
    }
    const rankByNumber = new Uint32Array(numbers.size);
    const sorted = [...numbers].sort(([a], [b]) => compareBodies(a, b));
    for (const [rank, [, number]] of sorted.entries()) rankByNumber[number] = rank;
    const rankAt = (at: number) => rankByNumber[bodies[at] as number] as number;
    const places = Uint32Array.from(tied, (_, at) => at).sort((a, b) => rankAt(a) - rankAt(b) || a - b);
    tied.set(places.map((at) => tied[at] as number));
  }
}

function lateArrivals({ tsMs, length }: Outline, startTsMs: number): Uint8Array {
  const late = new Uint8Array(length);
  let tsMsMax = startTsMs;
  for (let at = 0; at < length; at += 1) {
    const ts = tsMs[at] as number;
    if (ts < tsMsMax) late[at] = 1;
    else tsMsMax = ts;
  }
  return late;
}

/** A session that is folded in pages, and read in parts, comes out as if it were folded at once. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import type { PlayerEvent } from "../../../src/protocol/event.ts";
import { foldSession } from "../../../src/sessions/fold.ts";
import { foldInPages } from "../../../src/store/fold-stored.ts";
import type { JournalStore } from "../../../src/store/journal.ts";
import type { OutlineStore } from "../../../src/store/ordered-events.ts";
import { PartReader } from "../../../src/store/session-events.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { ArrivedEvent, StoredSession } from "../../../src/store/store.ts";
import { LedgerTally } from "../../../src/store/tallied-ledger.ts";
import { SESSION_REPEATED, SESSION_SHUFFLED } from "../../sessions/arbitrary.ts";
import { eventsOf as toldIn } from "../../sessions/table.ts";
import { SEED } from "../../support/effort.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { asWritten, NOW_MS, newHead } from "../writes.ts";

const RUNS = 100;
const PAGE_MAX = 7;
/** A run at one playhead that is longer than what a part looks ahead. */
const STILL_EVENTS = 12_000;

interface Stored {
  readonly session: StoredSession;
  readonly seq: number;
  /** In the store's order, the start first. */
  readonly arrived: readonly ArrivedEvent[];
}

async function stored(store: JournalStore, events: readonly PlayerEvent[]): Promise<Stored> {
  // Some are stored behind what arrived after them, as imported events are.
  const arrivedAtMs = (at: number) => NOW_MS + at + 3 * (at % 3);
  const [start, ...rest] = events.map((event, at): ArrivedEvent => ({ ...event, receivedAtMs: arrivedAtMs(at) }));
  const head = newHead();
  await store.append([{ head, start: asWritten(start as ArrivedEvent), events: rest.map(asWritten) }]);
  const session = (await store.findSession(head.sid)) as StoredSession;
  return { session, seq: head.seq, arrived: [start as ArrivedEvent, ...rest] };
}

function openStore() {
  const directory = tempDir();
  const store = openSqliteStore({ path: join(directory.path, "playhead.db"), synchronous: "NORMAL" });
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

/** Some sessions, with sizes of pages and of parts. */
const READINGS = fc.record({
  events: fc.oneof(
    SESSION_SHUFFLED.map(({ arrived }) => arrived),
    SESSION_REPEATED.map(({ repeated }) => repeated),
  ),
  page: fc.integer({ min: 1, max: PAGE_MAX }),
  limit: fc.integer({ min: 1, max: PAGE_MAX }),
});

type Entry = Readonly<{ event: ArrivedEvent & { seq?: number } }>;

/** Entries without the store's numbers of their events. */
function plain(entries: readonly Entry[]): unknown[] {
  return entries.map(({ event: { seq: _, ...event }, ...entry }) => ({ ...entry, event }));
}

async function partsOf(reader: PartReader, { session, seq }: Stored, limit: number, first?: number): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let after = first; ; ) {
    const part = await reader.read(session, seq, { after, limit });
    if (!part) throw new Error("The session has the event");
    all.push(...part.entries);
    after = part.entries.at(-1)?.event.seq;
    if (part.isLast) return all;
  }
}

describe(`a long session (seed ${SEED})`, () => {
  test("has the same numbers and verdicts in pages of any size", async () => {
    await using it = openStore();
    for (const { events, page } of fc.sample(READINGS, { seed: SEED, numRuns: RUNS })) {
      const { session, seq, arrived } = await stored(it.store, events);
      const { timeline, ...atOnce } = foldSession(arrived, { closed: false });
      const bound = { events: page, bytes: page * 20 };
      const { definitions: __, last: ___, ...inPages } = await foldInPages(it.store, session, seq, { page: bound });
      const tally = new LedgerTally();
      tally.add(timeline);
      expect(inPages).toEqual({ ...atOnce, ledger: tally.ledger });
    }
  });

  test("has the same timeline in parts of any size, from its start or from any event", async () => {
    await using it = openStore();
    for (const { events, page, limit } of fc.sample(READINGS, { seed: SEED, numRuns: RUNS })) {
      const one = await stored(it.store, events);
      const { timeline } = foldSession(one.arrived, { closed: false });
      const reader = new PartReader(it.store, { events: page, bytes: 1000 });
      const parts = await partsOf(reader, one, limit);
      expect(plain(parts)).toEqual(plain(timeline));
      const at = Math.floor(parts.length / 2);
      const rest = await partsOf(reader, one, limit, parts[at]?.event.seq);
      expect(plain(rest)).toEqual(plain(timeline.slice(at + 1)));
    }
  });

  test("has events in one order that a set clock gives one instant", async () => {
    await using it = openStore();
    const ping = (ms: number, bitrate: number): PlayerEvent => {
      return { type: "ping", tsMs: NOW_MS + ms, playheadMs: 0, flags: [], qoeData: { "media.qoe.bitrate": bitrate } };
    };
    const setMs = 600_000;
    const start: PlayerEvent = { ...ping(0, 0), type: "sessionStart", params: { "media.id": "a" } };
    const pings = [ping(4, 2), ping(8 + setMs, 3), ping(3, 3), ping(7, 3), ping(4 + setMs, 1)];
    const one = await stored(it.store, [start, ...pings]);
    const bitratesOf = (entries: readonly Entry[]) =>
      entries.map(({ event }) => event.qoeData?.["media.qoe.bitrate"]).filter((bitrate) => Number(bitrate) < 3);
    const { timeline } = foldSession(one.arrived, { closed: false });
    expect(bitratesOf(timeline)).toEqual([0, 1, 2]);
    expect(bitratesOf(await partsOf(new PartReader(it.store), one, 5))).toEqual([0, 1, 2]);
  });

  test("ends a player state that begins in the same instant", async () => {
    await using it = openStore();
    const text = "0 sessionStart, 1 play, 7 stateEnd =mute, 7 stateStart =mute, 9 statesUpdate, 12 sessionComplete";
    const { session, seq, arrived } = await stored(it.store, toldIn(text));
    const { timeline: _, ...atOnce } = foldSession(arrived, { closed: false });
    expect(atOnce.metrics).toMatchObject({ muteCount: 1, muteTotalDuration: 0 });
    const page = { events: 1, bytes: 20 };
    expect(await foldInPages(it.store, session, seq, { page })).toMatchObject(atOnce);
  });

  test("tells a stall that goes far beyond a part", async () => {
    await using it = openStore();
    const ping = (second: number): PlayerEvent => ({
      type: "ping",
      tsMs: NOW_MS + second * 1000,
      playheadMs: Math.max(0, second - STILL_EVENTS) * 1000,
      flags: [],
    });
    const start: PlayerEvent = { ...ping(0), type: "sessionStart", params: { "media.id": "a" } };
    const pings = Array.from({ length: STILL_EVENTS + 100 }, (_, at) => ping(at + 1));
    const one = await stored(it.store, [start, { ...ping(0), type: "play" }, ...pings]);
    const { timeline } = foldSession(one.arrived, { closed: false });
    const reader = new PartReader(it.store);
    expect(plain(await partsOf(reader, one, 5000))).toEqual(plain(timeline));
  });

  test("has no part behind an event of another session", async () => {
    await using it = openStore();
    const one = await stored(it.store, eventsOf(2));
    const other = await stored(it.store, eventsOf(3));
    const reader = new PartReader(it.store);
    expect(await reader.read(one.session, one.seq, { after: other.seq, limit: 5 })).toBeUndefined();
    expect(await reader.read(one.session, one.seq, { after: one.seq, limit: 5 })).toMatchObject({ entries: [] });
  });

  test("is read a page at a time, and no payload twice", async () => {
    await using it = openStore();
    const one = await stored(it.store, eventsOf(5000));
    const reads: number[] = [];
    const { store } = it;
    const counting: OutlineStore = {
      readOutline: (end, most) => store.readOutline(end, most),
      readSome: (id, seqs) => {
        reads.push(seqs.length);
        return store.readSome(id, seqs);
      },
    };
    await foldInPages(counting, one.session, one.seq);
    expect(reads).toEqual([2000, 2000, 1000]);
  });
});

function eventsOf(pings: number): PlayerEvent[] {
  const event = (at: number, type: PlayerEvent["type"]): PlayerEvent => {
    return { type, tsMs: NOW_MS + at, playheadMs: at, flags: [], params: { "media.id": String(at) } };
  };
  return [event(0, "sessionStart"), ...Array.from({ length: pings }, (_, at) => event(at + 1, "ping"))];
}

/** A restart: the heads of open sessions are what they were, wherever checkpoints began, were going on, or were cut off. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import type { Head, JournalStore, LogPosition } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { SEED } from "../../support/effort.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closing, moveOn, newHead, opening, openingWith } from "../writes.ts";

/** Units of `ts` with the flags that tell them, or only seem to. */
const UNITS = [
  ["milliseconds"],
  ["seconds", "alias:x", "ts-in-seconds"],
  ["microseconds", "ts-in-microseconds"],
  ["milliseconds", 'unknown-parameter:"ts-in-seconds"', "ts-in-secondsx"],
] as const;
const RUNS = 100;

/** What happens next; `who` chooses among the sessions that there are. */
type Step =
  | { readonly do: "open" }
  | { readonly do: "add"; readonly who: number; readonly playhead: number; readonly ts: number }
  | { readonly do: "end"; readonly who: number }
  | { readonly do: "checkpoint"; readonly slice: number }
  | { readonly do: "fail"; readonly who: number };

const who = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      who,
      playhead: fc.nat(3),
      ts: fc.integer({ min: -9, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const), who }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("checkpoint" as const), slice: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const), who }) },
);

/** One life of a store: steps are taken, and a checkpoint goes on a slice at a time between them. */
class Life {
  readonly heads: Head[] = [];
  readonly #store: JournalStore;
  readonly #checkpoints: boolean;
  #last: LogPosition = { seq: 0, session: 0 };
  #running: AsyncGenerator<void, void, number> | undefined;
  #second = 0;

  constructor(store: JournalStore, checkpoints: boolean) {
    this.#store = store;
    this.#checkpoints = checkpoints;
  }

  get open(): Head[] {
    return this.heads.filter(({ close }) => !close);
  }

  async take(next: Step): Promise<void> {
    this.#second += 1;
    if (next.do === "open") return this.#open();
    if (next.do === "checkpoint") return this.#advanceCheckpoint(next.slice);
    const head = this.heads[next.who % this.heads.length];
    if (!head) return;
    if (next.do === "fail") return this.#fail(head);
    const event = arrivedAt(this.#second, next.do === "end" ? "sessionEnd" : "ping");
    const ends = next.do === "end" && !head.close;
    const moved =
      next.do === "add" ? { ...event, playheadMs: next.playhead, tsMs: event.tsMs + next.ts * 5000 } : event;
    const write = ends ? closing(head, moved) : adding(head, moved);
    await this.#store.append([write]);
    moveOn(write);
  }

  async #open(): Promise<void> {
    const nowMs = arrivedAt(this.#second, "play").receivedAtMs;
    const [tsUnit, ...flags] = UNITS[this.heads.length % UNITS.length] as (typeof UNITS)[number];
    const head = { ...newHead(nowMs), sid: this.heads.length.toString(16).padStart(64, "0"), tsUnit };
    await this.#store.append([openingWith(head, { flags })]);
    this.heads.push(head);
  }

  async #fail(head: Head): Promise<void> {
    const bad = adding(head, arrivedAt(this.#second, "ping"), arrivedAt(this.#second, "ping", { tsMs: 0.5 }));
    await expect(this.#store.append([bad])).rejects.toThrow();
  }

  async #advanceCheckpoint(slice: number): Promise<void> {
    if (!this.#checkpoints) return;
    this.#running ??= this.#checkpoint();
    const { done } = await this.#running.next(slice);
    if (done) this.#running = undefined;
  }

  /** Fuzzy: the position is taken first, and heads go on changing while they are saved, slice by slice. */
  async *#checkpoint(): AsyncGenerator<void, void, number> {
    const position = this.#store.position();
    let slice: Head[] = [];
    let size = 1;
    for (const head of this.heads) {
      const changed = head.seq > this.#last.seq || head.id > this.#last.session;
      if (!changed || head.close) continue;
      slice.push(head);
      if (slice.length < size) continue;
      await this.#store.saveHeads(slice);
      slice = [];
      size = yield;
    }
    await this.#store.saveHeads(slice);
    await this.#store.finishCheckpoint(position);
    this.#last = position;
  }
}

/** The heads that a store is opened with after some steps, and those that were live at its end. */
async function lifeOf(steps: readonly Step[], checkpoints: boolean) {
  using directory = tempDir();
  const options = { path: join(directory.path, "playhead.db"), synchronous: "NORMAL" as const };
  const store = openSqliteStore(options);
  const life = new Life(store, checkpoints);
  for (const each of steps) await life.take(each);
  await store.close();
  const reopened = openSqliteStore(options);
  const { heads, checkpoint } = await reopened.restoreHeads();
  await reopened.close();
  return { live: life.open.map(stateOf), restored: heads.toSorted((a, b) => a.id - b.id).map(stateOf), checkpoint };
}

function stateOf({ close: _, ...head }: Head): Omit<Head, "close"> {
  return head;
}

describe("restored heads", () => {
  test("are the live ones, with checkpoints at any moment or with none", async () => {
    process.stdout.write(`seed ${SEED}\n`);
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80, size: "max" }), async (steps) => {
        const without = await lifeOf(steps, false);
        const withThem = await lifeOf(steps, true);
        expect(without.restored).toEqual(without.live);
        expect(withThem.restored).toEqual(withThem.live);
        expect(withThem.live).toEqual(without.live);
        if (withThem.checkpoint.session > 0) finished += 1;
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // Otherwise the checkpoints would never have been put to the test.
    expect(finished).toBeGreaterThan(RUNS / 4);
  });

  test("are read from a checkpoint and what came behind it, not from the whole log", async () => {
    using directory = tempDir();
    const options = { path: join(directory.path, "playhead.db"), synchronous: "FULL" as const };
    const store = openSqliteStore(options);
    const head = newHead();
    await store.append([opening(head), adding(head, arrivedAt(1, "play"))]);
    await store.saveHeads([head]);
    await store.finishCheckpoint(store.position());
    const { heads, checkpoint } = await store.restoreHeads();
    expect(checkpoint).toEqual({ seq: 1, session: 1 });
    // The head had not been moved on when it was saved: only the log could tell its event's time.
    expect(heads).toEqual([head]);
    await store.close();
  });
});

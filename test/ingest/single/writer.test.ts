/** Group commit: what queued together is stored together, nothing is said before it is true, and the queue is bounded. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { AppError } from "../../../src/base/errors.ts";
import { Writer, type WriterOptions } from "../../../src/ingest/single/writer.ts";
import type { Head, JournalStore, Write } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { adding, arrivedAt, newHead, opening } from "../../store/writes.ts";
import { ManualClock } from "../../support/clock.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { waitFor } from "../../support/wait-for.ts";

interface Scene extends AsyncDisposable {
  readonly writer: Writer;
  readonly store: JournalStore;
  readonly clock: ManualClock;
  /** The sizes of the batches that were appended, failed ones included. */
  readonly batches: number[];
  readonly failures: AppError[];
  /** The events that another connection sees. */
  countEvents(): number;
}

type Options = Partial<WriterOptions> & { readonly before?: (writes: readonly Write[]) => unknown };

/** A writer over a real file; `before` is what its disk does first. */
function scene({ before, ...options }: Options = {}): Scene {
  const directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "FULL" });
  const reader = new Database(path, { readonly: true });
  const clock = new ManualClock();
  const batches: number[] = [];
  const failures: AppError[] = [];
  const append = async (writes: readonly Write[]) => {
    batches.push(writes.length);
    await before?.(writes);
    await store.append(writes);
  };
  const writer = new Writer({
    store: { append },
    queueEventsMax: 20_000,
    queueWaitMsMax: 4000,
    elapsedMs: () => clock.elapsedMs(),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  const dispose = async () => {
    reader.close();
    await store.close();
    directory[Symbol.dispose]();
  };
  const countEvents = () => Number(reader.query("SELECT count(*) FROM events").values()[0]?.[0]);
  return { writer, store, clock, batches, failures, countEvents, [Symbol.asyncDispose]: dispose };
}

/** Opens a session past the writer's queue. */
async function openedHead({ store }: Scene): Promise<Head> {
  const head = newHead();
  await store.append([opening(head)]);
  return head;
}

const ping = (head: Head, second = 1): Write => adding(head, arrivedAt(second, "ping"));
/** A time of fractions, which the STRICT table refuses. */
const poison = (head: Head): Write => adding(head, arrivedAt(1, "ping", { tsMs: 1.5 }));

/** Promises as "stored", or the code of their refusal. */
async function outcomesOf(promises: readonly Promise<void>[]): Promise<string[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((each) => {
    if (each.status === "fulfilled") return "stored";
    return each.reason instanceof AppError ? each.reason.code : "bug";
  });
}

/** A disk that writes when it is told to. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { before: () => promise, open: resolve };
}

const FAILED = "store-failed";

/** A disk that fails until it is repaired, and must not be trusted again even then. */
function brokenDisk() {
  let broken = true;
  const before = () => {
    if (broken) throw new AppError(FAILED, "Cannot write the database: SQLITE_IOERR");
  };
  const repair = () => {
    broken = false;
  };
  return { before, repair };
}

describe("the writer", () => {
  test("puts whatever queued while a batch was written into the next one", async () => {
    const disk = gate();
    await using it = scene(disk);
    const head = await openedHead(it);
    const first = [1, 2, 3].map((second) => it.writer.add(ping(head, second)));
    await reachedDisk(it, 1);
    const second = [4, 5, 6, 7].map((each) => it.writer.add(ping(head, each)));
    disk.open();
    await Promise.all([...first, ...second]);
    expect(it.batches).toEqual([3, 4]);
    expect(it.writer.stats()).toEqual({ queuedEvents: 0, committedBatches: 2, committedEvents: 14 });
  });

  test("keeps the order in which it was given writes", async () => {
    await using it = scene();
    const head = await openedHead(it);
    await Promise.all([1, 2, 3, 4].map((second) => it.writer.add(ping(head, second))));
    const events = await it.store.readEvents(head);
    expect(events.map(({ playheadMs }) => playheadMs)).toEqual([1000, 2000, 3000, 4000]);
  });

  test("bounds a batch at 2,000 events, so that a commit keeps the loop for a bounded time", async () => {
    await using it = scene();
    const head = await openedHead(it);
    await Promise.all(Array.from({ length: 1100 }, () => it.writer.add(ping(head))));
    expect(it.batches).toEqual([1000, 100]);
    const large = adding(head, ...Array.from({ length: 3000 }, () => arrivedAt(1, "ping")));
    await Promise.all([it.writer.add(ping(head)), it.writer.add(large), it.writer.add(ping(head))]);
    expect(it.batches.slice(2)).toEqual([1, 1, 1]);
  });

  test("writes before the next request is looked at, when the loop has read requests for long without a turn", async () => {
    await using it = scene({ queueEventsMax: 2 });
    const head = await openedHead(it);
    const first = it.writer.add(ping(head, 1));
    const refused = it.writer.add(ping(head, 2));
    it.clock.pass(21);
    // Not a turn has passed.
    const second = it.writer.add(ping(head, 3));
    expect(it.batches).toEqual([1]);
    expect(await outcomesOf([first, refused, second])).toEqual(["stored", "overloaded", "stored"]);
    expect(it.batches).toEqual([1, 1]);
  });

  test("resolves after the commit and never before", async () => {
    const disk = gate();
    await using it = scene(disk);
    const head = await openedHead(it);
    let seen: number | undefined;
    const added = it.writer.add(ping(head)).then(() => {
      seen = it.countEvents();
    });
    await reachedDisk(it, 1);
    await turns(20);
    expect(seen).toBeUndefined();
    disk.open();
    await added;
    expect(seen).toBe(1);
  });
});

describe("the queue", () => {
  test("refuses what is over its bound at once, counting what is queued but not what is being written", async () => {
    const disk = gate();
    await using it = scene({ ...disk, queueEventsMax: 4 });
    const head = await openedHead(it);
    const writing = it.writer.add(ping(head));
    await reachedDisk(it, 1);
    // A write counts one for itself and one for each of its events.
    const queued = [it.writer.add(ping(head)), it.writer.add(ping(head))];
    expect(it.writer.stats().queuedEvents).toBe(4);
    expect(await outcomesOf([it.writer.add(ping(head))])).toEqual(["overloaded"]);
    disk.open();
    expect(await outcomesOf([writing, ...queued])).toEqual(["stored", "stored", "stored"]);
    expect(await outcomesOf([it.writer.add(ping(head))])).toEqual(["stored"]);
    expect(it.countEvents()).toBe(4);
  });

  test("takes one write larger than its bound when it is empty, and another no sooner than that is stored", async () => {
    await using it = scene({ queueEventsMax: 4 });
    const head = await openedHead(it);
    const large = () => adding(head, ...Array.from({ length: 9 }, () => arrivedAt(1, "ping")));
    expect(await outcomesOf([it.writer.add(large()), it.writer.add(large())])).toEqual(["stored", "overloaded"]);
    expect(await outcomesOf([it.writer.add(large())])).toEqual(["stored"]);
    expect(it.countEvents()).toBe(18);
  });

  test("refuses what has waited too long instead of storing it late", async () => {
    const disk = gate();
    await using it = scene({ ...disk, queueWaitMsMax: 4000 });
    const head = await openedHead(it);
    const writing = it.writer.add(ping(head));
    await reachedDisk(it, 1);
    const late = it.writer.add(ping(head));
    it.clock.pass(1);
    const inTime = it.writer.add(ping(head));
    it.clock.pass(4000);
    disk.open();
    expect(await outcomesOf([writing, late, inTime])).toEqual(["stored", "overloaded", "stored"]);
    expect(it.batches).toEqual([1, 1]);
    expect(it.countEvents()).toBe(2);
    expect(it.writer.stats().queuedEvents).toBe(0);
  });
});

describe("a disk that hangs", () => {
  test("keeps only those waiting beyond the limit whose batch it has", async () => {
    const disk = gate();
    await using it = scene({ ...disk, queueWaitMsMax: 4000 });
    const head = await openedHead(it);
    const writing = it.writer.add(ping(head));
    await reachedDisk(it, 1);
    const late = [it.writer.add(ping(head)), it.writer.add(ping(head))];
    it.clock.pass(4001);
    const inTime = it.writer.add(ping(head));
    expect(await outcomesOf(late)).toEqual(["overloaded", "overloaded"]);
    expect(it.writer.stats().queuedEvents).toBe(2);
    disk.open();
    expect(await outcomesOf([writing, inTime])).toEqual(["stored", "stored"]);
    expect(it.countEvents()).toBe(2);
  });
});

describe("a failure", () => {
  test("of one write leaves its neighbours of the batch stored", async () => {
    await using it = scene();
    const a = await openedHead(it);
    const b = await openedHead(it);
    const c = await openedHead(it);
    const writes = [ping(a), ping(b), poison(c), ping(a, 2), ping(c, 3)];
    expect(await outcomesOf(writes.map((write) => it.writer.add(write)))).toEqual([
      "stored",
      "stored",
      "bug",
      "stored",
      "stored",
    ]);
    expect(it.countEvents()).toBe(4);
    expect(await it.store.readEvents(a)).toHaveLength(2);
    expect(await it.store.readEvents(c)).toHaveLength(1);
    expect(it.failures).toEqual([]);
  });

  test("for want of room fails its whole batch, and the next is taken", async () => {
    let full = true;
    await using it = scene({
      before: () => {
        if (full) throw new AppError("store-full", "Cannot write the database: the disk is full; make room");
      },
    });
    const head = await openedHead(it);
    expect(await outcomesOf([it.writer.add(ping(head)), it.writer.add(ping(head))])).toEqual([
      "store-full",
      "store-full",
    ]);
    full = false;
    expect(await outcomesOf([it.writer.add(ping(head))])).toEqual(["stored"]);
    expect(it.failures).toEqual([]);
  });

  test("of the medium refuses everything after it, and is reported once", async () => {
    const disk = brokenDisk();
    await using it = scene(disk);
    const head = await openedHead(it);
    expect(await outcomesOf([it.writer.add(ping(head)), it.writer.add(ping(head))])).toEqual(Array(2).fill(FAILED));
    disk.repair();
    expect(await outcomesOf([it.writer.add(ping(head)), it.writer.add(ping(head))])).toEqual(Array(2).fill(FAILED));
    expect(it.failures.map(({ code }) => code)).toEqual([FAILED]);
    expect(it.batches).toEqual([2]);
    expect(it.countEvents()).toBe(0);
  });

  test("of the medium refuses also what had queued by then: nothing behind it may be trusted", async () => {
    const disk = brokenDisk();
    const hold = gate();
    await using it = scene({ before: () => hold.before().then(disk.before) });
    const head = await openedHead(it);
    const failing = it.writer.add(ping(head));
    await reachedDisk(it, 1);
    const queued = it.writer.add(ping(head, 2));
    failing.catch(disk.repair);
    hold.open();
    expect(await outcomesOf([failing, queued])).toEqual([FAILED, FAILED]);
    expect(it.countEvents()).toBe(0);
  });
});

describe("work that is done alone", () => {
  test("begins when the batch that is being written is through, and what has queued waits for it", async () => {
    const order: string[] = [];
    const hold = Promise.withResolvers<void>();
    await using it = scene({
      before: async () => {
        order.push("batch");
        if (order.length === 1) await hold.promise;
      },
    });
    const writes = [it.writer.add(opening(newHead()))];
    await waitFor(() => order.length === 1);
    const alone = it.writer.runAlone(async () => {
      await Bun.sleep(5);
      order.push("alone");
      return 7;
    });
    writes.push(it.writer.add(opening(newHead())));
    hold.resolve();
    expect(await alone).toBe(7);
    await Promise.all(writes);
    expect(order).toEqual(["batch", "alone", "batch"]);
  });

  test("that throws fails alone", async () => {
    await using it = scene();
    const alone = it.writer.runAlone(() => Promise.reject(new Error("mine")));
    const write = it.writer.add(opening(newHead()));
    expect(alone).rejects.toThrow("mine");
    await write;
    expect(it.batches).toEqual([1]);
  });

  test("can say that a session is gone: what waits of it is refused, its neighbours are stored", async () => {
    await using it = scene();
    const gone = await openedHead(it);
    const kept = await openedHead(it);
    const alone = it.writer.runAlone(async () => it.writer.noteErased(new Set([gone.id])));
    const refused = it.writer.add(adding(gone, arrivedAt(1, "ping")));
    const stored = it.writer.add(adding(kept, arrivedAt(1, "ping")));
    expect(refused).rejects.toMatchObject({ code: "session-not-found" });
    await Promise.all([alone, stored]);
    expect(it.countEvents()).toBe(1);
  });
});

describe("drain", () => {
  test("resolves at once when nothing waits", async () => {
    await using it = scene();
    await it.writer.drain();
    expect(it.batches).toEqual([]);
  });

  test("resolves when everything that queued is stored, and not before", async () => {
    const disk = gate();
    await using it = scene(disk);
    const head = await openedHead(it);
    const writing = it.writer.add(ping(head));
    await reachedDisk(it, 1);
    const queued = it.writer.add(ping(head));
    let seen: number | undefined;
    const drained = it.writer.drain().then(() => {
      seen = it.countEvents();
    });
    await turns(20);
    expect(seen).toBeUndefined();
    disk.open();
    await drained;
    expect(seen).toBe(2);
    expect(await outcomesOf([writing, queued])).toEqual(["stored", "stored"]);
  });

  test("resolves even when the waiting write failed", async () => {
    await using it = scene();
    const head = await openedHead(it);
    const failing = outcomesOf([it.writer.add(poison(head))]);
    await it.writer.drain();
    expect(await failing).toEqual(["bug"]);
  });
});

/** Resolves when the writer has handed its `count`th batch to the disk. */
async function reachedDisk({ batches }: Scene, count: number): Promise<void> {
  for (let turn = 0; batches.length < count; turn += 1) {
    if (turn > 1000) throw new Error("The writer handed nothing to the disk");
    await turns(1);
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

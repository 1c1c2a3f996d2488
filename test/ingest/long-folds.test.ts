/** Long sessions get their numbers one at a time, rest, and are left alone where they can't be folded. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { LongFolds, type LongFoldsOptions } from "../../src/ingest/long-folds.ts";
import { recompute } from "../../src/ingest/recompute.ts";
import { type FoldSession, foldStored } from "../../src/store/fold-stored.ts";
import type { Head } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { adding, arrivedAt, closing, newHead, opening } from "../store/writes.ts";
import { silentLog } from "../support/silent-log.ts";
import { tempDir } from "../support/temp-dir.ts";

const FOLD_MS = 100;

/** A closed session, and folds that take {@link FOLD_MS} by the clock of the test. */
async function scene(fold?: FoldSession) {
  const directory = tempDir();
  const store = openSqliteStore({ path: join(directory.path, "playhead.db"), synchronous: "NORMAL" });
  const head: Head = newHead();
  await store.append([opening(head)]);
  await store.append([adding(head, arrivedAt(1, "play"))]);
  await store.append([closing(head, arrivedAt(9, "sessionEnd"))]);
  const it = { nowMs: 0, folds: 0, failures: [] as unknown[] };
  const options: LongFoldsOptions = {
    store,
    fold: async (session, seq) => {
      it.folds += 1;
      it.nowMs += FOLD_MS;
      return (fold ?? ((of, until) => foldStored(store, of, until)))(session, seq);
    },
    elapsedMs: () => it.nowMs,
    steadyMs: () => it.nowMs,
    onFolded: () => {},
    onFailure: (_, error) => it.failures.push(error),
    log: silentLog,
  };
  const longFolds = new LongFolds(options);
  return Object.assign(it, {
    store,
    head,
    longFolds,
    settle: async () => {
      longFolds.add(head.id);
      await longFolds.idle();
    },
    stored: () => store.findSession(head.sid),
    late: () => store.append([adding(head, arrivedAt(3, "ping"))]),
    [Symbol.asyncDispose]: async () => {
      await longFolds.stop();
      await store.close();
      directory[Symbol.dispose]();
    },
  });
}

const broken: FoldSession = async () => {
  throw new Error("A fault of ours");
};

describe("a long session", () => {
  test("rests for twenty times as long as its fold took, and stays pending for the last one", async () => {
    await using it = await scene();
    await it.settle();
    expect((await it.stored())?.result?.metrics.contentTimeSpent).toBe(8);
    await it.late();
    it.nowMs += 20 * FOLD_MS - 1;
    expect(it.longFolds.holds(it.head.id)).toBe(true);
    expect(await it.store.claimPending(9)).toEqual([it.head.id]);
    it.nowMs += 1;
    expect(it.longFolds.holds(it.head.id)).toBe(false);
    await it.settle();
    expect(it.folds).toBe(2);
    expect(await it.store.claimPending(9)).toEqual([]);
  });

  test("that can't be folded says so, and is tried again after a late event and by recompute alone", async () => {
    await using it = await scene(broken);
    await it.settle();
    expect(await it.stored()).toMatchObject({ foldFailure: "failed" });
    expect(it.failures).toHaveLength(1);
    expect(await it.store.claimPending(9)).toEqual([]);
    expect(await it.store.trim({ beforeMs: Number.MAX_SAFE_INTEGER, limit: 9 })).toBe(0);
    await it.late();
    expect(await it.store.claimPending(9)).toEqual([it.head.id]);
    await it.settle();
    expect(await it.store.claimPending(9)).toEqual([]);
    await recompute({ store: it.store, dryRun: false, nowMs: () => 0, onProgress: () => {}, isStopped: () => false });
    expect(await it.stored()).not.toHaveProperty("foldFailure");
    expect((await it.stored())?.result?.metrics.contentTimeSpent).toBe(8);
  });

  test("whose folds ended the process three times is not folded a fourth time, until an event comes", async () => {
    await using it = await scene();
    for (let kills = 0; kills < 3; kills += 1) await it.store.countAttempt(it.head.id);
    await it.settle();
    expect([it.folds, (await it.stored())?.foldFailure]).toEqual([0, "interrupted"]);
    await it.late();
    await it.settle();
    expect([it.folds, (await it.stored())?.foldFailure]).toEqual([1, undefined]);
  });
});

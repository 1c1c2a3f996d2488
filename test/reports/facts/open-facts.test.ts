/** Opening facts of another store, another time of it or another version, or damaged ones: they are rebuilt. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { AppError } from "../../../src/base/errors.ts";
import { openFacts } from "../../../src/reports/facts/open-facts.ts";
import { openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { Random } from "../../support/random.ts";
import { silentLog } from "../../support/silent-log.ts";
import { openDesk } from "../report-desk.ts";
import { ascending, MEMORY_BYTES_MAX, RANGE, type Scene, scene } from "./scene.ts";

/** A store with sessions, and facts that are level with it. */
async function levelScene(count = 60): Promise<Scene> {
  const it = scene();
  await it.fill(count);
  await using facts = await it.open();
  await facts.follow();
  return it;
}

/** Expects that the facts open empty, and follow the store to its end. */
async function expectRebuilt(it: Scene): Promise<void> {
  await using facts = await it.open();
  expect(facts.database.position.revision).toBe(0);
  expect(await facts.sessions()).toEqual([]);
  await facts.follow();
  expect(await facts.sessions()).toEqual(ascending(it.stored()));
}

async function expectGoingOn(it: Scene): Promise<void> {
  await using facts = await it.open();
  expect(facts.database.position.revision).toBeGreaterThan(0);
  await facts.follow();
  expect(await facts.sessions()).toEqual(ascending(it.stored()));
}

describe("facts of the store", () => {
  test("are continued", async () => {
    await using it = await levelScene();
    await expectGoingOn(it);
    await it.fill(20, 2);
    await expectGoingOn(it);
  });

  test("are continued even if their newest session has been erased", async () => {
    await using it = await levelScene();
    const id = Math.max(...it.stored());
    await it.store.erase([{ id, seq: 0 }], 0);
    await expectGoingOn(it);
  });
});

describe("a store that can't be reached for a moment", () => {
  test("has its facts continued, not rebuilt", async () => {
    await using it = await levelScene();
    const watermark = () => it.store.watermark();
    const knows = () => Promise.reject(new AppError("store-unreachable", "Cannot reach the database"));
    const store = { watermark, knows, getSessions: () => Promise.resolve([]) };
    const opening = openFacts({ path: it.factsPath, memoryBytesMax: MEMORY_BYTES_MAX, store, log: silentLog });
    await expect(opening).rejects.toThrow("Cannot reach the database");
    await expectGoingOn(it);
  });
});

describe("facts of another store", () => {
  test("are rebuilt", async () => {
    await using it = await levelScene();
    await using other = scene();
    await other.fill(300, 7);
    copyFileSync(it.factsPath, other.factsPath);
    await expectRebuilt(other);
  });
});

describe("facts of a store that was restored from a copy", () => {
  /** Copies the store, moves it and its facts on, and restores the copy. */
  async function putBack(it: Scene): Promise<void> {
    const copy = `${it.databasePath}.copy`;
    await it.change(() => copyFileSync(it.databasePath, copy));
    await it.fill(30, 2);
    {
      await using facts = await it.open();
      await facts.follow();
    }
    await it.change(() => {
      for (const suffix of ["-wal", "-shm"]) rmSync(it.databasePath + suffix, { force: true });
      copyFileSync(copy, it.databasePath);
    });
  }

  test("are rebuilt", async () => {
    await using it = await levelScene();
    await putBack(it);
    await expectRebuilt(it);
  });

  test("are rebuilt even if the restored store has since passed them", async () => {
    await using it = await levelScene();
    await putBack(it);
    await it.fill(100, 3);
    await expectRebuilt(it);
  });
});

describe("facts that missed erasures which the store has forgotten", () => {
  test("are rebuilt", async () => {
    await using it = await levelScene();
    const [id = 0] = it.stored();
    await it.store.erase([{ id, seq: 0 }], 0);
    await it.store.removeRemains(() => false);
    expect(await it.store.pruneErasures({ beforeMs: 1, limit: 10 })).toBe(1);
    await expectRebuilt(it);
  });
});

describe("facts of another layout", () => {
  test("are rebuilt", async () => {
    await using it = await levelScene();
    {
      await using facts = await it.open();
      await facts.read("UPDATE kept.main.position SET layout = 'of another version'");
    }
    await expectRebuilt(it);
  });
});

describe("a file", () => {
  const bytes = new Random(1);
  const randomBytes = (count: number) => Uint8Array.from({ length: count }, () => bytes.between(0, 255));

  test("without a byte is rebuilt", async () => {
    await using it = await levelScene();
    writeFileSync(it.factsPath, "");
    await expectRebuilt(it);
  });

  for (const size of [1, 300_000]) {
    test(`of ${size} random bytes is rebuilt`, async () => {
      await using it = await levelScene();
      writeFileSync(it.factsPath, randomBytes(size));
      await expectRebuilt(it);
    });
  }

  for (const share of [0.01, 0.5]) {
    test(`cut to ${share * 100} % of its length is rebuilt`, async () => {
      await using it = await levelScene();
      truncateSync(it.factsPath, Math.floor(statSync(it.factsPath).size * share));
      await expectRebuilt(it);
    });
  }

  test("with a log of random bytes ends with the store's facts", async () => {
    await using it = await levelScene();
    writeFileSync(`${it.factsPath}.wal`, randomBytes(5000));
    await using facts = await it.open();
    await facts.follow();
    expect(await facts.sessions()).toEqual(ascending(it.stored()));
  });

  test("that is damaged in any one place ends with the store's facts, after at most one rebuild", async () => {
    await using it = await levelScene(200);
    const whole = readFileSync(it.factsPath);
    const outcomes = new Set<string>();
    // Opening finds some damage, and only a query that reads there finds the rest: tries until both have occurred.
    for (let tries = 1; outcomes.size < 2 && tries < 50; tries += 1) {
      const damaged = Buffer.from(whole);
      // Not the first three blocks, which opening reads.
      damaged.set(randomBytes(2048), bytes.between(3 * 4096, whole.length - 2048));
      writeFileSync(it.factsPath, damaged);
      outcomes.add(await totalsOver(it));
    }
    expect([...outcomes].toSorted()).toEqual(["at once", "reports-building"]);
    for (const cut of [1, 300_000]) {
      writeFileSync(it.factsPath, whole.subarray(0, whole.length - cut));
      expect(["at once", "reports-building"]).toContain(await totalsOver(it));
    }
  });
});

/** Asks for totals until they are answered, and checks them. @returns the answer to the first question */
async function totalsOver(it: Scene): Promise<string> {
  const store = openSqliteStoreForReading({ path: it.databasePath, synchronous: "FULL" });
  await using desk = await openDesk(store, it.factsPath);
  const ask = () =>
    desk.report({
      metrics: "mediaStarts,contentTimeSpent,errorEvents",
      dimension: "media.name",
      filter: "sid!=x",
      from: RANGE.fromMs,
      to: RANGE.toMs,
      open: "exclude",
    });
  let outcome = "at once";
  const first = await ask().catch((error: { code?: string }) => {
    outcome = error.code ?? String(error);
    return ask();
  });
  for (const dimension of ["media.ad.id", "media.chapter.index", "media.state.name", "media.errorId"]) {
    const query = { metrics: "mediaStarts", dimension, from: RANGE.fromMs, to: RANGE.toMs };
    await desk.report(query).catch((error: { code?: string }) => {
      outcome = error.code ?? String(error);
      return desk.report(query);
    });
  }
  using reader = new Database(it.databasePath, { readonly: true });
  const [row] = reader
    .query<{ sessions: number; seconds: number }, []>(
      "SELECT count(*) AS sessions, sum(metrics ->> 'contentTimeSpent') AS seconds FROM results",
    )
    .all();
  expect(first.totals["mediaStarts"]).toBe(row?.sessions ?? -1);
  expect(first.totals["contentTimeSpent"]).toBeCloseTo(row?.seconds ?? -1, 6);
  expect(existsSync(it.factsPath)).toBe(true);
  return outcome;
}

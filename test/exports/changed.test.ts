/** Exports of changes: each once, in their order, whatever happens meanwhile; and cursors that can't be followed. */

import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/base/errors.ts";
import { keyedHash } from "../../src/base/keyed-hash.ts";
import { DAY_MS } from "../../src/base/units.ts";
import { EXPORTS } from "../../src/exports/catalogue.ts";
import { cursorTextOf } from "../../src/exports/cursor.ts";
import { EXPORT_KINDS, follow, parseExportQuery } from "../../src/exports/query.ts";
import { exportStream } from "../../src/exports/stream.ts";
import { foldClosed } from "../../src/ingest/settle.ts";
import type { Head } from "../../src/store/journal.ts";
import { adding, arrivedAt, NOW_MS } from "../store/writes.ts";
import { csvReader, readBack } from "./read-back.ts";
import { addNasty, linesOf, type StoredScene, storedScene } from "./stored.ts";

const EVENTS = [
  arrivedAt(1, "adBreakStart", { params: { "media.ad.podIndex": 0, "media.ad.podSecond": 0 } }),
  arrivedAt(2, "adStart", { params: { "media.ad.id": "ad" } }),
  arrivedAt(5, "adComplete"),
  arrivedAt(7, "play"),
];

/** Stores closed sessions with their numbers. */
async function addSettled(scene: StoredScene, sessions: number): Promise<Head[]> {
  const heads: Head[] = [];
  for (let at = 0; at < sessions; at += 1) heads.push(await scene.add(EVENTS));
  await scene.settle();
  return heads;
}

async function cursorNow({ store }: StoredScene): Promise<string> {
  return cursorTextOf(await store.watermark());
}

/** Folds a closed session again, without any new event. */
async function refold({ store }: StoredScene, { id }: Head): Promise<void> {
  const [session] = await store.getSessions([id]);
  if (!session) throw new Error("It is stored");
  await store.saveResults([await foldClosed(store, session)], NOW_MS + DAY_MS);
}

describe("an export of changes", () => {
  test("has what came behind its cursor, in the order of the changes, and the next one has none of it", async () => {
    await using scene = storedScene();
    const [first, second] = (await addSettled(scene, 3)) as [Head, Head, Head];
    const changedSince = await cursorNow(scene);
    expect(await scene.documents({ kind: "sessions", changedSince })).toEqual([]);
    const [third] = (await addSettled(scene, 1)) as [Head];
    await refold(scene, second);
    await scene.store.append([adding(first, arrivedAt(8, "error"))]);
    await scene.settle();
    const rows = await scene.documents({ kind: "sessions", changedSince });
    expect(rows.map(({ sid, revision, changedAt }) => [sid, revision, changedAt])).toEqual([
      [third.sid, 1, NOW_MS],
      [second.sid, 2, NOW_MS + DAY_MS],
      [first.sid, 2, NOW_MS],
    ]);
    const whole = await scene.documents({ kind: "sessions" });
    for (const row of rows) expect(whole).toContainEqual(row);
    const ads = await scene.documents({ kind: "ads", changedSince });
    expect(ads.map(({ sid, revision }) => [sid, revision])).toEqual(rows.map(({ sid, revision }) => [sid, revision]));
    expect(await scene.documents({ kind: "sessions", changedSince: await cursorNow(scene) })).toEqual([]);
  });

  test("has all events of sessions that have new ones, as an export of all has them", async () => {
    await using scene = storedScene();
    const [first, second] = (await addSettled(scene, 2)) as [Head, Head];
    const changedSince = await cursorNow(scene);
    await refold(scene, second);
    await scene.store.append([adding(first, arrivedAt(8, "error"))]);
    await scene.settle();
    const events = await scene.documents({ kind: "events", changedSince });
    const whole = await scene.documents({ kind: "events" });
    expect(events).toEqual(whole.filter(({ sid }) => sid === first.sid));
    expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 11]);
    // A session that is folded again has the same events.
    await refold(scene, first);
    expect(await scene.documents({ kind: "events", changedSince })).toEqual(events);
    expect(await scene.documents({ kind: "events", changedSince: await cursorNow(scene) })).toEqual([]);
  });

  test("of a long session has its events in pages, in order of arrival", async () => {
    await using scene = storedScene();
    const changedSince = await cursorNow(scene);
    const pings = Array.from({ length: 4500 }, (_, second) => arrivedAt(second + 1, "ping"));
    await scene.add(pings.toReversed());
    await scene.settle();
    expect(await scene.documents({ kind: "events", changedSince })).toEqual(await scene.documents({ kind: "events" }));
  });

  test("leaves out what changes meanwhile, and the next one has it", async () => {
    await using scene = storedScene();
    const changedSince = await cursorNow(scene);
    const heads = await addSettled(scene, 250);
    const now = await scene.store.watermark();
    const { query, cursor } = follow(parseExportQuery({ kind: "sessions", changedSince }), now);
    const open = () => {
      throw new Error("No scratch is needed");
    };
    const chunks: Uint8Array[] = [];
    const moved = heads.at(-1) as Head;
    for await (const chunk of exportStream({ store: scene.store, query, openScratch: open })) {
      if (chunks.push(chunk) === 1) await refold(scene, moved);
    }
    expect(chunks.length).toBeGreaterThan(1);
    const sids = linesOf(Buffer.concat(chunks)).map(({ sid }) => sid);
    expect(sids).toEqual(heads.slice(0, -1).map(({ sid }) => sid));
    const next = await scene.documents({ kind: "sessions", changedSince: cursor });
    expect(next.map(({ sid }) => sid)).toEqual([moved.sid]);
  });

  test("that is cut off gives all of it when it is asked for again", async () => {
    await using scene = storedScene();
    const changedSince = await cursorNow(scene);
    await addSettled(scene, 250);
    const { query } = follow(parseExportQuery({ kind: "ads", changedSince }), await scene.store.watermark());
    const stream = exportStream({
      store: scene.store,
      query,
      openScratch: () => ({ path: "", [Symbol.dispose]() {} }),
    });
    await stream.next();
    await stream.return();
    expect(await scene.documents({ kind: "ads", changedSince })).toHaveLength(250);
  });

  test("passes over a session that is erased while its events are read", async () => {
    await using scene = storedScene();
    const changedSince = await cursorNow(scene);
    const [first, second] = (await addSettled(scene, 2)) as [Head, Head];
    const { store } = scene;
    const readOutline = store.readOutline.bind(store);
    store.readOutline = async (end, most) => {
      const outline = await readOutline(end, most);
      await store.erase([first], NOW_MS, "visitor");
      while (await store.removeRemains(() => false));
      return outline;
    };
    const events = await scene.documents({ kind: "events", changedSince });
    expect(events.filter(({ sid }) => sid === first.sid)).toHaveLength(1);
    expect(events.filter(({ sid }) => sid === second.sid)).toHaveLength(6);
  });

  test("names erased sessions by the hash that their rows had", async () => {
    await using scene = storedScene();
    const [first, second, third] = (await addSettled(scene, 3)) as [Head, Head, Head];
    const rows = await scene.documents({ kind: "ads" });
    const key = await scene.store.hashKey();
    expect(rows.map(({ sidHash }) => sidHash)).toEqual(
      [first, second, third].map(({ sid }) => keyedHash(key, "sid", sid)),
    );
    await scene.store.erase([first], NOW_MS, "session");
    const changedSince = await cursorNow(scene);
    await scene.store.erase([second], NOW_MS + 1, "visitor");
    await scene.store.erase([third], NOW_MS + 2);
    const told = [
      { sidHash: rows[0].sidHash, erasedAt: NOW_MS, reason: "session" },
      { sidHash: rows[1].sidHash, erasedAt: NOW_MS + 1, reason: "visitor" },
    ];
    expect(await scene.documents({ kind: "erased" })).toEqual(told);
    expect(await scene.documents({ kind: "erased", changedSince })).toEqual(told.slice(1));
    expect(await scene.documents({ kind: "erased", to: String(NOW_MS + 1) })).toEqual(told.slice(0, 1));
    expect(await scene.documents({ kind: "erased", from: String(NOW_MS + 1) })).toEqual(told.slice(1));
  });

  for (const kind of EXPORT_KINDS) {
    test(`of ${kind} is the same in each format`, async () => {
      await using scene = storedScene();
      const changedSince = await cursorNow(scene);
      await addNasty(scene);
      const lines = await scene.documents({ kind, changedSince });
      expect(lines.length).toBeGreaterThan(0);
      const hashes = lines.map(({ sidHash }) => sidHash);
      const { columns } = EXPORTS[kind];
      const csv = await readBack(await scene.bytes({ kind, changedSince, format: "csv" }), csvReader(columns));
      const parquetReader = (path: string) => `read_parquet('${path}')`;
      const parquet = await readBack(await scene.bytes({ kind, changedSince, format: "parquet" }), parquetReader);
      for (const rows of [csv, parquet]) expect(rows.map((row) => row["sidHash"])).toEqual(hashes);
    });
  }
});

describe("a cursor that can't be followed", () => {
  async function refusalOf(scene: StoredScene, changedSince: string): Promise<string> {
    const error = await scene.documents({ kind: "sessions", changedSince }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("invalid-query");
    return (error as AppError).message;
  }

  test.each([
    "yesterday",
    "2026-11-29",
    "0",
    "-",
    "a-",
    "-1",
    "a-1-1",
    "a-1 ",
    "A-1",
    `${"z".repeat(12)}-1`,
    `a-${"9".repeat(16)}`,
  ])("is refused as such: %s", async (text) => {
    await using scene = storedScene();
    expect(await refusalOf(scene, text)).toStartWith("Cannot follow changes: changed-since must be a cursor");
  });

  test("of another database is refused as such", async () => {
    await using scene = storedScene();
    await using other = storedScene();
    expect(await refusalOf(scene, await cursorNow(other))).toContain("the cursor is of another database");
  });

  test("of the future is refused as such", async () => {
    await using scene = storedScene();
    const { lineage, revision } = await scene.store.watermark();
    const future = cursorTextOf({ lineage, revision: revision + 1 });
    expect(await refusalOf(scene, future)).toContain("the cursor is ahead of the database");
  });

  test("is refused as such once later erasures are forgotten", async () => {
    await using scene = storedScene();
    const [head] = (await addSettled(scene, 1)) as [Head];
    const old = await cursorNow(scene);
    await scene.store.erase([head], NOW_MS, "visitor");
    const level = await cursorNow(scene);
    await scene.store.pruneErased({ beforeMs: NOW_MS + 1, limit: 9 });
    expect(await refusalOf(scene, old)).toContain("later erasures are forgotten");
    expect(await scene.documents({ kind: "sessions", changedSince: level })).toEqual([]);
  });
});

/** The report desk: open sessions beside closed ones, erased data gone from the file, questions that end. */

import { describe, expect, test } from "bun:test";
import { foldClosed } from "../../src/ingest/settle.ts";
import { parseReport } from "../../src/reports/query/parse.ts";
import { DEFINITIONS_VERSION } from "../../src/sessions/definitions.ts";
import type { Head, JournalStore } from "../../src/store/journal.ts";
import { openSqliteStoreForReading } from "../../src/store/sqlite/store.ts";
import { adding, arrivedAt, closing, NOW_MS, newHead, openingWith } from "../store/writes.ts";
import { filesWith } from "../support/bytes.ts";
import { ManualClock } from "../support/clock.ts";
import { REQUIRED_PARAMS } from "../support/requests.ts";
import { type Scene, scene } from "./facts/scene.ts";
import { settle } from "./filled-store.ts";
import { openDesk, type TestDesk } from "./report-desk.ts";

const REFRESH_MS = 11_000;
const RANGE = { from: NOW_MS - 3_600_000, to: NOW_MS + 3_600_000 };

interface DeskScene extends AsyncDisposable {
  readonly it: Scene;
  readonly store: JournalStore;
  readonly desk: TestDesk;
  readonly clock: ManualClock;
}

async function deskScene(): Promise<DeskScene> {
  const it = scene();
  const clock = new ManualClock(NOW_MS);
  const desk = await openDesk(readerOf(it), it.factsPath, clock);
  return {
    ...{ it, desk, clock, store: it.store },
    [Symbol.asyncDispose]: async () => {
      await desk[Symbol.asyncDispose]();
      await it[Symbol.asyncDispose]();
    },
  };
}

const readerOf = ({ databasePath }: Scene) => openSqliteStoreForReading({ path: databasePath, synchronous: "FULL" });

async function storeOpen(store: JournalStore, params: object = {}): Promise<Head> {
  const head = newHead();
  const start = { params: { ...REQUIRED_PARAMS, ...params } as never };
  await store.append([openingWith(head, start), adding(head, arrivedAt(1, "play"), arrivedAt(11, "ping"))]);
  return head;
}

/** How many sessions have each status, and for how long they played. */
async function countOf({ desk }: DeskScene, more: object = {}) {
  const query = { metrics: "mediaStarts,contentTimeSpent", dimension: "status", sort: "status", ...RANGE, ...more };
  const { rows, sessions } = await desk.report(query);
  const told = rows.map((row) => [row["status"], row["mediaStarts"], row["contentTimeSpent"]]);
  expect(sessions.total).toBe(rows.reduce((sum, row) => sum + Number(row["mediaStarts"]), 0));
  return told;
}

describe("an open session", () => {
  test("is in reports with open sessions, with its numbers so far, then once among the closed ones", async () => {
    await using of = await deskScene();
    const head = await storeOpen(of.store);
    expect(await countOf(of)).toEqual([["open", 1, 10]]);
    expect(await countOf(of, { open: "exclude" })).toEqual([]);
    await of.store.append([closing(head, arrivedAt(31, "sessionEnd"))]);
    await settle(of.store);
    expect(await countOf(of)).toEqual([["closed", 1, 30]]);
    of.clock.pass(REFRESH_MS);
    expect(await countOf(of)).toEqual([["closed", 1, 30]]);
    expect(await countOf(of, { open: "exclude" })).toEqual([["closed", 1, 30]]);
  });

  test("has numbers that are at most some seconds old, and the answer says how old", async () => {
    await using of = await deskScene();
    const head = await storeOpen(of.store);
    expect(await countOf(of)).toEqual([["open", 1, 10]]);
    await of.store.append([adding(head, arrivedAt(21, "ping"))]);
    of.clock.pass(4000);
    expect((await of.desk.report({ metrics: "mediaStarts", ...RANGE })).openAgeMs).toBe(4000);
    of.clock.pass(REFRESH_MS);
    expect((await of.desk.report({ metrics: "mediaStarts", ...RANGE })).openAgeMs).toBe(0);
    expect(await countOf(of)).toEqual([["open", 1, 20]]);
  });

  test("is part of a range that ends after its start, and of none that ends before", async () => {
    await using of = await deskScene();
    expect(await countOf(of)).toEqual([]);
    const { startedAtMs } = await storeOpen(of.store);
    of.clock.pass(REFRESH_MS);
    expect(await countOf(of, { to: startedAtMs })).toEqual([]);
    expect(await countOf(of, { to: startedAtMs + 1 })).toEqual([["open", 1, 10]]);
    expect(await countOf(of, { from: startedAtMs })).toEqual([["open", 1, 10]]);
    expect(await countOf(of, { from: startedAtMs + 1 })).toEqual([]);
  });

  test("that closes is never missing, even before its numbers are stored", async () => {
    await using of = await deskScene();
    const head = await storeOpen(of.store);
    expect(await countOf(of)).toEqual([["open", 1, 10]]);
    await of.store.append([closing(head, arrivedAt(31, "sessionEnd"))]);
    expect(await countOf(of)).toEqual([["open", 1, 10]]);
    of.clock.pass(REFRESH_MS);
    expect(await countOf(of)).toEqual([["closed", 1, 30]]);
    await settle(of.store);
    expect(await countOf(of)).toEqual([["closed", 1, 30]]);
    of.clock.pass(REFRESH_MS);
    expect(await countOf(of)).toEqual([["closed", 1, 30]]);
  });

  test("that began and closed between two refreshes is there before its numbers are stored", async () => {
    await using of = await deskScene();
    expect(await countOf(of)).toEqual([]);
    const head = await storeOpen(of.store);
    await of.store.append([closing(head, arrivedAt(31, "sessionEnd"))]);
    of.clock.pass(REFRESH_MS);
    expect(await countOf(of)).toEqual([["closed", 1, 30]]);
  });

  test("that is erased disappears", async () => {
    await using of = await deskScene();
    const heads = [await storeOpen(of.store), await storeOpen(of.store)];
    expect(await countOf(of)).toEqual([["open", 2, 20]]);
    await of.store.erase(heads.slice(0, 1), NOW_MS);
    expect(await countOf(of)).toEqual([["open", 1, 10]]);
    of.clock.pass(REFRESH_MS);
    expect(await countOf(of)).toEqual([["open", 1, 10]]);
  });

  test("is there after the desk is reopened, with a state that no closed session has", async () => {
    await using of = await deskScene();
    const head = await storeOpen(of.store);
    const state = { params: { "media.state.name": "theatre" } };
    await of.store.append([adding(head, arrivedAt(12, "stateStart", state), arrivedAt(22, "ping"))]);
    await using second = await openDesk(readerOf(of.it), `${of.it.factsPath}.second`, of.clock);
    const { totals } = await second.report({ metrics: "theatreTotalDuration,contentTimeSpent", ...RANGE });
    expect<object>(totals).toEqual({ theatreTotalDuration: 10, contentTimeSpent: 21 });
  });

  test("among many is folded only after a new event", async () => {
    await using of = await deskScene();
    const heads = await Promise.all(Array.from({ length: 250 }, () => storeOpen(of.store)));
    expect(await countOf(of)).toEqual([["open", 250, 2500]]);
    await of.store.append(heads.slice(0, 5).map((head) => adding(head, arrivedAt(21, "ping"))));
    of.clock.pass(REFRESH_MS);
    expect(await countOf(of)).toEqual([["open", 250, 2550]]);
  });
});

describe("an answer", () => {
  test("names every version of the definitions that it mixes", async () => {
    await using of = await deskScene();
    for (let sessions = 0; sessions < 3; sessions += 1) {
      const head = await storeOpen(of.store);
      await of.store.append([closing(head, arrivedAt(31, "sessionEnd"))]);
    }
    await settle(of.store);
    const sessions = await of.store.listClosed({ afterId: 0, limit: 2 });
    const folded = await Promise.all(sessions.map((session) => foldClosed(of.store, session)));
    await of.store.saveResults(
      folded.map((each, at) => ({ ...each, definitions: 7 + at })),
      NOW_MS,
    );
    const asked = { metrics: "mediaStarts", dimension: "definitions", sort: "definitions", ...RANGE };
    const { rows, definitions } = await of.desk.report(asked);
    expect(rows.map((row) => row["definitions"])).toEqual([DEFINITIONS_VERSION, 7, 8]);
    expect(definitions).toEqual([DEFINITIONS_VERSION, 7, 8]);
    const seventh = await of.desk.report({ metrics: "contentTimeSpent:p95", filter: "definitions==7", ...RANGE });
    expect([seventh.sessions.total, seventh.definitions]).toEqual([1, [7]]);
  });
});

const METRICS = ["contentTimeSpent:p50", "contentTimeSpent:p99", "mediaStarts", "uniqueTimePlayed:p95"];
const YEAR = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 11, 31) };

const MARK = "a-name-that-is-nowhere-else";

/** A closed session with the mark, and others without. */
async function storeMarked({ store, it }: DeskScene): Promise<Head> {
  const marked = await storeOpen(store, { "media.name": MARK });
  await store.append([closing(marked, arrivedAt(31, "sessionEnd"))]);
  await it.fill(100);
  await settle(store);
  return marked;
}

/** Fact files that contain the mark; the store's own files have tests of their own. */
const factsWith = ({ it }: DeskScene) => filesWith(it.directory, MARK).filter((path) => path.startsWith(it.factsPath));

describe("erased data", () => {
  test("is gone from every byte of the file once the desk has been told to forget, and no other data is", async () => {
    await using of = await deskScene();
    const marked = await storeMarked(of);
    await of.desk.ask({ kind: "forget" });
    expect(factsWith(of)).not.toEqual([]);
    await of.store.erase([marked], NOW_MS);
    await of.desk.ask({ kind: "forget" });
    expect(factsWith(of)).toEqual([]);
    expect(await countAll(of)).toBe(of.it.stored().length);
    expect(filesWith(of.it.directory, MARK)).not.toEqual([]);
  });

  test("is gone from the file after the next pause even if the desk ended between erasing and rewriting", async () => {
    await using of = await deskScene();
    const marked = await storeMarked(of);
    await of.desk.desk.rest();
    await of.desk[Symbol.asyncDispose]();
    await of.store.erase([marked], NOW_MS);
    {
      await using facts = await of.it.open();
      await facts.follow();
      expect(facts.database.position.holdsErased).toBe(true);
    }
    await using desk = await openDesk(readerOf(of.it), of.it.factsPath, of.clock);
    while ((await desk.desk.rest()) === 0);
    await desk.desk.rest();
    expect(factsWith(of)).toEqual([]);
    expect(await countAll({ ...of, desk })).toBe(of.it.stored().length);
  });
});

async function countAll({ desk }: Pick<DeskScene, "desk">): Promise<unknown> {
  return (await desk.report({ metrics: "mediaStarts", ...YEAR, open: "exclude" })).totals["mediaStarts"];
}

describe("a question", () => {
  test("that is cancelled ends soon, at any of its statements, and the next one is answered", async () => {
    await using of = await deskScene();
    await of.it.fill(100);
    await of.desk.desk.rest();
    // Sessions by sid, four times over, take long enough to be cancelled half-way.
    const query = parseReport({ metrics: METRICS, dimension: "sid", compare: "previous", ...YEAR }, of.clock.nowMs());
    const outcomes = new Set<string>();
    for (let afterMs = 0; afterMs < 40; afterMs += 2) {
      const asking = new AbortController();
      setTimeout(() => asking.abort(new Error("cancelled")), afterMs);
      const outcome = await of.desk.ask({ kind: "report", query }, asking.signal).then(
        () => "answered",
        (error: Error) => error.message,
      );
      outcomes.add(outcome);
      expect(await countAll(of)).toBe(of.it.stored().length);
    }
    expect([...outcomes].filter((outcome) => !["answered", "cancelled"].includes(outcome))).toEqual([]);
  });

  test("waits for what was closed before it, and not for what closes meanwhile", async () => {
    await using it = scene();
    const close = async () => {
      const head = await storeOpen(it.store);
      await it.store.append([closing(head, arrivedAt(20, "sessionEnd"))]);
      await settle(it.store);
    };
    await close();
    const reader = readerOf(it);
    const read = reader.listChanges.bind(reader);
    let pages = 0;
    reader.listChanges = async (query) => {
      const page = await read(query);
      pages += 1;
      if (pages < 10) await close();
      return page;
    };
    await using desk = await openDesk(reader, it.factsPath, new ManualClock(NOW_MS));
    const { totals } = await desk.report({ metrics: "mediaStarts", ...RANGE, open: "exclude" });
    expect(totals["mediaStarts"]).toBe(1);
  });
});

/** The feed of changes and what is read back of a fold: nothing twice, nothing missed, nothing else than was stored. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { nextTurn } from "../../../src/base/turn.ts";
import { foldSession } from "../../../src/sessions/fold.ts";
import type { Head, JournalStore } from "../../../src/store/journal.ts";
import { openSqliteStore, openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import type { SessionResult } from "../../../src/store/store.ts";
import { tempDir } from "../../support/server.ts";
import { adding, arrivedAt, closing, newHead, opening, startOf } from "../writes.ts";

async function withStore(work: (store: JournalStore, path: string) => Promise<void>): Promise<void> {
  using directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "FULL" });
  try {
    await work(store, path);
  } finally {
    await store.close();
  }
}

const EVENTS = [
  arrivedAt(1, "adBreakStart", { params: { "media.ad.podIndex": 0, "media.ad.podSecond": 0 } }),
  arrivedAt(1.1, "adStart", { params: { "media.ad.id": "ad" }, customMetadata: { deal: "x" } }),
  arrivedAt(6, "adSkip"),
  arrivedAt(6.1, "adBreakComplete"),
  arrivedAt(7, "play"),
  arrivedAt(8, "chapterStart", { params: { "media.chapter.index": 1, "media.chapter.friendlyName": "One" } }),
  arrivedAt(9, "stateStart", { params: { "media.state.name": "mute" } }),
  arrivedAt(12, "error", { params: { "media.errorId": "E1", "media.errorSource": "player" } }),
  arrivedAt(20, "ping", { qoeData: { "media.qoe.bitrate": 1_000_000 } }),
];

/** Stores a closed session and folds it. */
async function storeClosed(store: JournalStore): Promise<{ head: Head; result: SessionResult }> {
  const head = newHead();
  await store.append([opening(head), adding(head, ...EVENTS)]);
  await store.append([closing(head, arrivedAt(30, "sessionEnd"))]);
  const events = [startOf(head), ...(await store.readEvents(head))];
  return {
    head,
    result: { session: head.id, seq: head.seq, definitions: 1, folded: foldSession(events, { closed: true }) },
  };
}

describe("changes", () => {
  test("come in the order in which results were stored, each behind the last", () =>
    withStore(async (store) => {
      const [first, second] = [await storeClosed(store), await storeClosed(store)];
      await store.saveResults([second.result]);
      await store.saveResults([first.result]);
      const changes = await store.listChanges({ afterRevision: 0, limit: 10 });
      expect(changes.map(({ revision, id }) => [revision, id])).toEqual([
        [1, second.head.id],
        [2, first.head.id],
      ]);
      expect(await store.listChanges({ afterRevision: 1, limit: 10 })).toHaveLength(1);
      expect(await store.listChanges({ afterRevision: 2, limit: 10 })).toEqual([]);
      expect(await store.listChanges({ afterRevision: 0, limit: 1 })).toHaveLength(1);
      expect((await store.watermark()).revision).toBe(2);
    }));

  test("bring a session that is folded anew to the end, also when it was the last one", () =>
    withStore(async (store) => {
      const { head, result } = await storeClosed(store);
      await store.saveResults([result]);
      await store.saveResults([result]);
      const changes = await store.listChanges({ afterRevision: 1, limit: 10 });
      expect(changes.map(({ revision, id }) => [revision, id])).toEqual([[2, head.id]]);
    }));

  test("carry the session with its close and exactly the numbers of its fold", () =>
    withStore(async (store) => {
      const { head, result } = await storeClosed(store);
      await store.saveResults([result]);
      const [change] = await store.listChanges({ afterRevision: 0, limit: 10 });
      expect(change?.result?.session).toMatchObject({ sid: head.sid, close: { reason: "session-end" } });
      const { timeline: _, watched: __, ...kept } = result.folded as ReturnType<typeof foldSession>;
      expect(change?.result?.fold).toEqual({ definitions: 1, ...kept });
      expect(kept.ads).toHaveLength(1);
      expect(kept.errors).toHaveLength(1);
      expect(kept.playing.length).toBeGreaterThan(0);
    }));

  test("are read by a reader beside the writer, which has no way to write", () =>
    withStore(async (store, path) => {
      const { result } = await storeClosed(store);
      await store.saveResults([result]);
      const reader = openSqliteStoreForReading({ path, synchronous: "FULL" });
      expect(await reader.listChanges({ afterRevision: 0, limit: 10 })).toHaveLength(1);
      expect("saveResults" in reader).toBe(false);
      await storeClosed(store).then((second) => store.saveResults([second.result]));
      expect(await reader.listChanges({ afterRevision: 1, limit: 10 })).toHaveLength(1);
      expect(await reader.watermark()).toEqual(await store.watermark());
      await reader.close();
    }));

  test("are read as of one moment, though another process stores results and erasures meanwhile", () =>
    withStore(async (store, path) => {
      const writing = Bun.spawn([process.execPath, join(import.meta.dir, "../changing-store.ts"), path], {
        stdout: "ignore",
        stderr: "inherit",
      });
      let ended = false;
      void writing.exited.then(() => {
        ended = true;
      });
      const seen = new Set<number>();
      let [afterRevision, isLast] = [0, false];
      while (!isLast) {
        isLast = ended;
        for (const { revision } of await store.listChanges({ afterRevision, limit: 10_000 })) {
          seen.add(revision);
          afterRevision = revision;
        }
        await nextTurn();
      }
      expect(await writing.exited).toBe(0);
      const all = (await store.listChanges({ afterRevision: 0, limit: 10_000 })).map(({ revision }) => revision);
      expect(all.length).toBeGreaterThan(1000);
      expect(all.filter((revision) => !seen.has(revision))).toEqual([]);
    }));

  test("of two databases have different lineages", async () => {
    const lineages = new Set<number>();
    for (let i = 0; i < 3; i += 1)
      await withStore(async (store) => void lineages.add((await store.watermark()).lineage));
    expect(lineages.size).toBe(3);
  });
});

describe("a reader's place in the log", () => {
  test("is where the log is now, not where it was when the reader came", () =>
    withStore(async (store, path) => {
      const reader = openSqliteStoreForReading({ path, synchronous: "FULL" });
      expect(await reader.knows(1)).toBe(false);
      const { head } = await storeClosed(store);
      expect([await reader.knows(head.id), await reader.knows(head.id + 1)]).toEqual([true, false]);
      expect(await reader.readExtent()).toEqual(await store.readExtent());
      await reader.close();
    }));
});

describe("open sessions", () => {
  test("are all of them with their latest events, then those that began or went on behind a place", () =>
    withStore(async (store) => {
      const first = newHead();
      const second = newHead();
      await storeClosed(store);
      await store.append([opening(first), adding(first, arrivedAt(1, "play"))]);
      const all = await store.listOpen();
      expect(all.ends).toEqual([{ id: first.id, seq: first.seq }]);
      await store.append([opening(second), adding(first, arrivedAt(2, "ping"), arrivedAt(3, "ping"))]);
      const next = await store.listOpen(all.cursor);
      expect(next.ends.toSorted((a, b) => a.id - b.id)).toEqual([
        { id: first.id, seq: first.seq },
        { id: second.id, seq: 0 },
      ]);
      expect(await store.listOpen(next.cursor)).toEqual({ ends: [], cursor: next.cursor });
    }));
});

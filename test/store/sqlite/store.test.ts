/** The store over a real file: writes are kept whole or not at all, and private. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Head, JournalStore, Write } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { startTestServer } from "../../support/server.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closing, newHead, opening, openingWith } from "../writes.ts";

const PINGS = 20_000;
const PING_BYTES_MAX = 45;
/** Quality data as the Chromecast SDK sends it. */
const QOE = {
  "media.qoe.bitrate": 1_500_000,
  "media.qoe.framesPerSecond": 24,
  "media.qoe.droppedFrames": 0,
  "media.qoe.timeToStart": 1,
};

interface Scene extends AsyncDisposable {
  readonly path: string;
  readonly directory: string;
  readonly store: JournalStore;
  /** Closes the file and opens it again. */
  reopen(): Promise<void>;
  /** One number, read through another connection. */
  read(sql: string): number;
}

function scene(): Scene {
  const directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const open = () => openSqliteStore({ path, synchronous: "FULL" });
  let store = open();
  return {
    path,
    directory: directory.path,
    get store() {
      return store;
    },
    reopen: async () => {
      await store.close();
      store = open();
    },
    read: (sql) => {
      using reader = new Database(path, { readonly: true });
      return Number(reader.query(sql).values()[0]?.[0]);
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

async function opened(store: JournalStore, count = 1): Promise<Head[]> {
  const heads = Array.from({ length: count }, () => newHead());
  await store.append(heads.map(opening));
  return heads;
}

const DERIVED = { "edge.configId": "stream-1", "edge.client": "alloy" };

describe("derived words", () => {
  test("stand in a column of their own, and are read back with the start and in the log", async () => {
    await using it = scene();
    const head = newHead();
    await it.store.append([openingWith(head, { derived: DERIVED, requestId: "7", xdm: { a: 1 } })]);
    expect(it.read("SELECT derived IS NOT NULL AND instr(wire, 'edge') = 0 FROM sessions")).toBe(1);
    expect((await it.store.findSession(head.sid))?.start.derived).toEqual(DERIVED);
    const { first: after, last: until } = await it.store.readExtent();
    const { events } = await it.store.readLog({ after, until, limit: 9 });
    expect(events.map(({ event }) => event.derived)).toEqual([DERIVED]);
    await it.reopen();
    const [restored] = (await it.store.restoreHeads()).heads;
    expect(restored?.bytes).toBe(head.bytes);
  });

  test("that a former version stored with what came beside the event are read back, too", async () => {
    await using it = scene();
    const head = newHead();
    await it.store.append([openingWith(head, { requestId: "7" })]);
    await it.reopen();
    const wire = JSON.stringify({ requestId: "7", derived: DERIVED });
    new Database(it.path).run("UPDATE starts SET wire = ?", [wire]);
    expect((await it.store.findSession(head.sid))?.start).toMatchObject({ requestId: "7", derived: DERIVED });
  });
});

/** Whether a write fails for an error of its own, like a bug's. */
async function fails(store: JournalStore, ...writes: Write[]): Promise<boolean> {
  return store.append(writes).then(
    () => false,
    () => true,
  );
}

/** A fractional time, which no STRICT table takes. */
const badEvent = arrivedAt(1, "ping", { tsMs: 0.5 });

describe("events", () => {
  test("read back with quality data in the form of older versions", async () => {
    await using it = scene();
    const [head] = (await opened(it.store)) as [Head];
    await it.store.append([adding(head, arrivedAt(1, "ping", { qoeData: { "media.qoe.bitrate": 1 } }))]);
    using writer = new Database(it.path);
    writer.run("UPDATE events SET payload = ?", [JSON.stringify({ qoeData: QOE })]);
    expect((await it.store.readEvents(head)).map(({ qoeData }) => qoeData)).toEqual([QOE]);
  });

  test("cost at most 45 bytes a ping on disk, interleaved as they arrive, every fifth with quality data", async () => {
    await using it = scene();
    const heads = await opened(it.store, 200);
    const bytes = () => it.read("PRAGMA page_count") * it.read("PRAGMA page_size");
    const before = bytes();
    for (let done = 0; done < PINGS; done += heads.length) {
      const ping = (at: number) => arrivedAt(done / 20, "ping", at % 5 === 0 ? { qoeData: QOE } : {});
      await it.store.append(heads.map((head, at) => adding(head, ping(at))));
    }
    expect(it.read("SELECT count(*) FROM events")).toBe(PINGS);
    const each = (bytes() - before) / PINGS;
    expect(each).toBeGreaterThan(20);
    expect(each).toBeLessThanOrEqual(PING_BYTES_MAX);
  });
});

describe("a batch", () => {
  test("with one failing write stores none, and leaves every head as it was", async () => {
    await using it = scene();
    const [known, other] = (await opened(it.store, 2)) as [Head, Head];
    await it.store.append([adding(known, arrivedAt(1, "play"))]);
    const fresh = newHead();
    const before = structuredClone([known, other, fresh]);
    const position = it.store.position();
    const writes = [opening(fresh), adding(known, arrivedAt(2, "ping")), closing(known, arrivedAt(3, "sessionEnd"))];
    expect(await fails(it.store, ...writes, adding(other, badEvent))).toBe(true);
    expect([known, other, fresh]).toEqual(before);
    expect(it.store.position()).toEqual(position);
    expect([it.read("SELECT count(*) FROM events"), it.read("SELECT count(*) FROM closes")]).toEqual([1, 0]);
    expect(it.read("SELECT count(*) FROM sessions")).toBe(2);
  });

  test("that failed can be repeated without its bad write, without a gap in the numbers", async () => {
    await using it = scene();
    const [known, other] = (await opened(it.store, 2)) as [Head, Head];
    const fresh = newHead();
    const good = [opening(fresh), adding(known, arrivedAt(2, "ping")), adding(fresh, arrivedAt(3, "play"))];
    expect(await fails(it.store, ...good, adding(other, badEvent))).toBe(true);
    await it.store.append(good);
    expect([fresh.id, known.seq, fresh.seq]).toEqual([3, 1, 2]);
    expect(await it.store.readEvents(fresh)).toEqual([arrivedAt(3, "play")]);
  });

  test("with a taken sid fails and keeps the first session", async () => {
    await using it = scene();
    const [head] = (await opened(it.store)) as [Head];
    const twin = { ...newHead(), sid: head.sid };
    expect(await fails(it.store, opening(twin))).toBe(true);
    expect(twin.id).toBe(0);
    expect(it.read("SELECT count(*) FROM sessions")).toBe(1);
  });

  test("for an unknown session fails rather than leave an orphaned event", async () => {
    await using it = scene();
    expect(await fails(it.store, adding(newHead(), arrivedAt(1, "ping")))).toBe(true);
    expect(it.read("SELECT count(*) FROM events")).toBe(0);
  });

  test("without writes is stored like any other", async () => {
    await using it = scene();
    await it.store.append([]);
    expect(it.store.position()).toEqual({ seq: 0, session: 0 });
  });
});

describe("numbers", () => {
  test("go on after the file is reopened", async () => {
    await using it = scene();
    const [first] = (await opened(it.store)) as [Head];
    await it.store.append([adding(first, arrivedAt(1, "play"), arrivedAt(2, "ping"))]);
    await it.reopen();
    expect(it.store.position()).toEqual({ seq: 2, session: 1 });
    const [second] = (await opened(it.store)) as [Head];
    await it.store.append([adding(second, arrivedAt(1, "play")), adding(first, arrivedAt(3, "ping"))]);
    expect([second.id, second.seq, first.seq]).toEqual([2, 3, 4]);
    expect(await it.store.readEvents(first)).toHaveLength(3);
  });

  test("go on after a checkpoint even if the rows themselves are gone", async () => {
    await using it = scene();
    const [head] = (await opened(it.store)) as [Head];
    await it.store.append([adding(head, arrivedAt(1, "play"))]);
    await it.store.finishCheckpoint(it.store.position());
    {
      using eraser = new Database(it.path);
      eraser.run("DELETE FROM events");
      eraser.run("DELETE FROM starts");
    }
    await it.reopen();
    expect(it.store.position()).toEqual({ seq: 1, session: 1 });
  });
});

describe("files", () => {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test("of the database are private to their owner, whatever the umask", async () => {
    const umask = process.umask(0);
    try {
      await using it = scene();
      await opened(it.store);
      expect(readdirSync(it.directory).toSorted()).toEqual(["playhead.db", "playhead.db-shm", "playhead.db-wal"]);
      for (const name of readdirSync(it.directory))
        expect([name, modeOf(join(it.directory, name))]).toEqual([name, "600"]);
    } finally {
      process.umask(umask);
    }
  });

  test("of a new data directory are 0600, in a directory of 0700", async () => {
    using parent = tempDir();
    const dataDir = join(parent.path, "a/b");
    await using server = await startTestServer({ config: { dataDir, adminToken: undefined } });
    await server.open();
    expect(modeOf(dataDir)).toBe("700");
    const modes = readdirSync(dataDir).map((name) => [name, modeOf(join(dataDir, name))] as const);
    expect(modes.map(([name]) => name)).toEqual(
      expect.arrayContaining(["address", "admin-token", "lock", "playhead.db"]),
    );
    expect(modes.filter(([name, mode]) => mode !== (name === "scratch" ? "700" : "600"))).toEqual([]);
  });

  test("become one once the store is closed: the log is gone", async () => {
    using directory = tempDir();
    const path = join(directory.path, "playhead.db");
    const store = openSqliteStore({ path, synchronous: "FULL" });
    const logBytes = () => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const heads = await opened(store, 50);
    expect(logBytes()).toBeGreaterThan(0);
    await store.close();
    expect(logBytes()).toBe(0);
    const copy = join(directory.path, "copy.db");
    copyFileSync(path, copy);
    const reopened = openSqliteStore({ path: copy, synchronous: "FULL" });
    expect(await reopened.listSessions({ limit: 100 })).toHaveLength(heads.length);
    await reopened.close();
  });
});

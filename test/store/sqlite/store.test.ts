/** The store over a real file: what goes in comes out, whole or not at all, and privately. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Head, JournalStore, Write } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { startTestServer } from "../../support/server.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, closing, newHead, opening } from "../writes.ts";

const PINGS = 20_000;
const PING_BYTES_MAX = 60;
/** As the Chromecast SDK sends it. */
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
  /** One number, as another connection reads it. */
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

/** Whether a write fails for a reason of its own, as a bug would make it. */
async function fails(store: JournalStore, ...writes: Write[]): Promise<boolean> {
  return store.append(writes).then(
    () => false,
    () => true,
  );
}

/** A time of fractions, which no STRICT table takes. */
const badEvent = arrivedAt(1, "ping", { tsMs: 0.5 });

describe("events", () => {
  test("read back with quality data as older versions stored it", async () => {
    await using it = scene();
    const [head] = (await opened(it.store)) as [Head];
    await it.store.append([adding(head, arrivedAt(1, "ping", { qoeData: { "media.qoe.bitrate": 1 } }))]);
    using writer = new Database(it.path);
    writer.run("UPDATE events SET payload = ?", [JSON.stringify({ qoeData: QOE })]);
    expect((await it.store.readEvents(head)).map(({ qoeData }) => qoeData)).toEqual([QOE]);
  });

  test("cost at most 60 bytes a ping on disk, interleaved as they come, every fifth with quality data", async () => {
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
  test("with one write that fails stores none, and leaves every head as it was", async () => {
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

  test("that failed can be repeated without its bad write, with no number left out", async () => {
    await using it = scene();
    const [known, other] = (await opened(it.store, 2)) as [Head, Head];
    const fresh = newHead();
    const good = [opening(fresh), adding(known, arrivedAt(2, "ping")), adding(fresh, arrivedAt(3, "play"))];
    expect(await fails(it.store, ...good, adding(other, badEvent))).toBe(true);
    await it.store.append(good);
    expect([fresh.id, known.seq, fresh.seq]).toEqual([3, 1, 2]);
    expect(await it.store.readEvents(fresh)).toEqual([arrivedAt(3, "play")]);
  });

  test("with a sid that is taken fails and keeps the first session", async () => {
    await using it = scene();
    const [head] = (await opened(it.store)) as [Head];
    const twin = { ...newHead(), sid: head.sid };
    expect(await fails(it.store, opening(twin))).toBe(true);
    expect(twin.id).toBe(0);
    expect(it.read("SELECT count(*) FROM sessions")).toBe(1);
  });

  test("for a session that isn't stored fails rather than leave an event of nobody", async () => {
    await using it = scene();
    expect(await fails(it.store, adding(newHead(), arrivedAt(1, "ping")))).toBe(true);
    expect(it.read("SELECT count(*) FROM events")).toBe(0);
  });

  test("of nothing is stored like any other", async () => {
    await using it = scene();
    await it.store.append([]);
    expect(it.store.position()).toEqual({ seq: 0, session: 0 });
  });
});

describe("numbers", () => {
  test("go on after the file was opened anew", async () => {
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

  test("go on behind a checkpoint when the rows themselves are gone", async () => {
    await using it = scene();
    const [head] = (await opened(it.store)) as [Head];
    await it.store.append([adding(head, arrivedAt(1, "play"))]);
    await it.store.finishCheckpoint(it.store.position());
    {
      using eraser = new Database(it.path);
      eraser.run("DELETE FROM events");
      eraser.run("DELETE FROM sessions");
    }
    await it.reopen();
    expect(it.store.position()).toEqual({ seq: 1, session: 1 });
  });
});

describe("files", () => {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test("of the database are its owner's alone, whatever the umask", async () => {
    const umask = process.umask(0);
    try {
      await using it = scene();
      await opened(it.store);
      expect(readdirSync(it.directory).toSorted()).toEqual([
        "playhead.db",
        "playhead.db-lineage",
        "playhead.db-shm",
        "playhead.db-wal",
      ]);
      for (const name of readdirSync(it.directory))
        expect([name, modeOf(join(it.directory, name))]).toEqual([name, "600"]);
    } finally {
      process.umask(umask);
    }
  });

  test("of a data directory that is made are 0600 in one of 0700", async () => {
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

  test("are one once the store is closed: nothing is left in the log", async () => {
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

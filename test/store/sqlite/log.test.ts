/** Reading the log in pages: each start and event once, however small the pages and wherever the log has gaps. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { LoggedEvent, LogQuery, Store } from "../../../src/store/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { adding, arrivedAt, NOW_MS, newHead, opening } from "../writes.ts";

const SESSIONS = 7;
const PINGS = 5;

async function withLog(work: (store: Store, path: string) => Promise<void>): Promise<void> {
  using directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "FULL" });
  try {
    const heads = Array.from({ length: SESSIONS }, (_, at) => newHead(NOW_MS + at * 1000));
    await store.append(heads.map(opening));
    for (let ping = 1; ping <= PINGS; ping += 1) {
      await store.append(heads.map((head) => adding(head, arrivedAt(ping, "ping"))));
    }
    await work(store, path);
  } finally {
    await store.close();
  }
}

async function readAll(store: Store, query: Pick<LogQuery, "limit" | "fromMs" | "toMs">): Promise<LoggedEvent[]> {
  const { first, last } = await store.readExtent();
  const read: LoggedEvent[] = [];
  for (let after = first; after.seq < last.seq || after.session < last.session; ) {
    const { events, reached } = await store.readLog({ ...query, after, until: last });
    read.push(...events);
    expect(events.length).toBeLessThanOrEqual(query.limit);
    expect([reached.seq + reached.session]).not.toEqual([after.seq + after.session]);
    after = reached;
  }
  return read;
}

describe("the log", () => {
  for (const limit of [1, 2, 5, 100]) {
    test(`in pages of ${limit} is every start by number, then every event in order of arrival`, () =>
      withLog(async (store) => {
        const read = await readAll(store, { limit });
        const sessions = await store.pageSessions({ untilId: SESSIONS, limit: 100 });
        const sids = sessions.map(({ sid }) => sid);
        expect(read.map(({ seq }) => seq)).toEqual([
          ...Array(SESSIONS).fill(0),
          ...Array.from({ length: SESSIONS * PINGS }, (_, at) => at + 1),
        ]);
        expect(read.map(({ sid }) => sid)).toEqual(
          Array(PINGS + 1)
            .fill(sids)
            .flat(),
        );
      }));
  }

  test("has only what arrived in a range, from inclusive, to exclusive", () =>
    withLog(async (store) => {
      const read = await readAll(store, { limit: 3, fromMs: NOW_MS + 2000, toMs: NOW_MS + 4000 });
      expect(read.map(({ event }) => (event.receivedAtMs - NOW_MS) / 1000)).toEqual([
        2,
        3,
        ...Array(SESSIONS).fill(2),
        ...Array(SESSIONS).fill(3),
      ]);
    }));

  test("leaves out what came after the end that was asked for", () =>
    withLog(async (store) => {
      const { first, last } = await store.readExtent();
      const head = newHead();
      await store.append([opening(head), adding(head, arrivedAt(1, "ping"))]);
      const starts = await store.readLog({ after: first, until: last, limit: 1000 });
      const events = await store.readLog({ after: starts.reached, until: last, limit: 1000 });
      expect(events.reached).toEqual(last);
      expect([...starts.events, ...events.events].map(({ sid }) => sid)).not.toContain(head.sid);
    }));

  test("goes over gaps of any size", () =>
    withLog(async (store, path) => {
      using database = new Database(path);
      database.run("DELETE FROM events WHERE seq % 2 = 0 OR seq < 10");
      database.run("UPDATE events SET seq = seq + 100000 WHERE seq > 20");
      database.run("DELETE FROM sessions WHERE id = 1");
      expect((await store.readExtent()).first).toEqual({ seq: 10, session: 1 });
      const read = await readAll(store, { limit: 4 });
      const seqs = Array.from({ length: SESSIONS * PINGS }, (_, at) => at + 1);
      const left = seqs.filter((seq) => seq % 2 === 1 && seq >= 10 && seq % SESSIONS !== 1);
      expect(read.slice(SESSIONS - 1).map(({ seq }) => seq)).toEqual(
        left.map((seq) => (seq > 20 ? seq + 100_000 : seq)),
      );
    }));

  test("of nothing begins where it ends", async () => {
    using directory = tempDir();
    const store = openSqliteStore({ path: join(directory.path, "playhead.db"), synchronous: "FULL" });
    const nowhere = { seq: 0, session: 0 };
    expect(await store.readExtent()).toEqual({ first: nowhere, last: nowhere });
    await store.close();
  });
});

describe("sessions by their start", () => {
  test("are paged without a gap or a repetition among equal instants, and counted alike", () =>
    withLog(async (store) => {
      const heads = Array.from({ length: 20 }, (_, at) => newHead(NOW_MS + (at % 3) * 1000));
      await store.append(heads.map(opening));
      const range = { untilId: SESSIONS + 20, fromMs: NOW_MS + 1000, toMs: NOW_MS + 3000 };
      const seen: number[] = [];
      for (let page = await store.pageSessions({ ...range, limit: 3 }); page.length > 0; ) {
        seen.push(...page.map(({ id }) => id));
        page = await store.pageSessions({ ...range, limit: 3, after: page.at(-1) });
      }
      const whole = await store.pageSessions({ ...range, limit: 100 });
      expect(seen).toEqual(whole.map(({ id }) => id));
      expect(whole.map(({ startedAtMs }) => startedAtMs)).toEqual(whole.map((each) => each.startedAtMs).toSorted());
      expect(await store.countSessions(range)).toBe(seen.length);
      expect(await store.countSessions({ ...range, untilId: SESSIONS })).toBe(2);
    }));
});

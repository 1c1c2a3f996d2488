/** All that was said, in pages: each start and event once, and only what is asked for. In which order is the store's. */

import { describe, expect, test } from "bun:test";
import type { LoggedEvent, LogQuery } from "../../../src/store/log.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import { adding, arrivedAt, NOW_MS, newHead, opening } from "../writes.ts";
import type { OpenScene, StoreScene } from "./scene.ts";

export const SESSIONS = 7;
export const PINGS = 5;

async function withLog(open: OpenScene, work: (it: StoreScene) => Promise<void>): Promise<void> {
  await using it = await open();
  await fillLog(it);
  await work(it);
}

/** Sessions that began a second apart, and went on side by side. */
export async function fillLog(it: Pick<StoreScene, "put">): Promise<void> {
  const heads = Array.from({ length: SESSIONS }, (_, at) => newHead(NOW_MS + at * 1000));
  await it.put(heads.map(opening));
  for (let ping = 1; ping <= PINGS; ping += 1) await it.put(heads.map((head) => adding(head, arrivedAt(ping, "ping"))));
}

/** Reads the log to its end, a page at a time. */
export async function readAll(
  store: StoreReader,
  query: Pick<LogQuery, "limit" | "fromMs" | "toMs">,
): Promise<LoggedEvent[]> {
  const { first, last, entries } = await store.readExtent();
  const read: LoggedEvent[] = [];
  let passed = 0;
  for (let after = first; after !== last; ) {
    const { events, reached, done } = await store.readLog({ ...query, after, until: last });
    read.push(...events);
    expect(events.length).toBeLessThanOrEqual(query.limit);
    expect(done).toBeGreaterThan(0);
    passed += done;
    after = reached;
  }
  expect(passed).toBe(entries);
  return read;
}

export function describeLog(name: string, open: OpenScene): void {
  describe(name, () => {
    describe("the log", () => {
      test("has only what arrived in a range, from inclusive, to exclusive", () =>
        withLog(open, async (it) => {
          const read = await readAll(it.store, { limit: 3, fromMs: NOW_MS + 2000, toMs: NOW_MS + 4000 });
          const seconds = read.map(({ event }) => (event.receivedAtMs - NOW_MS) / 1000);
          // A start, and an event of each session, in either second.
          expect(seconds.toSorted()).toEqual([...Array(SESSIONS + 1).fill(2), ...Array(SESSIONS + 1).fill(3)]);
        }));

      test("leaves out what came after the end that was asked for", () =>
        withLog(open, async (it) => {
          const { first, last } = await it.store.readExtent();
          const head = newHead();
          await it.put([opening(head), adding(head, arrivedAt(1, "ping"))]);
          const starts = await it.store.readLog({ after: first, until: last, limit: 1000 });
          const events = await it.store.readLog({ after: starts.reached, until: last, limit: 1000 });
          expect(events.reached).toEqual(last);
          expect([...starts.events, ...events.events].map(({ sid }) => sid)).not.toContain(head.sid);
        }));

      test("of nothing begins where it ends", async () => {
        await using it = await open();
        const { first, last, ...size } = await it.store.readExtent();
        expect([first, size]).toEqual([last, { sessions: 0, entries: 0 }]);
      });

      for (const limit of [1, 3, 100]) {
        test(`has each start and event once in pages of ${limit}`, () =>
          withLog(open, async (it) => {
            const read = await readAll(it.store, { limit });
            expect(read.filter(({ event }) => event.type === "sessionStart")).toHaveLength(SESSIONS);
            const places = read.map(({ sid, event }) => `${sid} ${event.type} ${event.tsMs}`);
            expect(new Set(places).size).toBe(SESSIONS * (1 + PINGS));
            expect(read).toHaveLength(SESSIONS * (1 + PINGS));
          }));
      }
    });
  });
}

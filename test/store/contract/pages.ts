/** Pages of sessions that weigh megabytes: each ends early, and all of them together have everything once. */

import { describe, expect, test } from "bun:test";
import type { LoggedEvent } from "../../../src/store/log.ts";
import { foldsOf, sessionsOf } from "../../../src/store/pages.ts";
import { adding, arrivedAt, closing, newHead, openingWith } from "../writes.ts";
import type { OpenScene, StoreScene } from "./scene.ts";

const SESSIONS = 10;
const TEXT = "x".repeat(2_000_000);
const NO_NUMBERS = { metrics: {}, contentSegment: null, spans: [], playing: [], adBreaks: [], chapters: [] } as const;

/** Stores sessions that say two megabytes at their start, in an event, and in a row of their numbers. */
async function storeHeavy({ store, put }: StoreScene): Promise<number[]> {
  const ids: number[] = [];
  const customMetadata = { text: TEXT };
  for (let at = 0; at < SESSIONS; at += 1) {
    const head = newHead(at);
    await put([openingWith(head, { customMetadata })]);
    await put([adding(head, arrivedAt(1, "ping", { customMetadata }))]);
    await put([closing(head, arrivedAt(30, "sessionEnd"))]);
    const row = { startTsMs: 0, timeSpentMs: 0, completed: true, skipped: false, breakIndex: 1, params: {} };
    const ad = { ...row, errors: 0, abandoned: false, customMetadata };
    const folded = { ...NO_NUMBERS, ads: [ad], states: [], errors: [] };
    await store.saveResults([{ session: head.id, seq: head.seq, definitions: 1, folded } as never], 1);
    ids.push(head.id);
  }
  return ids;
}

/** Reads page after page until one is empty. */
async function pagesOf<T>(read: (last: T | undefined) => Promise<readonly T[]>): Promise<(readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  for (let page = await read(undefined); page.length > 0; page = await read(page.at(-1))) pages.push(page);
  return pages;
}

export function describePages(name: string, open: OpenScene): void {
  describe(`${name}: a page of heavy sessions ends before its limit, and none is missed`, () => {
    test("in lists, changes, and what is read by numbers", async () => {
      await using it = await open();
      const ids = await storeHeavy(it);
      const { store } = it;
      const limit = SESSIONS + 1;
      const all = [
        await pagesOf((last: { id: number; startedAtMs: number } | undefined) =>
          store.listSessions({ first: "oldest", limit, ...(last && { after: last }) }),
        ),
        await pagesOf((last: { id: number } | undefined) => store.listClosed({ afterId: last?.id ?? 0, limit })),
        await pagesOf((last: { id: number; revision: number } | undefined) =>
          store.listChanges({ afterRevision: last?.revision ?? 0, limit }),
        ),
        await Array.fromAsync(sessionsOf(store, [9999, ...ids])),
        (await Array.fromAsync(foldsOf(store, [9999, ...ids]))).map((page) => [...page.keys()].map((id) => ({ id }))),
      ];
      for (const pages of all) {
        expect(pages.flat().map(({ id }) => id)).toEqual(ids);
        expect(pages.length).toBeGreaterThan(1);
      }
    });

    test("in the log", async () => {
      await using it = await open();
      const ids = await storeHeavy(it);
      const { first, last } = await it.store.readExtent();
      const events: LoggedEvent[] = [];
      let after = first;
      for (; after !== last; ) {
        const page = await it.store.readLog({ after, until: last, limit: 500 });
        expect(page.events.length).toBeLessThan(5);
        events.push(...page.events);
        after = page.reached;
      }
      const counts = Object.groupBy(events, ({ event }) => event.type);
      expect(Object.values(counts).map((each) => each?.length)).toEqual([ids.length, ids.length, ids.length]);
    });
  });
}

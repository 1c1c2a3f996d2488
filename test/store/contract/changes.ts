/** The feed of changes and what is read back of a fold: nothing twice, nothing missed, nothing else than was stored. */

import { describe, expect, test } from "bun:test";
import { AppError } from "../../../src/base/errors.ts";
import { recompute } from "../../../src/ingest/recompute.ts";
import { foldSession } from "../../../src/sessions/fold.ts";
import type { Head } from "../../../src/store/journal.ts";
import type { SessionResult } from "../../../src/store/store.ts";
import { adding, arrivedAt, closeAt, closing, newHead, opening, startOf } from "../writes.ts";
import type { OpenScene, StoreScene } from "./scene.ts";

async function within(open: OpenScene, work: (it: StoreScene) => Promise<void>): Promise<void> {
  await using it = await open();
  await work(it);
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
export async function storeClosed(
  it: Pick<StoreScene, "store" | "put">,
): Promise<{ head: Head; result: SessionResult }> {
  const head = newHead();
  await it.put([opening(head), adding(head, ...EVENTS)]);
  await it.put([closing(head, arrivedAt(30, "sessionEnd"))]);
  const events = [startOf(head), ...(await it.store.readEvents(head))];
  return {
    head,
    result: { session: head.id, seq: head.seq, definitions: 1, folded: foldSession(events, { closed: true }) },
  };
}

export function describeChanges(name: string, open: OpenScene): void {
  describe(name, () => {
    describe("changes", () => {
      test("have none of a batch that holds a number which can't be stored, by an error that blames no medium", () =>
        within(open, async (it) => {
          const first = await storeClosed(it);
          const second = await storeClosed(it);
          const spoilt = { ...second.result, definitions: 1.5 };
          const error = await it.store.saveResults([first.result, spoilt], 1).catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(AppError);
          expect(await it.store.listChanges({ afterRevision: 0, limit: 10 })).toEqual([]);
          expect(await it.store.countPending()).toBe(2);
        }));

      test("come in the order in which results were stored, each behind the last", () =>
        within(open, async (it) => {
          const first = await storeClosed(it);
          const second = await storeClosed(it);
          await it.store.saveResults([second.result], 1);
          await it.store.saveResults([first.result], 1);
          const changes = await it.store.listChanges({ afterRevision: 0, limit: 10 });
          expect(changes.map(({ revision, id }) => [revision, id])).toEqual([
            [1, second.head.id],
            [2, first.head.id],
          ]);
          expect(await it.store.listChanges({ afterRevision: 1, limit: 10 })).toHaveLength(1);
          expect(await it.store.listChanges({ afterRevision: 2, limit: 10 })).toEqual([]);
          expect(await it.store.listChanges({ afterRevision: 0, limit: 1 })).toHaveLength(1);
          expect((await it.store.watermark()).revision).toBe(2);
        }));

      test("bring a session that is folded again to the end, even when it was the last one", () =>
        within(open, async (it) => {
          const { head, result } = await storeClosed(it);
          await it.store.saveResults([result], 1);
          await it.store.saveResults([result], 1);
          const changes = await it.store.listChanges({ afterRevision: 1, limit: 10 });
          expect(changes.map(({ revision, id }) => [revision, id])).toEqual([[2, head.id]]);
        }));

      test("stay in their place when a recompute gives the numbers that are stored", () =>
        within(open, async (it) => {
          const { head } = await storeClosed(it);
          const revisionAfter = async () => {
            const { store } = it;
            const calls = { nowMs: () => 1, onProgress: () => {}, isStopped: () => false };
            expect(await recompute({ ...calls, store, dryRun: false })).toMatchObject({
              done: 1,
              changed: 0,
              failed: 0,
            });
            return (await store.watermark()).revision;
          };
          expect([await revisionAfter(), await revisionAfter()]).toEqual([1, 1]);
          await it.put([adding(head, arrivedAt(29, "ping"))]);
          expect([await revisionAfter(), await revisionAfter()]).toEqual([2, 2]);
        }));

      test("carry the session with its close and exactly the numbers of its fold", () =>
        within(open, async (it) => {
          const { head, result } = await storeClosed(it);
          await it.store.saveResults([result], 1);
          const [change] = await it.store.listChanges({ afterRevision: 0, limit: 10 });
          expect(change?.result?.session).toMatchObject({ sid: head.sid, close: { reason: "session-end" } });
          const { timeline: _, watched: __, verdicts: ___, ...kept } = result.folded as ReturnType<typeof foldSession>;
          expect(change?.result?.fold).toEqual({ definitions: 1, ...kept });
          expect(kept.ads).toHaveLength(1);
          expect(kept.errors).toHaveLength(1);
          expect(kept.playing.length).toBeGreaterThan(0);
        }));

      test("are read by a reader beside the writer, which has no way to write", () =>
        within(open, async (it) => {
          const { result } = await storeClosed(it);
          await it.store.saveResults([result], 1);
          const reader = it.openReader();
          expect(await reader.listChanges({ afterRevision: 0, limit: 10 })).toHaveLength(1);
          expect("saveResults" in reader).toBe(false);
          await storeClosed(it).then((second) => it.store.saveResults([second.result], 1));
          expect(await reader.listChanges({ afterRevision: 1, limit: 10 })).toHaveLength(1);
          expect(await reader.watermark()).toEqual(await it.store.watermark());
          await reader.close();
        }));

      test("count the results of a session and date the latest, wherever the session is found", () =>
        within(open, async (it) => {
          const { head, result } = await storeClosed(it);
          expect((await it.store.findSession(head.sid))?.result).toBeUndefined();
          for (const [edition, atMs] of [
            [1, 5000],
            [2, 9000],
          ] as const) {
            await it.store.saveResults([result], atMs);
            const told = { edition, changedAtMs: atMs };
            expect((await it.store.findSession(head.sid))?.result).toMatchObject(told);
            expect((await it.store.listClosed({ afterId: 0, limit: 1 }))[0]?.result).toMatchObject(told);
          }
        }));

      test("of numbers alone tell which of them saw new events, even when the events of a result come later", () =>
        within(open, async (it) => {
          const first = await storeClosed(it);
          const second = await storeClosed(it);
          const id = first.head.id;
          const other = second.head.id;
          const list = (afterRevision: number, limit = 9) => it.store.listSettled({ afterRevision, limit });
          await it.store.saveResults([first.result, second.result], 1);
          expect(await list(0)).toEqual([
            { revision: 1, id, eventsRevision: 1 },
            { revision: 2, id: other, eventsRevision: 2 },
          ]);
          await it.store.saveResults([first.result], 1);
          expect(await list(1)).toEqual([
            { revision: 2, id: other, eventsRevision: 2 },
            { revision: 3, id, eventsRevision: 1 },
          ]);
          await it.put([adding(first.head, arrivedAt(29, "ping"))]);
          // A fold that the event has overtaken.
          await it.store.saveResults([first.result], 1);
          await it.store.saveResults([{ ...first.result, seq: first.head.seq }], 1);
          await it.store.saveResults([{ ...first.result, seq: first.head.seq }], 1);
          expect(await list(2)).toEqual([{ revision: 6, id, eventsRevision: 5 }]);
          expect(await list(0, 1)).toEqual([{ revision: 2, id: other, eventsRevision: 2 }]);
          await it.store.erase([second.head], 1);
          expect(await list(0)).toEqual([{ revision: 6, id, eventsRevision: 5 }]);
        }));

      test("of two stores have different lineages", async () => {
        const lineages = new Set<number>();
        for (let at = 0; at < 3; at += 1) {
          await using it = await open();
          lineages.add((await it.store.watermark()).lineage);
        }
        expect(lineages.size).toBe(3);
      });
    });

    describe("pending sessions", () => {
      test("are given out in turn, so that none keeps others waiting", () =>
        within(open, async (it) => {
          const stored = [await storeClosed(it), await storeClosed(it), await storeClosed(it)];
          const ids = stored.map(({ head }) => head.id);
          expect(await it.store.claimPending(2)).toEqual(ids.slice(0, 2));
          expect(await it.store.claimPending(2)).toEqual(ids.slice(2));
        }));

      test("are counted, whether given out or not, until they are settled", () =>
        within(open, async (it) => {
          const stored = [await storeClosed(it), await storeClosed(it)];
          expect(await it.store.countPending()).toBe(2);
          await it.store.claimPending(1);
          expect(await it.store.countPending()).toBe(2);
          await it.store.saveResults(
            stored.map(({ result }) => result),
            1,
          );
          expect(await it.store.countPending()).toBe(0);
        }));

      test("are pending again after a late event, whose result alone settles them", () =>
        within(open, async (it) => {
          const { head, result } = await storeClosed(it);
          await it.put([adding(head, arrivedAt(29, "ping"))]);
          await it.store.saveResults([result], 1);
          expect(await it.store.claimPending(9)).toEqual([head.id]);
          await it.store.saveResults([{ ...result, seq: head.seq }], 1);
          expect(await it.store.claimPending(9)).toEqual([]);
        }));

      test("are those of an import once it is over, and no others", () =>
        within(open, async (it) => {
          const { result } = await storeClosed(it);
          await it.store.saveResults([result], 1);
          const heads = [newHead(), newHead(), newHead()];
          const end = arrivedAt(9, "sessionEnd");
          const unfinished = true;
          await it.put(heads.map((head) => ({ ...opening(head), close: closeAt(end), unfinished })));
          await it.put(heads.map((head) => ({ ...adding(head, end), unfinished })));
          expect(await it.store.claimPending(9)).toEqual([]);
          const [first, second, third] = heads.map(({ id }) => id) as [number, number, number];
          await it.store.settleImported({ afterId: first, limit: 1 });
          expect(await it.store.claimPending(9)).toEqual([second]);
          await it.store.settleImported({ afterId: 0, limit: third });
          expect(await it.store.claimPending(9)).toEqual([first, second, third]);
        }));

      test("are pending again when another close takes the place of theirs", () =>
        within(open, async (it) => {
          const { head, result } = await storeClosed(it);
          await it.store.saveResults([result], 1);
          const close = { reason: "session-end", closedAtMs: 5, endTsMs: 6 } as const;
          await it.put([{ head, events: [], close }]);
          expect(await it.store.claimPending(9)).toEqual([head.id]);
          expect((await it.store.findSession(head.sid))?.close).toEqual(close);
          expect((await it.store.findSession(head.sid))?.seq).toBe(head.seq);
        }));
    });
  });
}

/** Sessions and events: what goes into a store comes out, one by one, in lists, and as what is open. */

import { describe, expect, test } from "bun:test";
import type { Scalar } from "../../../src/protocol/event.ts";
import type { Head } from "../../../src/store/journal.ts";
import type { ArrivedEvent } from "../../../src/store/store.ts";
import { adding, arrivedAt, asWritten, closeAt, closing, NOW_MS, newHead, opening, startOf } from "../writes.ts";
import { type OpenScene, opened, type StoreScene } from "./scene.ts";

/** As the Chromecast SDK sends it. */
const QOE = {
  "media.qoe.bitrate": 1_500_000,
  "media.qoe.framesPerSecond": 24,
  "media.qoe.droppedFrames": 0,
  "media.qoe.timeToStart": 1,
};

export function describeSessions(name: string, open: OpenScene): void {
  describe(name, () => {
    describe("a session", () => {
      test("reads back as it was opened", async () => {
        await using it = await open();
        const head = newHead();
        const start = startOf(head, {
          params: { "media.id": "Ünï çödé 🎬", "media.length": 60.3333333333333, "media.resume": false },
          qoeData: { "media.qoe.bitrate": 0 },
          customMetadata: { key_1: "" },
          unknownMembers: { extra: true },
          flags: ["unknown-member:extra"],
          tsMs: Number.MIN_SAFE_INTEGER,
          playheadMs: Number.MAX_SAFE_INTEGER,
        });
        await it.put([{ head, start: asWritten(start), events: [] }]);
        await it.reopen();
        expect(await it.store.findSession(head.sid)).toEqual({
          id: 1,
          sid: head.sid,
          startedAtMs: NOW_MS,
          downloaded: false,
          start,
          ...(it.knowsOpenEnds && { seq: 0 }),
        });
      });

      test("reads back closed with its reason, its times and its latest event", async () => {
        await using it = await open();
        const [head] = (await opened(it)) as [Head];
        const end = arrivedAt(9, "sessionEnd");
        await it.put([closing(head, end)]);
        await it.reopen();
        expect(await it.store.findSession(head.sid)).toMatchObject({
          close: closeAt(end),
          seq: 1,
          size: { events: head.events, bytes: head.bytes },
        });
        expect(head).toMatchObject({ events: 2, bytes: asWritten(startOf(head)).text.bytes });
        expect((await it.store.listOpen()).ends).toEqual([]);
      });

      test("that was never opened is not found", async () => {
        await using it = await open();
        await opened(it);
        expect(await it.store.findSession(newHead().sid)).toBeUndefined();
      });

      test("stored as downloaded content is whole in one write", async () => {
        await using it = await open();
        const head = newHead();
        const events = [arrivedAt(1, "play"), arrivedAt(2, "sessionEnd")];
        const close = { ...closeAt(arrivedAt(2, "sessionEnd")), reason: "downloaded" as const };
        await it.put([{ ...opening(head), downloaded: true, events: events.map(asWritten), close }]);
        const stored = await it.store.findSession(head.sid);
        expect(stored).toMatchObject({ downloaded: true, close, seq: 2 });
        expect(await it.store.readEvents({ id: head.id, seq: stored?.seq ?? 0 })).toEqual(events);
      });
    });

    describe("events", () => {
      const FLAGS_IN_TURN = [["ts-rounded"], [], [], []];

      test("of interleaved sessions read back by session in order of arrival", async () => {
        await using it = await open();
        const heads = await opened(it, 7);
        const expected = new Map<Head, ArrivedEvent[]>(heads.map((head) => [head, []]));
        for (let i = 0; i < 300; i += 1) {
          const event = arrivedAt(i, "ping", { flags: FLAGS_IN_TURN[i % FLAGS_IN_TURN.length] ?? [] });
          const spoken = heads.filter((_, index) => (i * 31 + index * 7) % 5 > 1);
          for (const head of spoken) expected.get(head)?.push(event);
          await it.put(spoken.map((head) => adding(head, event)));
        }
        await it.reopen();
        for (const [head, events] of expected) {
          expect(events.length).toBeGreaterThan(50);
          expect(await it.store.readEvents(head)).toEqual(events);
        }
      });

      test("are none for a session with a start alone", async () => {
        await using it = await open();
        const [head] = (await opened(it)) as [Head];
        expect(head.seq).toBe(0);
        expect(await it.store.readEvents(head)).toEqual([]);
      });

      test("behind a close are found without a head", async () => {
        await using it = await open();
        const [head] = (await opened(it)) as [Head];
        const end = arrivedAt(9, "sessionEnd");
        const late = arrivedAt(8, "adSkip");
        await it.put([closing(head, end), adding(head, late)]);
        await it.reopen();
        const stored = await it.store.findSession(head.sid);
        expect(await it.store.readEvents({ id: head.id, seq: stored?.seq ?? 0 })).toEqual([end, late]);
      });

      test("read back with quality data as it was sent, under any keys", async () => {
        await using it = await open();
        const [head] = (await opened(it)) as [Head];
        const sent: readonly Record<string, Scalar>[] = [
          QOE,
          { "media.qoe.startupTime": 0.5, "media.qoe.unheardOf": "x", other: true },
        ];
        await it.put([adding(head, ...sent.map((qoeData, at) => arrivedAt(at + 1, "ping", { qoeData })))]);
        const read = await it.store.readEvents(head);
        expect(read.map(({ qoeData }) => qoeData)).toEqual([...sent]);
        expect(JSON.stringify(read[0]?.qoeData)).toBe(JSON.stringify(QOE));
      });
    });

    describe("the list of sessions", () => {
      async function dated(it: StoreScene, ...startedAtMs: number[]): Promise<Head[]> {
        const heads = startedAtMs.map((ms) => newHead(ms));
        await it.put(heads.map(opening));
        return heads;
      }
      const sids = (sessions: readonly { sid: string }[]) => sessions.map(({ sid }) => sid);

      test("is newest first, by number where two began in one millisecond", async () => {
        await using it = await open();
        const [a, b, c, d] = (await dated(it, 20, 10, 20, 30)) as [Head, Head, Head, Head];
        expect(sids(await it.store.listSessions({ limit: 9 }))).toEqual(sids([d, c, a, b]));
        expect(sids(await it.store.getSessions([4, 1, 2, 99]))).toEqual(sids([d, a, b]));
      });

      test("is paged by key without a gap or a repetition", async () => {
        await using it = await open();
        const heads = await dated(it, ...Array.from({ length: 25 }, (_, i) => Math.floor(i / 4)));
        const seen: string[] = [];
        let page = await it.store.listSessions({ limit: 3 });
        while (page.length > 0) {
          seen.push(...sids(page));
          const last = page.at(-1);
          page = await it.store.listSessions({ limit: 3, ...(last && { after: last }) });
        }
        expect(seen).toEqual(sids(heads).toReversed());
      });

      test("takes its range from the first instant to before the second", async () => {
        await using it = await open();
        const [, b, c] = (await dated(it, 10, 20, 30, 40)) as [Head, Head, Head, Head];
        expect(sids(await it.store.listSessions({ fromMs: 20, toMs: 40, limit: 9 }))).toEqual(sids([c, b]));
      });

      test("shows closed sessions alone when it is asked to", async () => {
        await using it = await open();
        const [, b] = (await dated(it, 10, 20, 30)) as [Head, Head, Head];
        await it.put([closing(b, arrivedAt(1, "sessionEnd"))]);
        expect(sids(await it.store.listSessions({ closedOnly: true, limit: 9 }))).toEqual([b.sid]);
      });

      test("begins with the oldest when it is asked to, up to a number, and is counted alike", async () => {
        await using it = await open();
        const before = await dated(it, ...Array.from({ length: 7 }, (_, at) => NOW_MS + at * 1000));
        const later = await dated(it, ...Array.from({ length: 20 }, (_, at) => NOW_MS + (at % 3) * 1000));
        const range = {
          first: "oldest",
          untilId: later.at(-1)?.id,
          fromMs: NOW_MS + 1000,
          toMs: NOW_MS + 3000,
        } as const;
        const seen: number[] = [];
        for (let page = await it.store.listSessions({ ...range, limit: 3 }); page.length > 0; ) {
          seen.push(...page.map(({ id }) => id));
          page = await it.store.listSessions({ ...range, limit: 3, after: page.at(-1) });
        }
        const whole = await it.store.listSessions({ ...range, limit: 100 });
        expect(seen).toEqual(whole.map(({ id }) => id));
        expect(whole.map(({ startedAtMs }) => startedAtMs)).toEqual(whole.map((each) => each.startedAtMs).toSorted());
        expect(await it.store.countSessions(range)).toBe(seen.length);
        expect(await it.store.countSessions({ ...range, untilId: before.at(-1)?.id })).toBe(2);
      });
    });

    describe("open sessions", () => {
      test("are all of them with their latest events, then those that began or went on behind a place", async () => {
        await using it = await open();
        const [closed, first] = (await opened(it, 2)) as [Head, Head];
        await it.put([closing(closed, arrivedAt(1, "sessionEnd")), adding(first, arrivedAt(1, "play"))]);
        const all = await it.store.listOpen();
        expect(all.ends).toEqual([{ id: first.id, seq: first.seq }]);
        const second = newHead();
        await it.put([opening(second), adding(first, arrivedAt(2, "ping"), arrivedAt(3, "ping"))]);
        const next = await it.store.listOpen(all.cursor);
        expect(next.ends.toSorted((a, b) => a.id - b.id)).toEqual([
          { id: first.id, seq: first.seq },
          { id: second.id, seq: 0 },
        ]);
        expect(await it.store.listOpen(next.cursor)).toEqual({ ends: [], cursor: next.cursor });
      });

      test("are known by their numbers to a reader, which sees how far the log is now", async () => {
        await using it = await open();
        const reader = it.openReader();
        expect(await reader.knows(1)).toBe(false);
        const [head] = (await opened(it)) as [Head];
        expect([await reader.knows(head.id), await reader.knows(head.id + 1)]).toEqual([true, false]);
        expect(await reader.readExtent()).toEqual(await it.store.readExtent());
        await reader.close();
      });
    });
  });
}

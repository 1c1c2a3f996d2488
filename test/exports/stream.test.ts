/** Exports over a real file: what went in comes out, once, whatever the range, and while others write. */

import { describe, expect, test } from "bun:test";
import { keyedHash } from "../../src/base/keyed-hash.ts";
import { nextTurn } from "../../src/base/turn.ts";
import { EXPORTS } from "../../src/exports/catalogue.ts";
import { EXPORT_FORMATS, EXPORT_KINDS } from "../../src/exports/query.ts";
import { exportStream } from "../../src/exports/stream.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import type { ArrivedEvent } from "../../src/store/store.ts";
import { arrivedAt, closing, NOW_MS, newHead, opening } from "../store/writes.ts";
import { addNasty, linesOf, storedScene } from "./stored.ts";

/** An event as its line must show it. */
function lineOf(key: Uint8Array, sid: string, seq: number, event: ArrivedEvent, session: object | null = null) {
  return {
    sid,
    sidHash: keyedHash(key, "sid", sid),
    seq,
    type: event.type,
    ts: event.tsMs,
    playhead: event.playheadMs / 1000,
    receivedAt: event.receivedAtMs,
    params: event.params ?? null,
    qoeData: event.qoeData ?? null,
    customMetadata: event.customMetadata ?? null,
    unknownMembers: event.unknownMembers ?? null,
    flags: event.flags,
    requestId: event.requestId ?? null,
    xdm: event.xdm ?? null,
    derived: event.derived ?? null,
    session,
  };
}

/** What a start's line says of its session, which a `sessionEnd` has closed, or nothing yet. */
function sessionOf([start, ...events]: readonly ArrivedEvent[]) {
  const end = events.find(({ type }) => type === "sessionEnd");
  return {
    startedAt: start?.receivedAtMs,
    downloaded: false,
    closedAt: end?.receivedAtMs ?? null,
    closeReason: end ? "session-end" : null,
    endTs: end?.tsMs ?? null,
  };
}

describe("events", () => {
  test("come out exactly as they went in: starts first, then the rest in order of arrival", async () => {
    await using scene = storedScene();
    await addNasty(scene);
    const sessions = [...scene.said];
    const key = await scene.store.hashKey();
    const starts = sessions.map(([sid, events]) => lineOf(key, sid, 0, events[0] as ArrivedEvent, sessionOf(events)));
    const rest = sessions.flatMap(([sid, [, ...events]]) => events.map((event) => ({ sid, event })));
    const lines = await scene.documents({ kind: "events" });
    expect(lines).toEqual([...starts, ...rest.map(({ sid, event }, at) => lineOf(key, sid, at + 1, event))]);
  });

  test("exported day by day are all there once, though clocks jump and downloads bring old sessions", async () => {
    await using scene = storedScene();
    const dayMs = 86_400_000;
    const arrivals = [0, 5, 1, 3, 2, 2, 0, 4].map((day) => NOW_MS + day * dayMs);
    for (const [at, receivedAtMs] of arrivals.entries()) {
      const event = { ...arrivedAt(at, "ping"), receivedAtMs: arrivals.at(-1 - at) ?? 0 };
      await scene.add([event], { startedAtMs: receivedAtMs, open: true });
    }
    const whole = await scene.documents({ kind: "events" });
    expect(whole).toHaveLength(16);
    const days = Array.from({ length: 6 }, (_, day) => ({
      from: String(NOW_MS + day * dayMs),
      to: String(NOW_MS + (day + 1) * dayMs),
    }));
    const byDay = await Promise.all(days.map((range) => scene.documents({ kind: "events", ...range })));
    const key = ({ sid, seq }: { sid: string; seq: number }) => `${sid} ${seq}`;
    expect(byDay.flat().map(key).toSorted()).toEqual(whole.map(key).toSorted());
    for (const [day, events] of byDay.entries()) {
      expect(events.length).toBeGreaterThan(0);
      for (const { receivedAt } of events) expect(Math.floor((receivedAt - NOW_MS) / dayMs)).toBe(day);
    }
  });
});

describe("sessions", () => {
  test("carry their start as it was sent and the numbers of their fold, open ones too", async () => {
    await using scene = storedScene();
    await addNasty(scene);
    const lines = await scene.documents({ kind: "sessions" });
    expect(lines.map(({ sid }) => sid)).toEqual([...scene.said.keys()]);
    for (const { sid, status, ...line } of lines) {
      const events = scene.said.get(sid) ?? [];
      const [start] = events;
      const closed = events.at(-1)?.type === "sessionEnd";
      const { metrics, contentSegment } = foldSession(events, { closed });
      expect([status, line.closeReason]).toEqual(closed ? ["closed", "session-end"] : ["open", null]);
      expect(line).toMatchObject({ metrics, contentSegment, startedAt: start?.receivedAtMs, ts: start?.tsMs });
      expect([line.params, line.customMetadata]).toEqual([start?.params, start?.customMetadata]);
    }
  });

  test("take the range by their start, from inclusive, to exclusive, the oldest first", async () => {
    await using scene = storedScene();
    for (const second of [3, 0, 1, 2, 2]) await scene.add([], { startedAtMs: NOW_MS + second * 1000 });
    const range = { from: String(NOW_MS + 1000), to: new Date(NOW_MS + 3000).toISOString() };
    const lines = await scene.documents({ kind: "sessions", ...range });
    expect(lines.map(({ startedAt }) => (startedAt - NOW_MS) / 1000)).toEqual([1, 2, 2]);
  });

  test("whose numbers are not stored yet have them all the same", async () => {
    await using scene = storedScene();
    await scene.add([arrivedAt(1, "play"), arrivedAt(31, "ping")]);
    const [line] = await scene.documents({ kind: "sessions" });
    expect(line.metrics).toMatchObject({ contentStarts: 1, mediaStarts: 1 });
    expect(line.metrics.contentTimeSpent).toBeGreaterThan(29);
  });
});

describe("rows", () => {
  test("are those of the folds, in order, of open sessions too", async () => {
    await using scene = storedScene();
    await addNasty(scene);
    const folds = [...scene.said].map(([sid, events]) => {
      return { sid, fold: foldSession(events, { closed: events.at(-1)?.type === "sessionEnd" }) };
    });
    const expected = {
      ads: folds.flatMap(({ sid, fold }) =>
        fold.ads.map((row, at) => ({
          sid,
          ordinal: at + 1,
          breakIndex: row.breakIndex,
          startTs: row.startTsMs,
          timeSpent: row.timeSpentMs / 1000,
          completed: row.completed,
          skipped: row.skipped,
          params: row.params,
          customMetadata: row.customMetadata,
        })),
      ),
      adBreaks: folds.flatMap(({ sid, fold }) =>
        fold.adBreaks.map((row) => ({ sid, ordinal: row.index, adCount: row.adCount, params: row.params })),
      ),
      chapters: folds.flatMap(({ sid, fold }) => fold.chapters.map(({ params }) => ({ sid, ordinal: 1, params }))),
      states: folds.flatMap(({ sid, fold }) =>
        fold.states.map(({ name, count, durationMs }) => ({ sid, name, count, totalDuration: durationMs / 1000 })),
      ),
      errors: folds.flatMap(({ sid, fold }) =>
        fold.errors.map(({ tsMs, playheadMs, id, source }) => {
          return { sid, ordinal: 1, ts: tsMs, playhead: playheadMs / 1000, id, source };
        }),
      ),
    };
    for (const [kind, rows] of Object.entries(expected)) {
      const lines = await scene.documents({ kind });
      expect(lines).toHaveLength(rows.length);
      expect(rows.length).toBe(scene.said.size);
      for (const [at, row] of rows.entries()) expect(lines[at]).toMatchObject(row);
    }
  });
});

describe("an export", () => {
  test("while others write holds each earlier session and event once, and no later ones", async () => {
    await using scene = storedScene();
    for (let count = 0; count < 250; count += 1) {
      await scene.add([arrivedAt(1, "play"), arrivedAt(2, "ping")], { startedAtMs: NOW_MS + count });
    }
    for (const kind of ["sessions", "events"] as const) {
      const before = [...scene.said.keys()];
      const chunks: Uint8Array[] = [];
      let written = 0;
      const write = async () => {
        // One before and one after every page, and one that closes at once.
        for (const startedAtMs of [0, NOW_MS + 1_000_000]) {
          await scene.add([arrivedAt(1, "ping")], { startedAtMs: startedAtMs + written, open: startedAtMs === 0 });
          written += 1;
        }
      };
      const pages: Promise<void>[] = [];
      const stream = exportStream({
        store: scene.store,
        query: { kind, format: "ndjson", gzip: false },
        openScratch: () => {
          throw new Error("Text needs no files");
        },
        onProgress: () => void pages.push(write()),
      });
      for await (const chunk of stream) chunks.push(chunk);
      await Promise.all(pages);
      expect(written).toBeGreaterThan(2);
      const lines = linesOf(Buffer.concat(chunks));
      const of = (sid: string) => (kind === "sessions" ? 1 : (scene.said.get(sid)?.length ?? 0));
      expect(lines).toHaveLength(before.reduce((sum, sid) => sum + of(sid), 0));
      expect(new Set(lines.map(({ sid }) => sid))).toEqual(new Set(before));
    }
  });

  test("of a session that closes while it is exported has it once, with all its events", async () => {
    await using scene = storedScene();
    const heads = Array.from({ length: 150 }, (_, at) => newHead(NOW_MS + at));
    await scene.store.append(heads.map(opening));
    let closed = false;
    const chunks: Uint8Array[] = [];
    const stream = exportStream({
      store: scene.store,
      query: { kind: "sessions", format: "ndjson", gzip: false },
      openScratch: () => {
        throw new Error("Text needs no files");
      },
      onProgress: () => {
        if (!closed) void scene.store.append(heads.map((head) => closing(head, arrivedAt(1, "sessionEnd"))));
        closed = true;
      },
    });
    for await (const chunk of stream) chunks.push(chunk);
    const statuses = linesOf(Buffer.concat(chunks)).map(({ status }) => status);
    expect(statuses).toEqual([...Array(100).fill("open"), ...Array(50).fill("closed")]);
  });

  test("reads only on demand, and leaves no file when its reader goes away", async () => {
    await using scene = storedScene();
    for (let count = 0; count < 300; count += 1) await scene.add([]);
    let pages = 0;
    const stream = exportStream({
      store: scene.store,
      query: { kind: "sessions", format: "ndjson", gzip: false },
      openScratch: () => {
        throw new Error("Text needs no files");
      },
      onProgress: () => {
        pages += 1;
      },
    });
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(pages).toBe(0);
    await stream.next();
    const asked = pages;
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(pages).toBe(asked);
    expect(asked).toBeLessThan(3);
    await stream.return();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  for (const format of ["ndjson", "csv", "parquet"] as const) {
    test(`as ${format} ends with the signal's reason when it is aborted`, async () => {
      await using scene = storedScene();
      for (let count = 0; count < 300; count += 1) await scene.add([]);
      const leaving = new AbortController();
      const aborted = scene.bytes(
        { kind: "sessions", format },
        { signal: leaving.signal, onProgress: () => leaving.abort(new Error("gone")) },
      );
      await expect(aborted).rejects.toThrow("gone");
    });

    if (EXPORT_FORMATS[format].compressed) continue;
    test(`as ${format} is the same bytes inside gzip`, async () => {
      await using scene = storedScene();
      await addNasty(scene);
      const plain = await scene.bytes({ kind: "events", format });
      expect(Bun.gunzipSync(await scene.bytes({ kind: "events", format, gzip: true }))).toEqual(plain);
    });
  }

  test("as gzip passes errors on, and ends its source when the reader goes away", async () => {
    await using scene = storedScene();
    for (let count = 0; count < 300; count += 1) await scene.add([]);
    const leaving = new AbortController();
    const aborted = scene.bytes(
      { kind: "sessions", gzip: true },
      { signal: leaving.signal, onProgress: () => leaving.abort(new Error("gone")) },
    );
    await expect(aborted).rejects.toThrow("gone");
  });

  for (const kind of EXPORT_KINDS) {
    test(`of no ${kind} is empty in ndjson, and a line of names in csv`, async () => {
      await using scene = storedScene();
      expect(await scene.documents({ kind })).toEqual([]);
      const [head, ...rest] = Buffer.from(await scene.bytes({ kind, format: "csv" }))
        .toString()
        .split("\r\n");
      expect(head?.split(",")).toEqual(EXPORTS[kind].columns.map(({ name }) => name));
      expect(rest).toEqual([""]);
    });

    test(`of ${kind} has columns of different names`, () => {
      const names = EXPORTS[kind].columns.map(({ name }) => name.toLowerCase());
      expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    });
  }
});

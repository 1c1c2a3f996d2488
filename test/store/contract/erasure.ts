/** Taking sessions, or their events, out of a store: what is found no more, and what followers are told. */

import { describe, expect, test } from "bun:test";
import { keyedHash } from "../../../src/base/keyed-hash.ts";
import { DAY_MS } from "../../../src/base/units.ts";
import { foldSession } from "../../../src/sessions/fold.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { adding, arrivedAt, closing, NOW_MS, newHead, opening, openingWith } from "../writes.ts";
import type { OpenScene, StoreScene } from "./scene.ts";

type Arranged = Pick<StoreScene, "store" | "put">;

const never = () => false;

/** Stores an open session with so many events. */
export async function storeOpen(it: Arranged, events = 3) {
  const head = newHead();
  const pings = Array.from({ length: events }, (_, second) => arrivedAt(second + 1, "ping"));
  await it.put([opening(head), adding(head, ...pings)]);
  return head;
}

/** Stores a session that closed so many seconds after its start. */
export async function storeClosed(it: Arranged, closedAt = 30) {
  const head = await storeOpen(it);
  await it.put([closing(head, arrivedAt(closedAt, "sessionEnd"))]);
  return head;
}

/** Stores some numbers of sessions, which are not what their events say. */
export async function settle(it: Arranged, heads: readonly { id: number; seq: number }[]) {
  const folded = foldSession([arrivedAt(0, "sessionStart")], { closed: true });
  await it.store.saveResults(
    heads.map(({ id, seq }) => ({ session: id, seq, definitions: 1, folded })),
    1,
  );
}

/** Every session of a visitor, a page at a time. */
export async function findAll(store: StoreReader, visitorId: string, limit = 1000): Promise<number[]> {
  const found: number[] = [];
  for (let afterId = 0; ; ) {
    const { ids, lastId } = await store.findVisitor({ visitorId, afterId, limit });
    found.push(...ids);
    if (lastId === undefined) return found;
    afterId = lastId;
  }
}

export function describeErasure(name: string, open: OpenScene): void {
  describe(name, () => {
    describe("an erasure", () => {
      test("counts what there was: repeated, nothing", async () => {
        await using it = await open();
        const head = await storeOpen(it);
        const other = await storeOpen(it);
        expect(await it.store.erase([head], 1)).toBe(1);
        expect(await it.store.erase([head, other], 2)).toBe(1);
        expect(await it.store.erase([head, other, { id: 99, seq: 0 }], 3)).toBe(0);
        expect((await it.store.listChanges({ afterRevision: 0, limit: 10 })).map(({ id }) => id)).toEqual([
          head.id,
          other.id,
        ]);
      });

      test("is a change behind the numbers that it takes away", async () => {
        await using it = await open();
        const head = await storeClosed(it);
        const other = await storeClosed(it);
        await settle(it, [head, other]);
        const { revision } = await it.store.watermark();
        await it.store.erase([head], 1);
        expect(await it.store.listChanges({ afterRevision: revision, limit: 10 })).toEqual([
          { revision: revision + 1, id: head.id },
        ]);
        expect(await it.store.listChanges({ afterRevision: 0, limit: 10 })).toMatchObject([
          { id: other.id, result: {} },
          { id: head.id },
        ]);
      });
    });

    describe("a sid that a person had erased", () => {
      async function eraseTwo(it: StoreScene) {
        const heads = [await storeOpen(it), await storeClosed(it), await storeOpen(it)] as const;
        await it.store.erase([heads[0]], 5 * DAY_MS, "visitor");
        await it.store.erase([heads[1]], 6 * DAY_MS, "session");
        await it.store.erase([heads[2]], 7 * DAY_MS);
        return heads;
      }

      test("is found, and told as its hash; one that retention deleted is not", async () => {
        await using it = await open();
        const [first, second, old] = await eraseTwo(it);
        const unknown = newHead().sid;
        const key = await it.store.hashKey();
        const found = await it.store.findErased([unknown, second.sid, old.sid, first.sid]);
        expect(found).toEqual(new Set([second.sid, first.sid]));
        expect(await it.store.findErased([])).toEqual(new Set());
        const told = [
          { revision: 1, hash: keyedHash(key, "sid", first.sid), reason: "visitor" as const, erasedAtMs: 5 * DAY_MS },
          { revision: 2, hash: keyedHash(key, "sid", second.sid), reason: "session" as const, erasedAtMs: 6 * DAY_MS },
        ];
        expect(await it.store.listErased({ afterRevision: 0, limit: 10 })).toEqual(told);
        expect(await it.store.listErased({ afterRevision: 0, limit: 1 })).toEqual(told.slice(0, 1));
        expect(await it.store.listErased({ afterRevision: 1, limit: 10 })).toEqual(told.slice(1));
        const reader = it.openReader();
        expect(await reader.findErased([first.sid])).toEqual(new Set([first.sid]));
        await reader.close();
      });

      test("is found among thousands", async () => {
        await using it = await open();
        const head = await storeOpen(it);
        await it.store.erase([head], 1, "visitor");
        const sids = Array.from({ length: 5000 }, () => newHead().sid);
        expect(await it.store.findErased([...sids, head.sid])).toEqual(new Set([head.sid]));
      });

      test("is forgotten after a while, and a follower that is behind can tell", async () => {
        await using it = await open();
        const [first, second] = await eraseTwo(it);
        expect(await it.store.pruneErased({ beforeMs: 5 * DAY_MS, limit: 10 })).toBe(0);
        expect((await it.store.watermark()).prunedErasedRevision).toBe(0);
        expect(await it.store.pruneErased({ beforeMs: 6 * DAY_MS, limit: 10 })).toBe(1);
        expect((await it.store.watermark()).prunedErasedRevision).toBe(1);
        expect(await it.store.findErased([first.sid, second.sid])).toEqual(new Set([second.sid]));
      });
    });

    describe("an old erasure", () => {
      test("is forgotten, and a follower that is behind can tell", async () => {
        await using it = await open();
        const heads = [await storeOpen(it), await storeOpen(it), await storeOpen(it)];
        for (const [at, head] of heads.entries()) await it.store.erase([head], at * DAY_MS);
        const old = { beforeMs: 2 * DAY_MS, limit: 10 };
        expect(await it.store.pruneErasures(old)).toBe(0);
        while (await it.store.removeRemains(never));
        expect(await it.store.pruneErasures({ ...old, limit: 1 })).toBe(1);
        expect((await it.store.watermark()).prunedRevision).toBe(1);
        expect(await it.store.pruneErasures(old)).toBe(1);
        expect(await it.store.pruneErasures(old)).toBe(0);
        expect(await it.store.watermark()).toMatchObject({ revision: 3, prunedRevision: 2 });
        expect(await it.store.listChanges({ afterRevision: 2, limit: 10 })).toEqual([{ revision: 3, id: 3 }]);
      });
    });

    describe("trimming", () => {
      test("is known to those that count and list closed sessions", async () => {
        await using it = await open();
        const heads = [await storeClosed(it, 30), await storeClosed(it, 90)];
        await settle(it, heads);
        await it.store.trim({ beforeMs: NOW_MS + 60_000, limit: 10 });
        const listed = async (trimmed: boolean) =>
          (await it.store.listClosed({ afterId: 0, trimmed, limit: 10 })).map(({ id }) => id);
        expect([await listed(true), await listed(false)]).toEqual([[1], [2]]);
        expect(await it.store.countClosed({ trimmed: true })).toBe(1);
        expect(await it.store.countClosed({ trimmed: false })).toBe(1);
        expect(await it.store.countClosed({})).toBe(2);
      });
    });

    describe("expired sessions", () => {
      test("are the closed ones that started before then, the oldest first", async () => {
        await using it = await open();
        const started: number[] = [];
        for (const [offset, closes] of [
          [5, true],
          [1, true],
          [2, false],
          [9, true],
          [3, true],
        ] as const) {
          const head = newHead(NOW_MS + offset);
          await it.put([opening(head)]);
          if (closes) await it.put([closing(head, arrivedAt(30, "sessionEnd"))]);
          started.push(head.id);
        }
        const expected = [started[1], started[4], started[0]] as number[];
        expect(await it.store.listExpired({ beforeMs: NOW_MS + 9, limit: 10 })).toEqual(expected);
        expect(await it.store.listExpired({ beforeMs: NOW_MS + 9, limit: 2 })).toEqual(expected.slice(0, 2));
      });
    });

    describe("a search for a visitor", () => {
      async function storeStart(it: StoreScene, params: object): Promise<number> {
        const head = newHead();
        await it.put([openingWith(head, { params: { ...REQUIRED_PARAMS, ...params } })]);
        return head.id;
      }

      const ids = [
        "plain",
        'with "quotes"',
        "per%cent %25",
        "back\\slash",
        "Ünï çödé 🎬",
        "tab\tand\nline",
        "\u2028",
        "\u007f",
        "{}",
        "' OR 1=1 --",
      ];
      for (const id of ids) {
        test(`finds ${JSON.stringify(id)} in any key, and not what merely resembles it`, async () => {
          await using it = await open();
          const own = [
            await storeStart(it, { "analytics.visitorId": id }),
            await storeStart(it, { "visitor.customerIDs": { login: { id: "x" }, crm: { id, authState: 1 } } }),
            await storeStart(it, { appInstallationId: id, "analytics.aid": id }),
          ];
          for (const other of [`${id}x`, `x${id}`, id.slice(1), id.toUpperCase() + id]) {
            await storeStart(it, { "analytics.visitorId": other });
          }
          await storeStart(it, { "media.name": id, "media.id": id });
          await storeStart(it, { "visitor.customerIDs": { [id]: { id: "x" } } });
          expect(await findAll(it.store, id)).toEqual(own);
        });
      }

      test("can be made by a reader", async () => {
        await using it = await open();
        const id = await storeStart(it, { "analytics.aid": "v" });
        const reader = it.openReader();
        expect(await findAll(reader, "v")).toEqual([id]);
        await reader.close();
      });
    });
  });
}

/** Openings: stored with their sessions, found by their keys, gone with their sessions or by age. */

import { describe, expect, test } from "bun:test";
import { DAY_MS } from "../../../src/base/units.ts";
import type { Write } from "../../../src/store/journal.ts";
import type { OpeningKey } from "../../../src/store/opening.ts";
import { NOW_MS, newHead, opening } from "../writes.ts";
import type { OpenScene } from "./scene.ts";

/** The write that opens a session, known by a key. */
function known(atMs: number, known: Partial<OpeningKey> = {}): Write {
  return { ...opening(newHead(atMs)), opening: { rule: "key", key: "a", request: "r", ...known } };
}

export function describeOpenings(name: string, open: OpenScene): void {
  describe(name, () => {
    describe("an opening", () => {
      test("is found by its key, the newest first, even after a restart", async () => {
        await using it = await open();
        const writes = [known(NOW_MS), known(NOW_MS + 1, { request: "s" }), known(NOW_MS + 2, { key: "b" })];
        await it.put(writes);
        const found = { sid: writes[1]?.head.sid ?? "", request: "s", atMs: NOW_MS + 1 };
        expect(await it.store.findOpening("a")).toEqual(found);
        await it.reopen();
        expect(await it.store.findOpening("a")).toEqual(found);
        expect(await it.store.findOpening("c")).toBeUndefined();
      });

      test("is stored with its session or not at all", async () => {
        await using it = await open();
        const write = known(NOW_MS);
        const taken = known(NOW_MS);
        Object.assign(taken.head, { sid: write.head.sid });
        await expect(it.put([write, taken])).rejects.toThrow();
        expect(await it.store.findOpening("a")).toBeUndefined();
        expect(await it.store.findSession(write.head.sid)).toBeUndefined();
      });

      test("is gone with its session, whatever its rule", async () => {
        await using it = await open();
        const writes = [known(NOW_MS), known(NOW_MS, { rule: "array", key: "b" }), known(NOW_MS, { rule: "body" })];
        await it.put(writes);
        await it.store.erase(
          writes.map(({ head }) => head),
          1,
        );
        expect(await it.store.findOpening("a")).toBeUndefined();
        for (const rule of ["key", "array", "body"] as const) {
          expect(await it.store.forgetOpenings({ rule, fromMs: NOW_MS + 1, toMs: NOW_MS + 2, limit: 9 })).toBe(0);
        }
      });
    });

    describe("old openings", () => {
      const forget = { rule: "key", fromMs: NOW_MS, toMs: NOW_MS + DAY_MS, limit: 2 } as const;

      test("are forgotten in slices, each rule's by itself", async () => {
        await using it = await open();
        await it.put([-3, -2, -1, 0].map((ms) => known(NOW_MS + ms, { key: `k${ms}` })));
        await it.put([known(NOW_MS - 9, { rule: "array", key: "array" })]);
        expect(await it.store.forgetOpenings(forget)).toBe(2);
        expect(await it.store.forgetOpenings(forget)).toBe(1);
        expect(await it.store.forgetOpenings(forget)).toBe(0);
        expect(await it.store.findOpening("k-1")).toBeUndefined();
        expect(await it.store.findOpening("k0")).toBeDefined();
        expect(await it.store.findOpening("array")).toBeDefined();
      });

      test("don't stay behind one of a wrong clock", async () => {
        await using it = await open();
        await it.put([known(NOW_MS + 400 * DAY_MS, { key: "future" }), known(NOW_MS - 1), known(NOW_MS, { key: "b" })]);
        expect(await it.store.forgetOpenings(forget)).toBe(2);
        expect(await it.store.findOpening("future")).toBeUndefined();
        expect(await it.store.findOpening("a")).toBeUndefined();
        expect(await it.store.findOpening("b")).toBeDefined();
      });
    });
  });
}

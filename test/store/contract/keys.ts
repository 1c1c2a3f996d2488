/** The key for keyed hashes: one for each store, for as long as there is one. */

import { describe, expect, test } from "bun:test";
import type { OpenScene } from "./scene.ts";

export function describeKeys(name: string, open: OpenScene): void {
  describe(name, () => {
    test("has a hash key of 32 bytes, which a restart keeps and a reader finds", async () => {
      await using it = await open();
      const key = await it.store.hashKey();
      expect(key).toHaveLength(32);
      const reader = it.openReader();
      expect(await reader.hashKey()).toEqual(key);
      await reader.close();
      await it.reopen();
      expect(await it.store.hashKey()).toEqual(key);
    });

    test("has another hash key than other stores", async () => {
      const keys = new Set<string>();
      for (let at = 0; at < 3; at += 1) {
        await using it = await open();
        keys.add((await it.store.hashKey()).toHex());
      }
      expect(keys.size).toBe(3);
    });
  });
}

/** Named tokens: kept by name, found by hash, bounded in number. */

import { describe, expect, test } from "bun:test";
import { type NamedToken, TOKENS_MAX } from "../../../src/store/token.ts";
import { NOW_MS } from "../writes.ts";
import type { OpenScene } from "./scene.ts";

function tokenOf(name: string, more: Partial<NamedToken> = {}): NamedToken {
  return { name, hash: `hash of ${name}`, readOnly: false, createdAtMs: NOW_MS, ...more };
}

export function describeTokens(name: string, open: OpenScene): void {
  describe(name, () => {
    describe("a named token", () => {
      test("reads back as it was added, by hash and in order of names, even in a reader and after a restart", async () => {
        await using it = await open();
        const tokens = [tokenOf("a", { readOnly: true, reportSuite: "suite", channel: "Sports" }), tokenOf("b")];
        for (const token of tokens.toReversed()) expect(await it.store.addToken(token)).toBe("added");
        const reader = it.openReader();
        expect(await reader.listTokens()).toEqual(tokens);
        await reader.close();
        await it.reopen();
        expect(await it.store.listTokens()).toEqual(tokens);
        for (const token of tokens) expect(await it.store.findToken(token.hash)).toEqual(token);
        expect(await it.store.findToken("hash of c")).toBeUndefined();
      });

      test("is not added under a name that is taken, which keeps its own", async () => {
        await using it = await open();
        await it.store.addToken(tokenOf("a"));
        expect(await it.store.addToken(tokenOf("a", { hash: "other" }))).toBe("taken");
        expect(await it.store.listTokens()).toEqual([tokenOf("a")]);
      });

      test("is gone once it is removed, and its name is free", async () => {
        await using it = await open();
        await it.store.addToken(tokenOf("a"));
        expect(await it.store.removeToken("a")).toBe(true);
        expect(await it.store.removeToken("a")).toBe(false);
        expect(await it.store.findToken("hash of a")).toBeUndefined();
        expect(await it.store.addToken(tokenOf("a", { hash: "other" }))).toBe("added");
      });

      test("keeps when it was used last", async () => {
        await using it = await open();
        await it.store.addToken(tokenOf("a"));
        await it.store.noteTokenUse("hash of a", NOW_MS + 1);
        await it.store.noteTokenUse("hash of a removed one", NOW_MS);
        expect(await it.store.listTokens()).toEqual([tokenOf("a", { usedAtMs: NOW_MS + 1 })]);
      });
    });

    test("named tokens are full at their bound, until one is removed", async () => {
      await using it = await open();
      for (let at = 0; at < TOKENS_MAX; at += 1) await it.store.addToken(tokenOf(`t${at}`));
      expect(await it.store.addToken(tokenOf("one more"))).toBe("full");
      await it.store.removeToken("t0");
      expect(await it.store.addToken(tokenOf("one more"))).toBe("added");
    });
  });
}

/** What no schema says of a value: found wherever it stands, and never echoed at length. */

import { describe, expect, test } from "bun:test";
import { inspect } from "../../src/protocol/text.ts";

const LIMITS = { keysMax: 20, stringBytesMax: 8192, depthMax: 12 };
const POINTER_CHARS_MAX = 201;

describe("a problem below a long key", () => {
  const rows: readonly (readonly [code: string, value: unknown])[] = [
    ["key", JSON.parse('{"__proto__":0}')],
    ["nul", "\0"],
    ["surrogate", "\ud800"],
    ["maxLength", "x".repeat(9000)],
  ];
  for (const [code, value] of rows) {
    test(`has a pointer that is cut: ${code}`, () => {
      const found = inspect({ ["a".repeat(4000)]: { ["b".repeat(4000)]: value } }, LIMITS, "/3");
      expect([found?.code, (found?.pointer.length ?? 0) <= POINTER_CHARS_MAX]).toEqual([code, true]);
      expect(found?.pointer).toStartWith("/3/aaa");
    });
  }

  test("has its whole pointer where that is short", () => {
    expect(inspect({ params: { "a/b": "\0" } }, LIMITS, "/3")?.pointer).toBe("/3/params/a~1b");
  });
});

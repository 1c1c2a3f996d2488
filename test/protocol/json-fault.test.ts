/** Where a body stops being JSON. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { faultIn } from "../../src/protocol/json-fault.ts";

describe("a body that isn't JSON", () => {
  const rows: readonly (readonly [text: string, words: string])[] = [
    ['{\n  "a": 1,\n  "params": { "media.id": "x", }\n}', "line 3, column 32: a comma before }"],
    ["[1, 2,]", "line 1, column 7: a comma before ]"],
    ['{"a" 1}', "line 1, column 6: not a colon"],
    ['{"a": }', "line 1, column 7: not a value"],
    ['{"a": 1 "b": 2}', "line 1, column 9: not a comma or }"],
    ["{a: 1}", "line 1, column 2: not a key or }"],
    ["{'a': 1}", "line 1, column 2: a text in single quotes rather than double ones"],
    ['{"a": 01}', "line 1, column 7: not a value"],
    ['{"a": NaN}', "line 1, column 7: not a value"],
    ['{"a": True}', "line 1, column 7: not a value"],
    ['{"a": "x\ny"}', "line 1, column 7: a text with a line break, or another control character"],
    ['{"a": "\\x"}', "line 1, column 7: a text with a backslash that escapes nothing"],
    ['{"a": "x', "line 1, column 7: a text that doesn't end"],
    ['{"a": "x\\', "line 1, column 7: a text with a backslash that escapes nothing"],
    ['{"a', "line 1, column 2: a text that doesn't end"],
    ['{"a" "b', "line 1, column 6: not a colon"],
    ['{"a": 1', "line 1, column 8: the body ends where a comma or } is due"],
    ['{"a":\r\n', "line 2, column 1: the body ends where a value is due"],
    ['{"a": "\x7f\x9f"', "line 1, column 11: the body ends where a comma or } is due"],
    ["{} {}", "line 1, column 4: more after the end"],
    ["a=1&b=2", "line 1, column 1: not a value"],
    ["\ufeff{}", "line 1, column 1: not a value"],
  ];
  for (const [text, words] of rows) {
    test(`${JSON.stringify(text)}: ${words}`, () => {
      expect(() => JSON.parse(text)).toThrow();
      expect(faultIn(text)).toBe(words);
    });
  }

  test("is told apart from JSON exactly as the engine does, wherever it was spoilt", () => {
    const spoilt = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", '"', ":", "x", "0", "-", ".", "e", "\\", "\u0001", " "),
      )
      .map(([text, at, put]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + put + text.slice(cut + 1);
      })
      .filter((text) => !isJson(text));
    fc.assert(
      fc.property(spoilt, (text) => {
        const fault = faultIn(text);
        expect(fault).toMatch(/^line \d+, column \d+: ./);
        expect(fault).not.toContain("where the end is due");
      }),
    );
  });

  test("is looked for in the first 16 KiB alone, so that spoilt bodies cost little", () => {
    const sinceMs = performance.now();
    for (const long of ["a", '\\"', "\\u0041"]) expect(faultIn(`["${long.repeat(1_000_000)}",]`)).toBeUndefined();
    expect(faultIn(`[${"1,".repeat(2_000_000)}]`)).toBeUndefined();
    expect(faultIn(`[${"1,".repeat(8000)}]`)).toBe("line 1, column 16002: a comma before ]");
    expect(performance.now() - sinceMs).toBeLessThan(1000);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

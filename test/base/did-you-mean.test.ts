/** What a mistyped word is taken for, and what is too far from any. */

import { describe, expect, test } from "bun:test";
import { closestTo, didYouMean } from "../../src/base/did-you-mean.ts";

const KNOWN = ["media.length", "media.name", "media.id", "pauseStart", "playhead", "--port", "serve"];

describe("a mistyped word", () => {
  const rows: readonly (readonly [typed: string, meant: string | undefined])[] = [
    ["media.lenght", "media.length"],
    ["media.lengt", "media.length"],
    ["media.lengthh", "media.length"],
    ["Media.Name", "media.name"],
    ["pausestart", "pauseStart"],
    ["playhed", "playhead"],
    ["--prot", "--port"],
    ["serv", "serve"],
    ["media.ix", "media.id"],
    ["rebuffering", undefined],
    ["x", undefined],
    ["", undefined],
    ["media.lenght".repeat(100), undefined],
  ];
  for (const [typed, meant] of rows) {
    test(`${JSON.stringify(typed.slice(0, 20))} means ${meant ?? "none of them"}`, () => {
      expect(closestTo(typed, KNOWN)).toBe(meant);
    });
  }

  test("ends a message, or adds nothing to it", () => {
    expect(didYouMean("serv", KNOWN)).toBe("; did you mean serve?");
    expect(didYouMean("something else", KNOWN)).toBe("");
  });
});

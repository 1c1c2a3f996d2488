/** Codes of storage: rows are read by them for as long as they are kept, so that none may change. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { BOTS } from "../../src/http/viewer/bots.ts";
import { BROWSER_WORDS, DEVICES, OS_WORDS } from "../../src/http/viewer/user-agent.ts";
import { DERIVED_VALUES, DERIVED_WORDS } from "../../src/protocol/derived.ts";
import { EVENTS } from "../../src/protocol/events.ts";
import { PARAMETERS } from "../../src/protocol/parameters.ts";

/** Every code that was ever given out, by what it stands for. A new one is added here by hand; no other line changes. */
const RELEASED = JSON.parse(readFileSync("test/golden/codes.json", "utf8"));

describe("the codes of storage", () => {
  test.each([
    ["eventTypes", EVENTS.map(({ type, code }) => [type, code] as const)],
    ["parameters", PARAMETERS.map(({ key, code }) => [key, code] as const)],
    ["derivedWords", DERIVED_WORDS.map(({ key, code }) => [key, code] as const)],
  ])("of %s are those that were given out, and each stands for one thing", (list, rows) => {
    expect(Object.fromEntries(rows)).toEqual(RELEASED[list]);
    const codes = rows.map(([, code]) => code);
    expect(new Set(codes).size).toBe(codes.length);
    // 0 is none, and one character of storage holds a code.
    for (const code of codes) expect(code > 0 && code < 50_000 && Number.isInteger(code)).toBe(true);
  });

  test("of derived words are their places in a list that has each of them once", () => {
    expect(Object.fromEntries(DERIVED_VALUES.map((word, at) => [word, at]))).toEqual(RELEASED.derivedValues);
    expect(new Set(DERIVED_VALUES).size).toBe(DERIVED_VALUES.length);
    const all = [...DEVICES, ...BOTS, ...BROWSER_WORDS, ...OS_WORDS];
    expect(all.filter((word) => !DERIVED_VALUES.includes(word))).toEqual([]);
  });
});

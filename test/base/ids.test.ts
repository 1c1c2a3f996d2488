/** Session ids: form, order, and that no two are alike. */

import { describe, expect, test } from "bun:test";
import { hasMark, isSid, newSid } from "../../src/base/ids.ts";

const NOW_MS = 1_790_000_000_000;
const MANY = 50_000;

describe("a session id", () => {
  test("is 64 lower-case hex characters that begin with the millisecond of its making", () => {
    const sid = newSid(NOW_MS);
    expect(sid).toMatch(/^[0-9a-f]{64}$/);
    expect(Number.parseInt(sid.slice(0, 12), 16)).toBe(NOW_MS);
  });

  test("sorts as text by the time of its making, from the epoch on", () => {
    const instants = [0, 1, 255, 256, NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW_MS + 86_400_000, 2 ** 48 - 1];
    const sids = instants.map((nowMs) => newSid(nowMs));
    expect(sids.toSorted()).toEqual(sids);
    expect(sids.every(isSid)).toBe(true);
  });

  test("is never made twice, not even within one millisecond", () => {
    const sids = new Set(Array.from({ length: MANY }, () => newSid(NOW_MS)));
    expect(sids.size).toBe(MANY);
  });

  test("holds at least 128 bits that differ between neighbours", () => {
    const first = newSid(NOW_MS);
    const second = newSid(NOW_MS);
    expect(first.slice(0, 12)).toBe(second.slice(0, 12));
    // 13 slices of 16 bits each; that one of 1,000 pairs agrees in more than three has a chance of 10^-12.
    const same = Array.from({ length: 13 }, (_, i) => 12 + 4 * i).filter(
      (at) => first.slice(at, at + 4) === second.slice(at, at + 4),
    );
    expect(same.length).toBeLessThanOrEqual(3);
  });
});

test("a mark stands in an id, which keeps its time, and 128 bits that differ between neighbours", () => {
  const mark = "0123456789abcdef";
  const first = newSid(NOW_MS, mark);
  const second = newSid(NOW_MS, mark);
  expect([isSid(first), hasMark(first, mark), hasMark(newSid(NOW_MS), mark)]).toEqual([true, true, false]);
  expect(Number.parseInt(first.slice(0, 12), 16)).toBe(NOW_MS);
  const random = Array.from({ length: 13 }, (_, i) => 12 + 4 * i).filter((at) => at < 16 || at >= 32);
  expect(random.filter((at) => first.slice(at, at + 4) === second.slice(at, at + 4)).length).toBeLessThanOrEqual(2);
});

describe("isSid", () => {
  const sid = newSid(NOW_MS);
  const malformed = {
    empty: "",
    "a character short": sid.slice(1),
    "a character long": `${sid}0`,
    "upper case": sid.replace(/.$/, "A"),
    "not hex": sid.replace(/.$/, "g"),
    "with a line behind it": `${sid}\n`,
    "with a slash": `${sid.slice(1)}/`,
  };
  for (const [name, text] of Object.entries(malformed)) {
    test(`refuses one that is ${name}`, () => {
      expect(isSid(text)).toBe(false);
    });
  }
});

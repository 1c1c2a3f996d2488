/** Rows of titles: found by name or id, sorted, and bounded. */

import { describe, expect, test } from "bun:test";
import { boundFor, sorted, together, withAtLeast } from "../../src/dashboard/model/title-rows.ts";

const row = (id: string, mediaStarts: number, startup: number | null = null) => ({
  ...{ "media.id": id, "media.name": `Title ${id}`, mediaStarts, "timeToStart:p95": startup },
});

describe("rows of titles", () => {
  test("of two answers stand together, each once", () => {
    const rows = together([row("a", 3), row("b", 2)], [row("b", 2), row("c", 1)]);
    expect(rows.map((each) => each["media.id"])).toEqual(["a", "b", "c"]);
  });

  test("are sorted by a number or a text, what has none last either way", () => {
    const rows = [row("a", 1, 2), row("b", 2), row("c", 3, 1)];
    const ids = (sort: string) => sorted(rows, sort).map((each) => each["media.id"]);
    expect(ids("-mediaStarts")).toEqual(["c", "b", "a"]);
    expect(ids("timeToStart:p95")).toEqual(["c", "a", "b"]);
    expect(ids("-timeToStart:p95")).toEqual(["a", "c", "b"]);
    expect(ids("-media.name")).toEqual(["c", "b", "a"]);
  });

  test("have the highest bound that leaves some of them", () => {
    const many = Array.from({ length: 30 }, (_, at) => row(String(at), (at + 1) * 4));
    expect(boundFor(many)).toBe(50);
    expect(withAtLeast(many, 50)).toHaveLength(18);
    expect(boundFor([row("a", 1000)])).toBe(1);
    expect(boundFor([])).toBe(1);
  });
});

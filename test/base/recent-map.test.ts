/** The map that forgets: bounded, and it keeps whom it was asked for. */

import { describe, expect, test } from "bun:test";
import { RecentMap } from "../../src/base/recent-map.ts";

describe("a map of what is recent", () => {
  test("keeps the latest half at least, and never more than its size", () => {
    const map = new RecentMap<number, number>(10);
    for (let n = 0; n < 1000; n += 1) {
      map.set(n, n);
      expect(map.size).toBeLessThanOrEqual(10);
      for (let kept = Math.max(0, n - 4); kept <= n; kept += 1) expect(map.get(kept)).toBe(kept);
    }
    expect(map.get(0)).toBeUndefined();
  });

  test("keeps what is asked for again and again", () => {
    const map = new RecentMap<string, number>(10);
    map.set("kept", 1);
    for (let n = 0; n < 1000; n += 1) {
      map.set(`other ${n}`, n);
      expect(map.get("kept")).toBe(1);
    }
  });

  test("has one value for a key, the latest, also of one that had grown old", () => {
    const map = new RecentMap<string, number>(4);
    map.set("a", 1);
    for (const key of ["b", "c"]) map.set(key, 0);
    map.set("a", 2);
    expect(map.get("a")).toBe(2);
    expect(map.size).toBe(3);
  });
});

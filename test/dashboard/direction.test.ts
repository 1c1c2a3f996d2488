/** What is better: more or less. */

import { describe, expect, test } from "bun:test";
import { toneOf } from "../../src/dashboard/model/direction.ts";

describe("whether a number became better", () => {
  test("follows the direction of its metric, whatever its aggregation", () => {
    expect(toneOf("mediaStarts", 2, 1)).toBe("good");
    expect(toneOf("contentTimeSpent:mean", 1, 2)).toBe("bad");
    expect(toneOf("timeToStart:p95", 2, 1)).toBe("bad");
    expect(toneOf("rebufferingRatio", 0.1, 0.2)).toBe("good");
  });

  test("is absent for changes that are neither good nor bad, for none, and for unknown ones", () => {
    expect(toneOf("pauseEvents", 2, 1)).toBe("plain");
    expect(toneOf("mediaStarts", 2, 2)).toBe("plain");
    expect(toneOf("timeToStart:p50", null, 1)).toBe("plain");
    expect(toneOf("timeToStart:p50", 1, undefined)).toBe("plain");
  });
});

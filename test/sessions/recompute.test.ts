/**
 * Every number by a second program, which was written from the definitions' text alone: it confirms the samples, the
 * golden sessions, and made-up sessions in every state of disrepair.
 */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PLAYER_PINGS } from "../../src/simulate/wire.ts";
import { live, readSamples, type Sample } from "./mended.ts";
import { differencesOf } from "./oracle/compare.ts";
import { type MadeOptions, madeSessions } from "./oracle/made.ts";
import { recompute } from "./oracle/recompute.ts";
import { parseSession } from "./wire.ts";

const GOLDEN = join(import.meta.dir, "../golden/sessions");
const SAMPLES = [
  ...readSamples("mending").map((sample) => ({ sample, tolerance: 0.02 })),
  ...readSamples("healthy").map((sample) => ({ sample, tolerance: 0.3 })),
];
const TEST_MS_MAX = 60_000;

/** What the second program has otherwise than a sample expects. */
function wrongIn({ events, metrics, rules }: Sample, tolerance: number): string[] {
  const recomputed = recompute(events, { isArray: true, off: new Set() });
  const missing = rules.filter((rule) => !recomputed.rules.includes(rule));
  const wrong = Object.entries(metrics).filter(([id, value]) => {
    const is = recomputed.metrics[id];
    return typeof value === "number" ? !(Math.abs((is ?? Number.NaN) - value) <= tolerance) : is !== value;
  });
  return [...missing, ...wrong.map(([id, value]) => `${id} is ${recomputed.metrics[id]}, expected ${value}`)];
}

describe("the second program", () => {
  test.each(SAMPLES)("has the numbers of the sample $sample.name", ({ sample, tolerance }) => {
    expect(wrongIn(sample, tolerance)).toEqual([]);
  });

  test.each(SAMPLES)("agrees on the sample $sample.name, as an array and live", ({ sample: { events } }) => {
    expect(differencesOf(events, true)).toEqual([]);
    expect(differencesOf(live(events), false)).toEqual([]);
  });

  test("agrees on every golden session", () => {
    const files = [...new Bun.Glob("*/*.events.json").scanSync(GOLDEN)];
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) {
      const told = parseSession(JSON.parse(readFileSync(join(GOLDEN, file), "utf8")));
      const events = told.map((event) => ({ ...event, receivedAtMs: 0 }));
      expect({ file, differences: differencesOf(events, true) }).toEqual({ file, differences: [] });
    }
  });

  const MADE: Readonly<Record<string, MadeOptions>> = {
    "sessions as they should be": { seed: 1, sessions: 700, most: 0 },
    "sessions broken by one thing": { seed: 2, sessions: 1000, most: 1 },
    "sessions broken by up to three things": { seed: 3, sessions: 1000, most: 3 },
    "sessions with every ping": { seed: 4, sessions: 100, most: 2, pings: PLAYER_PINGS },
  };
  test.each(Object.entries(MADE))(
    "agrees on %s",
    (_, options) => {
      for (const { events, isArray, by } of madeSessions(options)) {
        const differences = differencesOf(events, isArray);
        // Only then is it worth telling which session it is.
        if (differences.length > 0) expect({ by, isArray, differences, events }).toBeUndefined();
      }
    },
    TEST_MS_MAX,
  );
});

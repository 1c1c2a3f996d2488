/**
 * Mending: sessions of broken clocks and lost events count what the viewer did, and healthy ones are left alone.
 *
 * Each sample comes twice, as an array and live, where arrivals tell of the player's clock.
 */

import { describe, expect, test } from "bun:test";
import { flagsOf, foldArray, foldLive, live, mendingsOf, readSamples, type Sample, wrongIn } from "./mended.ts";

const MENDING = readSamples("mending");
const HEALTHY = readSamples("healthy");
/** Their clocks jump or count seconds: live, they need arrivals of their own. */
const BY_CLOCK = /^(01|02|06a)/;

function expectMended({ name, rules, flags, metrics }: Sample, folded: ReturnType<typeof foldArray>): void {
  expect({ name, wrong: wrongIn(folded, metrics, 0.02) }).toEqual({ name, wrong: [] });
  expect(mendingsOf(folded)).toEqual(expect.arrayContaining([...rules]));
  if (rules.length === 0) expect(mendingsOf(folded)).toEqual([]);
  const said = flagsOf(folded);
  for (const flag of [...flags, ...rules.map((rule) => `mended:${rule}`)]) expect([...said]).toContain(flag);
  expect(folded.unmended === undefined).toBe(mendingsOf(folded).length === 0);
}

function expectLeftAlone({ name, rules, metrics }: Sample, folded: ReturnType<typeof foldArray>): void {
  expect({ name, wrong: wrongIn(folded, metrics, 0.3) }).toEqual({ name, wrong: [] });
  expect(mendingsOf(folded)).toEqual([...rules]);
}

test("every sample is there", () => {
  expect({ mending: MENDING.length, healthy: HEALTHY.length }).toEqual({ mending: 25, healthy: 36 });
});

describe("a healthy session", () => {
  test.each(HEALTHY)("is left alone: $name", (sample) => {
    expectLeftAlone(sample, foldArray(sample.events));
  });

  test.each(HEALTHY)("is left alone as it comes live: $name", (sample) => {
    expectLeftAlone(sample, foldLive(live(sample.events)));
  });
});

describe("a broken session", () => {
  test.each(MENDING)("is mended: $name", (sample) => {
    expectMended(sample, foldArray(sample.events));
  });

  test.each(MENDING.filter(({ name }) => !BY_CLOCK.test(name)))("is mended as it comes live: $name", (sample) => {
    expectMended(sample, foldLive(live(sample.events)));
  });
});

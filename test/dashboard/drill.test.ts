/** What comes behind a value that was chosen. */

import { describe, expect, test } from "bun:test";
import { nextDimension } from "../../src/dashboard/model/drill.ts";

describe("one step deeper", () => {
  const steps: readonly (readonly [by: string, filters: readonly string[], next: string])[] = [
    ["media.channel", ["media.channel==web"], "media.show"],
    ["media.channel", ["media.channel==web", "media.show==News"], "media.name"],
    ["media.name", ['media.name in [" News "]'], "media.playerName"],
    ["media.playerName", ["media.playerName==web"], "sid"],
    ["sid", ["sid==0"], "sid"],
    ["media.ad.name", ["media.ad.name==Soap"], "media.name"],
    ["media.ad.name", ["media.ad.name==Soap", "media.name==News"], "media.playerName"],
    // Another name that begins alike, and another comparison, choose no value of it.
    ["media.channel", ["media.showing==x", "media.show!=News"], "media.show"],
  ];
  for (const [by, filters, next] of steps) {
    test(`behind ${by} under ${filters.join(", ")} is ${next}`, () => {
      expect<string>(nextDimension(by, filters)).toBe(next);
    });
  }
});

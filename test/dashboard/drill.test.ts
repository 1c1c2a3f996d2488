/** What comes behind a value that was chosen. */

import { describe, expect, test } from "bun:test";
import { nextDimension } from "../../src/dashboard/model/drill.ts";

describe("one step deeper", () => {
  const steps: readonly (readonly [by: string, filters: readonly string[], next: string | undefined])[] = [
    ["media.channel", ["media.channel==web"], "media.show"],
    ["media.channel", ["media.channel==web", "media.show==News"], "media.name"],
    ["media.name", ['media.name in [" News "]'], "media.playerName"],
    ["media.playerName", ["media.playerName==web"], undefined],
    ["sid", ["sid==0"], "media.name"],
    ["media.ad.name", ["media.ad.name==Soap"], "media.name"],
    ["media.ad.name", ["media.ad.name==Soap", "media.name==News"], "media.playerName"],
    // Another name that begins alike, and another comparison, choose no value of it.
    ["media.channel", ["media.showing==x", "media.show!=News"], "media.show"],
  ];
  for (const [by, filters, next] of steps) {
    test(`behind ${by} under ${filters.join(", ")} is ${next ?? "the sessions"}`, () => {
      expect<string | undefined>(nextDimension(by, filters)).toBe(next);
    });
  }
});

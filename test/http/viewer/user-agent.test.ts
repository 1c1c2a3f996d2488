/** The words for agents of real clients, and that hostile ones get words of the same lists, fast. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { BOTS } from "../../../src/http/viewer/bots.ts";
import { agentOf, BROWSER_WORDS, DEVICES, OS_WORDS, wordsOf } from "../../../src/http/viewer/user-agent.ts";

/** Agents as real clients send them, with the words for each. */
const AGENTS = readFileSync(join(import.meta.dir, "agents.tsv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t") as [what: string, expected: string, agent: string]);
const CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0";

function words(agent: string, hints: Readonly<Record<string, string>> = {}): string {
  const { device, browser, os, bot } = wordsOf(agentOf(new Headers({ "User-Agent": agent, ...hints })));
  return [device, browser, os, bot].join(", ");
}

describe("the words of an agent", () => {
  test.each(AGENTS)("%s: %s", (_, expected, agent) => {
    expect(words(agent)).toBe(expected);
  });

  test("take the brand that a browser names in its hints alone", () => {
    expect(words(CHROME, { "Sec-CH-UA": '"Brave";v="131", "Chromium";v="131", "Not_A Brand";v="24"' })).toBe(
      "desktop, Brave, Windows, no",
    );
    expect(words(CHROME, { "Sec-CH-UA": '"Google Chrome";v="131", "Chromium";v="131"' })).toBe(
      "desktop, Chrome, Windows, no",
    );
  });

  test("take the system and the size from hints where the text says nothing", () => {
    const hints = { "Sec-CH-UA": '"Chromium";v="131"', "Sec-CH-UA-Platform": '"Android"', "Sec-CH-UA-Mobile": "?1" };
    expect(words("", hints)).toBe("phone, app, Android, no");
    expect(words("", { ...hints, "Sec-CH-UA-Platform": '"Windows"', "Sec-CH-UA-Mobile": "?0" })).toBe(
      "desktop, app, Windows, no",
    );
  });

  test("are of the lists, whatever is sent", () => {
    const pieces = AGENTS.flatMap(([, , agent]) => agent.split(/(?<=[ ;()/])/));
    const agent = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary-ascii" })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(agent, fc.boolean(), (parts, isMobile) => {
        const found = wordsOf({ text: parts.join(""), brands: parts[0] ?? "", platform: parts[1] ?? "", isMobile });
        expect(DEVICES).toContain(found.device);
        expect(BROWSER_WORDS).toContain(found.browser);
        expect(OS_WORDS).toContain(found.os);
        expect(BOTS).toContain(found.bot);
      }),
    );
  });

  const hostile: readonly (readonly [first: string, repeated: string])[] = [
    ["naver(", "1."],
    ["archos ", "1"],
    ["chimera(", ";a"],
    ["opera ", "version/1."],
    ["droid", "; a"],
    ["hbbtv/1.1.1 (", "a "],
    ["consoles", "mobile safari "],
    ["", "shield t"],
    ["", "; "],
  ];
  test.each(hostile)("are found in a millisecond or two for a hostile %p with many %p", (first, repeated) => {
    const agent = agentOf(new Headers({ "User-Agent": first + repeated.repeat(4000) }));
    // The least of some, since a busy machine makes any single one slow.
    const took = Array.from({ length: 8 }, () => {
      const since = Bun.nanoseconds();
      wordsOf(agent);
      return (Bun.nanoseconds() - since) / 1e6;
    });
    expect(Math.min(...took)).toBeLessThan(3);
  });
});

/** More different agents than there are people: each gets words of the lists, and memory stays what it was. */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { MIB } from "../../src/base/units.ts";
import { createViewerOf } from "../../src/http/viewer/viewer.ts";
import { sized } from "../support/effort.ts";

const AGENTS = sized({ full: 2_000_000, fast: 20_000 });
const TEST_MS_MAX = 600_000;
const REAL = readFileSync("test/http/viewer/agents.tsv", "utf8").trim().split("\n").slice(1);
/** The 10,000 latest, each of at most 1 kB. */
const HEAP_BYTES_MAX = 10 * MIB;

test(
  "as many different agents as a botnet has are told apart in bounded memory",
  () => {
    const settings = { device: "on", countryHeader: undefined, countries: () => undefined } as const;
    const viewerOf = createViewerOf(settings, { clientOf: () => "", isFromProxy: () => false });
    const server = { requestIP: () => null };
    const words = new Set<string>();
    Bun.gc(true);
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < AGENTS; at += 1) {
      const agent = `${REAL[at % REAL.length]?.split("\t")[2]} ${"x".repeat(at % 300)}${at}`;
      const viewer = viewerOf(new Request("http://x", { headers: { "User-Agent": agent } }), server);
      for (const word of Object.values(viewer ?? {})) words.add(word);
    }
    Bun.gc(true);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(HEAP_BYTES_MAX);
    expect(words.size).toBeGreaterThan(20);
    expect(words.size).toBeLessThan(60);
  },
  TEST_MS_MAX,
);

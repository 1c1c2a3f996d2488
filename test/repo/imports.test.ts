/** Who may import whom: the design's table, held against every import in src, and the graph printed on demand. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** By folder: folders and files of ours, and packages. The dashboard also knows types, which are gone in a browser. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  protocol: ["base", "typebox"],
  sessions: ["base", "protocol"],
  store: ["base", "protocol", "sessions", "drizzle-orm", "bun:sqlite", "node:"],
  live: ["base", "protocol", "sessions"],
  monitoring: ["base"],
  ingest: ["base", "protocol", "sessions", "live", "store/store.ts", "store/writer.ts"],
  threads: ["base"],
  native: ["base", "node:"],
  reports: ["base", "protocol", "sessions", "store/store.ts", "threads", "typebox", "@duckdb/node-api", "node:fs"],
  exports: ["base", "protocol", "sessions", "store/store.ts", "@duckdb/node-api", "node:"],
  simulate: ["base", "protocol", "sessions", "store/store.ts"],
  http: [
    ...["base", "protocol", "sessions", "ingest", "live", "reports", "exports/query.ts", "store/store.ts"],
    ...["dashboard/page.html", "tracker/demo", "bun", "node:crypto", "node:net", "node:path", "typebox"],
  ],
  dashboard: [
    ...["base", "protocol/flags.ts", "protocol/parameters.ts", "protocol/personal.ts", "sessions"],
    ...["preact", "@preact/signals", "uplot", "@tanstack/virtual-core"],
  ],
  tracker: [],
  "data-dir": ["base", "config.ts", "bun:sqlite", "node:"],
  cli: [
    ...["base", "protocol", "simulate", "exports/query.ts", "app.ts", "maintenance.ts", "config.ts", "version.ts"],
    "node:util",
  ],
  "settings.ts": ["base", "protocol/mode.ts", "node:net"],
  "config.ts": ["base", "settings.ts"],
  "version.ts": ["../package.json"],
  "main.ts": ["cli", "node:fs"],
  "backup-worker.ts": ["base", "store"],
  "backup.ts": ["base", "backup-worker.ts", "store", "node:fs"],
  "commit-worker.ts": ["base", "store"],
  "commit-thread.ts": ["base", "commit-worker.ts", "store"],
  "worker.ts": ["base", "data-dir", "exports", "ingest", "native", "reports", "store", "threads", "node:"],
  "app.ts": [
    ...["base", "config.ts", "data-dir", "exports", "http", "ingest", "live", "monitoring", "protocol", "reports"],
    ...["store", "threads", "version.ts", "backup.ts", "commit-thread.ts", "worker.ts", "node:"],
  ],
  "maintenance.ts": [
    ...["base", "config.ts", "data-dir", "exports", "ingest", "native", "reports", "simulate", "store"],
    ...["backup.ts", "node:fs"],
  ],
};

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from "([^"]+)"|import\("([^"]+)"\)|(?:^|\n)import "([^"]+)"/g;

const TYPES_ONLY = /^\s*(import|export) type\s/;

interface Import {
  readonly from: string;
  /** Relative to src where it is ours, the specifier where it is a package. */
  readonly to: string;
}

const IMPORTS: readonly Import[] = [...new Bun.Glob("**/*.{ts,tsx}").scanSync("src")].flatMap((file) =>
  [...readFileSync(join("src", file), "utf8").matchAll(IMPORT)].flatMap(([text, a, b, c]) => {
    if (houseOf(file) === "dashboard" && TYPES_ONLY.test(text)) return [];
    const specifier = a ?? b ?? c ?? "";
    const to = specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier;
    return [{ from: file, to }];
  }),
);

function houseOf(file: string): string {
  return file.split("/")[0] ?? file;
}

describe("imports", () => {
  test("are found", () => {
    expect(IMPORTS.length).toBeGreaterThan(100);
  });

  test("keep to the design's table", () => {
    const refused = IMPORTS.filter(({ from, to }) => {
      const house = houseOf(from);
      return houseOf(to) !== house && !(ALLOWED[house] ?? []).some((each) => to.startsWith(each));
    });
    expect(refused.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test("the table names no folder that isn't there, and no permission that nobody uses", () => {
    const unused = Object.entries(ALLOWED).flatMap(([house, allowed]) =>
      allowed
        .filter((each) => !IMPORTS.some(({ from, to }) => houseOf(from) === house && to.startsWith(each)))
        .map((each) => `${house} → ${each}`),
    );
    expect(unused).toEqual([]);
  });

  test("only the composition roots name a database", () => {
    const named = IMPORTS.filter(({ from, to }) => to.startsWith("store/sqlite/") && !from.startsWith("store/sqlite/"));
    const threads = ["commit-thread.ts", "commit-worker.ts"];
    const roots = ["app.ts", "backup-worker.ts", "backup.ts", ...threads, "maintenance.ts", "worker.ts"];
    expect([...new Set(named.map(({ from }) => from))].toSorted()).toEqual(roots);
  });

  test("of schemas in http stand only in the description of it", () => {
    const named = IMPORTS.filter(({ from, to }) => from.startsWith("http/") && to === "typebox");
    expect(named.filter(({ from }) => !from.startsWith("http/openapi/"))).toEqual([]);
  });

  test("form a graph without a way back, which is printed here", () => {
    const uses = new Map(Object.keys(ALLOWED).map((house) => [house, housesUsedBy(house)]));
    for (const [house, used] of uses) process.stdout.write(`${house.padEnd(10)} → ${[...used].join(" ")}\n`);
    // Takes away, again and again, whatever uses nothing that is left; a circle never goes.
    for (let before = 0; before !== uses.size; ) {
      before = uses.size;
      for (const [house, used] of uses) if (![...used].some((each) => uses.has(each))) uses.delete(house);
    }
    expect([...uses.keys()]).toEqual([]);
  });
});

function housesUsedBy(house: string): Set<string> {
  const used = IMPORTS.filter(({ from }) => houseOf(from) === house).map(({ to }) => houseOf(to));
  return new Set(used.filter((each) => each !== house && each in ALLOWED).toSorted());
}
